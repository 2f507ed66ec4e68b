"""How long a pharmacist waits for the two pages that are opened most."""

import select
import statistics
import subprocess
import sys
import time
from pathlib import Path

from django.core.management.base import CommandError
from django.test import Client as Browser
from django.test import override_settings

from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy import context
from patients.flags.models import Flag

ROOT = Path(__file__).parents[3]


def measure(say, *, beside=0):
    """p50 and p95 of Today and of Patient, in process, through all middleware, as the pharmacist with most flags; and those of
    Today while another process loads a feed of `beside` lines on the same database server."""
    person, patients = _busiest()
    figures = {"pharmacist's open flags": len(patients)}
    with override_settings(SECOND_FACTOR_REQUIRED=False, ALLOWED_HOSTS=["testserver"]):
        browser = Browser()
        browser.force_login(person)
        pages = {"Today": ["/portal/"] * 100, "Patient": [f"/portal/patients/{one}/" for one in patients[:100]]}
        for name, addresses in pages.items():
            browser.get(addresses[0])
            figures |= _told(name, [_timed(browser, address) for address in addresses], say)
        if beside:
            took = list(_timed_beside(browser, beside))
            figures |= _told(f"Today while {beside:,} lines are loaded", took, say)
    return figures


def _told(name, took, say):
    say(f"{name}: {len(took)} requests")
    took = sorted(took)
    return {
        f"{name}, p50 ms": round(1000 * statistics.median(took)),
        f"{name}, p95 ms": round(1000 * took[int(len(took) * 0.95)]),
    }


def _timed_beside(browser, lines):
    """Seconds of each request from the beginning of the load to its end. Raises CommandError when the load fails."""
    words = [sys.executable, "manage.py", "bench", "load", "--lines", str(lines)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as load:
        said = []
        for line in load.stderr:
            said.append(line)
            if line == "loading\n":
                break
        while load.poll() is None and not select.select([load.stderr], [], [], 0)[0]:
            yield _timed(browser, "/portal/")
        said += load.stderr.readlines()
    if "loaded\n" not in said:
        raise CommandError(f"The load failed. {''.join(said)}")


def _timed(browser, address):
    began = time.perf_counter()
    answer = browser.get(address)
    if answer.status_code != 200:
        raise CommandError(f"A page answered {answer.status_code}.")
    return time.perf_counter() - began


def _busiest():
    people = [user for user in User.objects.filter(is_active=True) if user.scope and user.scope.role == "portal"]
    found = []
    for person in people:
        with context.acting_as(person.scope):
            flags = Flag.objects.visible_to(person).filter(status=Flag.Status.OPEN)
            found.append((list(flags.values_list("patient__public_id", flat=True)), person))
    if not any(patients for patients, _ in found):
        raise CommandError("Nobody has a flag: run `manage.py demo --once` first.")
    patients, person = max(found, key=lambda pair: len(pair[0]))
    return person, patients

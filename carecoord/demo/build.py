"""Builds the demo and walks the main job once: feed in, members flagged, services given, billed and paid.

Every step can be repeated: what is there is kept, deliveries carry idempotency keys, and a demo that was killed half-way
is completed by the next start.
"""

import json
import time

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from carecoord.kernel.accounts.models import Membership, Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context, walls
from patients.claims import actions as claims
from patients.claims.models import Delivery
from patients.claims.synthetic import population
from patients.flags import actions as flags
from patients.flags.models import Flag
from patients.measures import actions as measures
from patients.programs import actions as programs

from . import deliveries as small
from . import expectation, places, story

SEED = 20_260_101
MEDICAID_EVERY = 10
COUNTS = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")


class NotADemo(Exception):
    """The database holds more than a demo: it is not thrown away."""


def everything(*, members, reset, say):
    """Migrates, and builds what is not there yet. Returns the summary: deliveries, enrolment, results, flags, money."""
    began = time.monotonic()
    folder = settings.HOME / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "summary.json"
    if reset:
        say("Throwing the old demo away")
        _throw_away()
        done.unlink(missing_ok=True)
    say("[1/8] Database: tables, walls, audit triggers, drug reference")
    call_command("migrate", verbosity=0)
    if done.exists() and _is_there():
        summary = json.loads(done.read_text())
        say(f"The demo of {summary['as_of']} with {summary['members']:,} members is here already (--reset starts over)")
        return summary
    summary = from_nothing(members=members, folder=folder, today=timezone.localdate(), say=say)
    summary["seconds"] = round(time.monotonic() - began, 1)
    done.write_text(json.dumps(summary, indent=2, default=str))
    say(f"Built in {summary['seconds']} s")
    return summary


def from_nothing(*, members, folder, today, say):
    """The whole job, in an empty database that knows its drugs. `folder` takes the feed. Returns the summary of `everything`."""
    say("[2/8] Pharmacies, network, PBM, contract, people")
    pbm, payer, joined = places.make()
    say(f"[3/8] Inventing {members:,} members and their claims of {today.year}")
    feed = folder / "feed"
    population.write(
        feed,
        members=members,
        year=today.year,
        seed=SEED,
        payer=payer.code,
        as_of=today,
        medicaid_every=MEDICAID_EVERY,
    )
    say("[4/8] Loading the feeds")
    deliveries = _load(payer, feed, f"{members}-{today}", say)
    small.show(payer, feed)
    say("[5/8] Clients opt in; members are attributed and enrolled")
    enrolled = {}
    for program in joined:
        places.opt_in(pbm=pbm, payer=payer, program=program)
        with context.acting_as(context.worker_for(payer.pk)):
            done = programs.enrol(program=program, payer=payer, as_of=today, dry_run=False, by=None)
        enrolled[program.code] = getattr(done, "counts", done)
    say("[6/8] Measures are judged, flags raised")
    with context.acting_as(context.worker_for(payer.pk)):
        measures.evaluate(payer=payer, year=today.year, as_of=today, cause="demo", by=None)
    with context.acting_as(context.worker_for(payer.pk)):
        flags.raise_and_close(payer=payer, as_of=today, by=None)
    jobs.drain()
    say("[7/8] Services are given, billed, approved, paid")
    money = story.tell(pbm=pbm, payer=payer, say=say)
    say("[8/8] Comparing every result with what the population was built to come out with")
    with context.acting_as(context.worker_for(payer.pk)):
        agreement = expectation.compare(payer=payer, file=feed / "expected_pdc.csv", year=today.year, as_of=today)
        raised = _flags_by_rule(payer)
    say(f"      {agreement['agree']:,} of {agreement['compared']:,} results agree")
    return {
        "as_of": today,
        "members": members,
        "deliveries": deliveries,
        "enrolment": enrolled,
        "results": agreement,
        "flags": raised,
        "money": money,
    }


def _load(payer, feed, key, say):
    with context.acting_as(context.worker_for(payer.pk)), (feed / "crosswalk.csv").open("rb") as stream:
        claims.load_crosswalk(payer=payer, stream=stream, by=None)
    totals = dict.fromkeys(COUNTS, 0)
    for name in population.DELIVERY_ORDER:
        with context.acting_as(context.worker_for(payer.pk)), (feed / name).open("rb") as stream:
            delivery = claims.receive(
                payer=payer,
                format="tuva_csv",
                stream=stream,
                file_name=name,
                idempotency_key=f"demo-{key}-{name}",
                by=None,
            )
        jobs.drain()
        with context.acting_as(context.worker_for(payer.pk)):
            delivery = Delivery.objects.get(pk=delivery.pk)
        say(
            f"      {name:<20} {delivery.lines:>9,} lines, {delivery.rejected:,} rejected, {delivery.waiting:,} waiting"
        )
    with context.acting_as(context.worker_for(payer.pk)):
        for row in Delivery.objects.visible_to(context.current_scope()).values(*COUNTS):
            totals = {name: totals[name] + row[name] for name in COUNTS}
    return totals


def _flags_by_rule(payer):
    counts = {}
    for rule, severity in Flag.objects.filter(payer=payer, status=Flag.Status.OPEN).values_list("rule", "severity"):
        counts[f"{rule}, {severity}"] = counts.get(f"{rule}, {severity}", 0) + 1
    return counts


def _is_there():
    with context.logged_in("worker"):
        return (
            Organisation.objects.filter(kind="payer", code=places.PAYER).exists()
            and not Outbox.objects.filter(topic="delivery.received", done_at=None, failed_at=None).exists()
        )


def _throw_away():
    """Drops all tables, as the owner, if the database holds a demo and nothing else."""
    if "accounts_organisation" in connections["owner"].introspection.table_names():
        with context.logged_in("worker"):
            payers = Organisation.objects.filter(kind="payer").exclude(code=places.PAYER).order_by("code")
            if others := list(payers.values_list("code", flat=True)):
                raise NotADemo(f"The database also holds {', '.join(others)}: --reset throws away nothing but a demo.")
    walls.tear_down()
    settings.AUDIT_HEADS.unlink(missing_ok=True)  # of a trail that is no more


def log_ins():
    """(email, role, place) of everybody who can sign in, for the screen."""
    with context.logged_in("pbm"):
        rows = Membership.objects.select_related("user", "organisation").filter(until=None).order_by("id")
        return [(m.user.email, m.get_role_display(), m.organisation.name) for m in rows]

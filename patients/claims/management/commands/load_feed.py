"""manage.py load_feed --payer CODE --format NAME FILE... : one delivery a file, loaded here and now."""

import json
import logging
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions, queries
from patients.claims.formats import FORMATS
from patients.claims.models import Delivery

log = logging.getLogger(__name__)
LOOK_AGAIN_SECONDS = 0.3
NOT_YET = {Delivery.State.RECEIVED, Delivery.State.LOADING}
WILL_BE_TRIED = (
    "{file} could not be loaded ({fault}). A running worker tries it again by itself; "
    "without one: manage.py try_delivery_again {id}"
)


class Command(BaseCommand):
    help = "Loads files of claims, eligibility or clinical records for a payer, and prints what became of every line as JSON."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="Files, or folders of files.")
        parser.add_argument("--payer", required=True, help="The payer's code; it is made if it is new.")
        parser.add_argument("--format", required=True, choices=sorted(FORMATS))
        parser.add_argument("--strict", action="store_true", help="Exit code 1 if any line was rejected.")

    def handle(self, *, files, payer, format, strict, **options):
        paths = _paths(files)
        organisation = _payer(payer)
        scope = context.worker_for(organisation.pk)
        deliveries, faults = [], {}
        for path in paths:
            with context.acting_as(scope), path.open("rb") as stream:
                deliveries.append(
                    actions.receive(payer=organisation, format=format, stream=stream, file_name=path.name, by=None)
                )
            try:
                jobs.drain()
            except Exception as fault:  # the row is kept, and tried again: say so, and go on with the next file
                log.exception("work failed while %s was loaded", path.name)
                if _open(deliveries[-1:], scope):  # else the fault is another row's
                    faults[deliveries[-1].pk] = jobs.fault_of(fault)
        while _open([one for one in deliveries if one.pk not in faults], scope):
            time.sleep(LOOK_AGAIN_SECONDS)  # a worker of the running stack was faster, and is at it
        with context.acting_as(scope):
            found = queries.summary(deliveries)
        self.stdout.write(json.dumps(found, indent=2, default=str))
        for delivery, told in zip(deliveries, found["deliveries"], strict=True):
            if delivery.pk in faults:
                self.stderr.write(WILL_BE_TRIED.format(file=told["file"], fault=faults[delivery.pk], id=told["id"]))
        is_loaded = all(d["state"] == Delivery.State.LOADED for d in found["deliveries"])
        if faults or not is_loaded or (strict and found["rejected"]):
            raise SystemExit(1)


def _open(deliveries, scope):
    """Whether any of them is still to be loaded."""
    with context.acting_as(scope):
        return Delivery.objects.filter(pk__in=[one.pk for one in deliveries], state__in=NOT_YET).exists()


def _paths(names):
    """Files as named; a folder stands for the readable files in it, by name."""
    found = []
    for path in map(Path, names):
        if path.is_dir():
            found += sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"There is no file {path}.")
    if not found:
        raise CommandError("There is no file to load.")
    return found


def _payer(code):
    with context.logged_in("worker"):
        return Organisation.objects.get_or_create(kind=Organisation.Kind.PAYER, code=code, defaults={"name": code})[0]

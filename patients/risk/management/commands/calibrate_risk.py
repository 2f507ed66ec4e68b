"""manage.py calibrate_risk --payer CODE [--as-of DATE] [--out FOLDER] [--promote]"""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from carecoord.kernel.tenancy import context
from patients.measures import people
from patients.measures.queries import judged_on
from patients.risk import actions
from patients.risk.calibration.calibrate import calibrate
from patients.risk.calibration.fitting import CannotFit, NotInstalled
from patients.risk.calibration.judging import CannotCalibrate


class Command(BaseCommand):
    help = (
        "Fits a logistic model on past claims with a time split, judges it beside the points score and the HCC factor, prints the "
        "report and keeps the model as a version. --promote puts it in force from today on, unless it is worse."
    )

    def add_arguments(self, parser):
        parser.add_argument("--payer", required=True, metavar="CODE")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="The last day of claims; that of automatic runs if not given."
        )
        parser.add_argument(
            "--out", type=Path, metavar="FOLDER", help="Where the report goes as well, as text and JSON."
        )
        parser.add_argument(
            "--promote", action="store_true", help="Put it in force; refused with the reasons when it is worse."
        )

    def handle(self, *, payer, as_of, out, promote, **options):
        try:
            (one,) = people.payers([payer])
            with context.acting_as(context.worker_for(one.pk)):
                model, why_not = self._calibrate(one, as_of, promote)
        except (people.NotFound, CannotCalibrate, CannotFit, NotInstalled) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(model.report_text)
        if out:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"risk-{model.version}.txt").write_text(model.report_text, encoding="utf-8")
            (out / f"risk-{model.version}.json").write_text(json.dumps(model.report, indent=2), encoding="utf-8")
        self.stdout.write(f"Kept as {model.version}" + (f", in force from {model.since}." if model.since else "."))
        if promote and why_not:
            raise CommandError("Not promoted. " + " ".join(why_not))

    def _calibrate(self, payer, as_of, promote):
        day = as_of or judged_on(payer=payer)
        champion = actions.model_in_force(payer=payer, day=timezone.localdate())
        found = calibrate(payer=payer, as_of=day, champion=champion and champion.coefficients)
        model = actions.keep_model(payer=payer, found=found, as_of=day)
        if promote and not found.why_not:
            model = actions.put_in_force(model=model, since=timezone.localdate())
        return model, found.why_not

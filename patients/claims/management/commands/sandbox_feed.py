"""manage.py sandbox_feed --format tuva_csv --kind pharmacy_claim --lines 1000 --seed 1 [--faults] [--out FILE]"""

import dataclasses
import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from patients.claims.synthetic import one_file


class Command(BaseCommand):
    help = (
        "Writes a feed file of invented people, to try the way with before there are data. The same seed gives the same people in "
        "every kind: send its eligibility first. What was written, and which lines --faults broke, is told as JSON."
    )
    requires_system_checks: list = []

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=one_file.FORMATS, default="tuva_csv")
        parser.add_argument("--kind", choices=one_file.KINDS, default="pharmacy_claim")
        parser.add_argument("--lines", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, default=None, help="The day after which nothing happens; today."
        )
        parser.add_argument("--faults", action="store_true", help="About one record in twenty cannot be read.")
        parser.add_argument("--out", type=Path, default=None, help="The file; standard output when absent.")

    def handle(self, *, format, kind, lines, seed, faults, out, as_of, **options):
        asked = {"format": format, "kind": kind, "count": lines, "seed": seed, "with_faults": faults, "as_of": as_of}
        try:
            if out is None:
                broken = one_file.write(self.stdout._out, **asked)
            else:
                with out.open("w", encoding="utf-8", newline="") as file:
                    broken = one_file.write(file, **asked)
        except (ValueError, OSError) as problem:
            raise CommandError(str(problem)) from problem
        told = {
            "format": format,
            "kind": kind,
            "lines": lines,
            "seed": seed,
            "broken": [dataclasses.asdict(one) for one in broken],
        }
        (self.stderr if out is None else self.stdout).write(json.dumps(told, indent=2))

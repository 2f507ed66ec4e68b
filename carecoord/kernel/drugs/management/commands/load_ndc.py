"""Load an edition of the FDA's NDC Directory into the drug reference."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.drugs import actions, queries
from carecoord.kernel.drugs.fda import NotAnNdcFile
from carecoord.kernel.tenancy.context import acting_as, worker_for


class Command(BaseCommand):
    help = "Loads packages (tab-separated, also .gz or .xz) and resolves the drug sets. Bad lines are named."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, nargs="?", help="Without a file: the edition that comes with CareCoord.")
        parser.add_argument("--products", type=Path, help="FDA's product.txt, when FILE is FDA's package.txt.")
        parser.add_argument("--source", default=actions.BUILT_IN_SOURCE)
        parser.add_argument("--edition", default="", help="For instance 2026-11; the file's name if not given.")
        parser.add_argument("--strict", action="store_true", help="Exit with 1 when a line was left out.")

    def handle(self, *, file, products, source, edition, strict, **options):
        for path in filter(None, (file, products)):
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        try:
            with acting_as(worker_for()):
                if file is None:
                    summary = actions.load_built_in()
                else:
                    version = edition or file.name[:40]
                    summary = actions.load(path=file, products=products, source=source, version=version)
                sizes = queries.set_sizes()
        except NotAnNdcFile as wrong:
            raise CommandError(str(wrong))
        for problem in summary.problems:
            self.stderr.write(f"line {problem.line}, {problem.field or 'line'}: {problem.code}: {problem.message}")
        counts = {"lines": summary.lines, "loaded": summary.loaded, "rejected": len(summary.problems)}
        derived = {
            "set_members": summary.set_members,
            "unknown_strengths": dict(sorted(summary.unknown_strengths.items())),
        }
        self.stdout.write(json.dumps(counts | derived | {"sets": sizes}))
        if strict and summary.problems:
            raise CommandError("Some lines were left out.", returncode=1)

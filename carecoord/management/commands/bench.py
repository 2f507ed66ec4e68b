"""`manage.py bench`: figures measured side by side, in one run, on this machine. Medians of `--rounds`."""

import json

from django.core.management.base import BaseCommand

from carecoord.management.bench import feeds, measures, pages, peers
from patients.measures import engines


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "name",
            choices=["feeds", "pages", "load", "measures", "peers"],
            help="feeds: load and evaluate, in a database of its own; pages: a pharmacist's pages, alone and while a feed of "
            "--lines is loaded (0: alone only); load: one load, for what is measured beside it; "
            "measures: scan, families, all, touched members, engines, of --members; peers: PDC as usually written",
        )
        parser.add_argument("--lines", type=int, default=200_000)
        parser.add_argument("--existing", type=int, default=0, help="feeds: a load into tables with so many lines, too")
        parser.add_argument("--members", type=int, default=200_000, help="measures, peers: so many invented members")
        parser.add_argument(
            "--engines",
            nargs="*",
            default=list(engines.BUCKETS_AT_ONCE),
            help="measures: beside PostgreSQL, if installed",
        )
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, name, lines, rounds, **options):
        if name == "load":
            feeds.load_once(lines, self.say)
            return
        if name == "measures":
            figures = measures.measure(options["members"], rounds, self.say, beside=options["engines"])
        elif name == "peers":
            figures = peers.measure(options["members"], self.say)
        elif name == "feeds":
            figures = feeds.measure(lines, rounds, self.say, existing=options["existing"])
        else:
            figures = pages.measure(self.say, beside=lines)
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write("\n".join(f"{label:<60} {value}" for label, value in figures.items()))

    def say(self, line):
        self.stderr.write(line)

"""`manage.py bench`: figures measured side by side, in one run, on this machine. Medians of `--rounds`."""

import json

from django.core.management.base import BaseCommand

from carecoord.management.bench import feeds, pages


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "name",
            choices=["feeds", "pages", "load"],
            help="feeds: load and evaluate, in a database of its own; pages: a pharmacist's pages, alone and while a feed of "
            "--lines is loaded (0: alone only); load: one load, for what is measured beside it",
        )
        parser.add_argument("--lines", type=int, default=200_000)
        parser.add_argument("--existing", type=int, default=0, help="feeds: a load into tables with so many lines, too")
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, name, lines, rounds, **options):
        if name == "load":
            feeds.load_once(lines, self.say)
            return
        if name == "feeds":
            figures = feeds.measure(lines, rounds, self.say, existing=options["existing"])
        else:
            figures = pages.measure(self.say, beside=lines)
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write("\n".join(f"{label:<60} {value}" for label, value in figures.items()))

    def say(self, line):
        self.stderr.write(line)

"""manage.py check_mapping FILE [SAMPLE] : whether a payer's mapping is right, and what it makes of a sample of his files."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from patients.claims.formats import Bad, FeedRefused
from patients.claims.formats.ncpdp_history import mappings, open_history
from patients.claims.formats.ncpdp_history.parsing import BadMapping, parse
from patients.claims.records import PHARMACY_CLAIM

SHOWN = 5


class Command(BaseCommand):
    help = (
        "Checks a mapping (TOML) of the format ncpdp_history, and shows the first lines of a sample as it reads them."
    )

    def add_arguments(self, parser):
        parser.add_argument("mapping", metavar="FILE", help="The mapping, a TOML file.")
        parser.add_argument(
            "sample", nargs="?", metavar="SAMPLE", help="A file of the payer, with its header and trailer."
        )

    def handle(self, *, mapping, sample, **options):
        path = Path(mapping)
        try:
            found = parse(path.read_text("utf-8"), path.stem)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path}: {error}")
        except BadMapping as bad:
            for fault in bad.faults:
                self.stderr.write(f"{path.name}: {fault}")
            raise SystemExit(1)
        self.stdout.write(f"{path.name}: {found.title}. {len(found.columns)} fields, no faults.")
        if sample:
            self._show(found, Path(sample))

    def _show(self, mapping, path):
        others = [
            other.name for other in mappings()[0].values() if other.name != mapping.name and other.fits(_first(path))
        ]
        if not mapping.fits(_first(path)):
            self.stderr.write(
                "The sample's first line is not as [recognise] says: a delivery of it would not be recognised."
            )
            raise SystemExit(1)
        if others:
            self.stderr.write(f"Other mappings recognise the sample as well: {', '.join(others)}.")
            raise SystemExit(1)
        shown = 0
        try:
            with path.open("rb") as stream:
                feed = open_history(stream, mapping=mapping)
                for item in feed:
                    if shown < SHOWN or isinstance(item, Bad):
                        self._tell(item)
                    shown += not isinstance(item, Bad)
        except FeedRefused as refused:
            raise CommandError(f"The file is refused ({refused.code}): {refused} (line {refused.line})")
        self.stdout.write(f"{feed.records} claims, {feed.rejected} of them rejected. {feed.notes or ''}".rstrip())
        if feed.rejected:
            raise SystemExit(1)

    def _tell(self, item):
        if isinstance(item, Bad):
            for one in item.problems:
                self.stderr.write(f"line {item.number}: {one.message} ({one.code})")
            return
        told = zip(PHARMACY_CLAIM.names, item.row, strict=True)
        self.stdout.write(f"line {item.number}: " + ", ".join(f"{k}={v}" for k, v in told if v not in (None, "", ())))


def _first(path):
    try:
        with path.open("rb") as stream:
            return stream.readline(1 << 16).rstrip(b"\r\n")
    except OSError as error:
        raise CommandError(str(error))

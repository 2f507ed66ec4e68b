"""manage.py compare_ecqm DECK ... --valuesets FILE [--json] [--trail]"""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from patients.claims.formats.reading.outcome import FeedRefused
from patients.measures.clinical import charts, rules, terminology
from patients.measures.clinical.compare import compare

HEADINGS = ("measure", "patients", "populations", "equal", "different", "explained", "unexplained")


class Command(BaseCommand):
    help = (
        "Computes clinical (eCQM) measures for the patients of FHIR files and compares each population with the MeasureReport "
        "beside it. Ends with 1 when a difference is unexplained, a report cannot be compared or a resource is at fault."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", metavar="DECK", help="Zip of test cases, Bundle, or NDJSON.")
        parser.add_argument("--valuesets", metavar="FILE", help="CSV of value sets, which its licensee brings.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of tables.")
        parser.add_argument(
            "--trail", action="store_true", help="Print how each differing population of ours came about."
        )
        parser.add_argument(
            "--rules", action="store_true", help="Print claims rule against clinical rule, a measure a table."
        )

    def handle(self, *, files, valuesets, json, trail, **options):  # noqa: A002
        if options["rules"]:
            self.stdout.write(rules.table())
            return
        if not files or not valuesets:
            raise CommandError("Name the files to compare, and the value sets with --valuesets FILE.")
        try:
            terms = terminology.load(valuesets)
            sources = [charts.read(path) for path in files]
        except (terminology.BadValueSets, FeedRefused) as error:
            raise CommandError(str(error)) from None
        results = [(source, compare(source, terms)) for source in sources]
        self.stdout.write(_as_json(results) if json else _as_text(results, trail))
        if failing := sum(_failings(source, found) for source, found in results):
            raise CommandError(f"{failing} unexplained or unusable.", returncode=1)


def _failings(source, found):
    each = found.values()
    return len(source.faults) + sum(len(one.unexplained) + len(one.unusable) for one in each)


def _as_json(results):
    told = [
        {
            "file": source.name,
            "patients": len(source.charts),
            "faults": [one._asdict() for one in source.faults],
            "refer_to_another_patient": source.strays,
            "left_out": source.left_out,
            "measures": [asdict(one) | {"equal": one.equal} for one in found.values()],
        }
        for source, found in results
    ]
    return json.dumps(told, indent=2)


def _as_text(results, trail):
    lines = [_row(HEADINGS)]
    for source, found in results:
        lines += [_row(_numbers(one)) for one in found.values()]
        if not found:
            lines.append(f"{source.name}: {len(source.charts)} patients, no MeasureReport.")
    for source, found in results:
        lines += [f"fault: {one}" for one in source.faults]
        for patient_id, refs in source.strays.items():
            lines.append(f"note: {source.name}: {patient_id}: {', '.join(refs)} refer to another patient.")
        for one in found.values():
            lines += [f"unusable: {one.measure}: {patient_id}: {why}" for patient_id, why in one.unusable]
            lines += [line for difference in one.differences for line in _told(difference, trail)]
    return "\n".join(lines)


def _numbers(one):
    explained = len(one.differences) - len(one.unexplained)
    counts = (one.patients, one.compared, one.equal, len(one.differences), explained, len(one.unexplained))
    return (one.measure, *map(str, counts))


def _row(cells):
    first, *rest = cells
    return f"{first:<36}" + "".join(f"{cell:>13}" for cell in rest)


def _told(one, trail):
    yield f"{one.measure} {one.patient_id} group {one.group} {one.population}: ours {one.ours}, theirs {one.theirs}"
    yield f"  {one.title}"
    yield f"  {one.kind}: {one.reason}" if one.kind else "  UNEXPLAINED"
    if trail or not one.kind:
        yield from (f"    {line}" for line in one.trail)

"""FHIR R4 in JSON: claims (ExplanationOfBenefit), enrolment (Coverage, Patient), Observation and Immunization.

Sources of the elements and codes: FHIR R4 (4.0.1), CARIN Blue Button 2 (C4BB profiles), Blue Button 2.0 and BCDA (BFD, whose
older release, FHIR STU3, is read as well), US Core and QI-Core. Resources come one a line (NDJSON, any mixture), or as
Bundles, arrays and single resources. A record's number is its line, or else its place among the entries.

Resources of other types are counted and left out. A server's own stamps (`meta`, narrative, names of codes) are not read,
but for the time of a Patient's or a Coverage's last update (enrolment.py).
"""

from functools import partial

from ...checks import Problem, Rejected, problem
from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.records import Record, RecordFeed
from .clinical import rows_of_immunization, rows_of_observation
from .cut import LONGEST_RECORD_BYTES, pieces
from .described import FIELDS
from .element import Resource
from .enrolment import rows_of_coverage, rows_of_patient
from .medical import rows_of_medical
from .pharmacy import is_pharmacy, rows_of_pharmacy
from .strict import WHOLE, parse


def rows_of_claim(eob, seen):
    """An ExplanationOfBenefit, by its type. A draft, one that is still queued, or a predetermination is no claim yet."""
    is_claim = eob.string("use") in ("claim", "")
    if not is_claim or eob.string("status") == "draft" or eob.string("outcome") == "queued":
        seen.notes["not_final"] += 1
        return []
    return (rows_of_pharmacy if is_pharmacy(eob) else rows_of_medical)(eob, seen)


READERS = {
    "ExplanationOfBenefit": rows_of_claim,
    "Coverage": rows_of_coverage,
    "Patient": rows_of_patient,
    "Observation": rows_of_observation,
    "Immunization": rows_of_immunization,
}


def open_fhir(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes as a feed of FHIR resources."""
    cut = map(_record, pieces(blocks(stream, max_bytes=max_bytes, ratio=ratio)))
    return RecordFeed(cut, name=name, today=today)


def _record(piece):
    def build(seen):
        if not piece.is_whole:
            says = f"is longer than {LONGEST_RECORD_BYTES:,} bytes."
            raise Rejected([problem(WHOLE, "record_too_long", says)])
        return _rows(parse(piece.raw), seen)

    return Record(piece.number, piece.raw, build, sent=partial(_on_one_line, piece.raw))


def _on_one_line(raw):
    """JSON has line ends between its parts alone."""
    return b" ".join(raw.split(b"\n"))


def _rows(document, seen, full_url=""):
    """The rows of a resource, of an entry of a Bundle, or of a Bundle that stands in a line."""
    if type(document) is not dict:
        raise Rejected([problem(WHOLE, "wrong_type", "is not an object.")])
    kind = document.get("resourceType")
    if kind is None and ("resource" in document or "fullUrl" in document or "request" in document):
        return _rows_of_entry(document, seen)
    if type(kind) is not str or not (kind.isascii() and kind.isalpha()) or len(kind) > 60:
        raise Rejected([problem("resourceType", "unknown_resource", "does not name a type of resource.")])
    if kind == "Bundle":
        return _rows_of_bundle(document, seen)
    read = READERS.get(kind)
    if read is None:
        seen.notes["other_resources"] += 1
        return []
    resource = Resource(document, kind, full_url)
    rows = read(resource, seen)
    resource.finish()
    return rows


def _rows_of_entry(entry, seen):
    """A deletion, or an answer without content, has no resource."""
    if entry.get("resource") is None:
        seen.notes["entry_without_resource"] += 1
        return []
    full_url = entry.get("fullUrl")
    return _rows(entry["resource"], seen, full_url if type(full_url) is str else "")


def _rows_of_bundle(bundle, seen):
    """All entries of a Bundle that is one record: one bad entry rejects it whole."""
    entries = bundle.get("entry") or []
    if type(entries) is not list:
        raise Rejected([problem("Bundle.entry", "wrong_type", "is not an array.")])
    rows, problems = [], []
    for index, entry in enumerate(entries):
        try:
            rows += _rows(entry, seen)
        except Rejected as rejected:
            problems += [_within(index, one) for one in rejected.problems]
    if problems:
        raise Rejected(problems)
    return rows


def _within(index, one):
    place = f"Bundle.entry[{index}]."
    return Problem(f"{place}{one.field}", one.code, f"{place}{one.message}")


FORMAT = Format(
    code="fhir_eob",
    title="FHIR R4: ExplanationOfBenefit, Coverage, Patient, Observation, Immunization",
    media_types=(
        "application/fhir+ndjson",
        "application/fhir+json",
        "application/x-ndjson",
        "application/json",
        *CONTAINER_TYPES,
    ),
    open=open_fhir,
    counts="resource",
    fields=FIELDS,
)

"""Files of clinical records to charts, with the MeasureReports that stand beside them.

A file is what the FHIR claims reader takes: a Bundle, an array, a resource, or one a line; or a zip of many of these, as the
eCQM test decks are. A resource belongs to the patient to whom it refers. Everything of one file is one source: a patient has one
chart in it, whichever member of the zip tells of him. A test case is a folder, or else a file, with one Patient and a
MeasureReport: all its resources are that patient's, since its report was computed so. Where one of them refers to somebody else
it is told in `strays`, and it never reaches the other's chart. Limits: members and bytes of a zip, bytes of a record (fhir_eob.cut), depth
and numbers of JSON (fhir_eob.strict).
"""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from patients.claims.checks import Rejected, problem
from patients.claims.formats.fhir_eob.cut import LONGEST_RECORD_BYTES, pieces
from patients.claims.formats.fhir_eob.element import Resource
from patients.claims.formats.fhir_eob.people import id_part
from patients.claims.formats.fhir_eob.strict import WHOLE, parse
from patients.claims.formats.reading.blocks import blocks
from patients.claims.formats.reading.outcome import FeedRefused

from .orders import read_order
from .reading import READERS, concept, read_patient
from .records import Chart
from .reports import Report, read_report

MOST_MEMBERS = 500_000
MEMBER_BYTES = 256 << 20
ALL_BYTES = 2 << 30
RATIO = 200
ABOUT = ("subject", "patient", "beneficiary", "for")  # the elements that name the patient, by type of resource


class Fault(NamedTuple):
    """What is wrong with one resource: file, place, and the words of `checks.Problem`."""

    file: str
    resource: str
    field: str
    code: str
    message: str

    def __str__(self):
        return f"{self.file}: {self.resource}: {self.code}: {self.message}"


@dataclass(slots=True)
class Source:
    """What one file holds. `left_out` counts resources of types that no measure asks for; `strays`: see the module."""

    name: str
    charts: dict[str, Chart] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    strays: dict[str, list[str]] = field(default_factory=dict)  # patient id -> resources


def read(path):
    """The Source of a file. Raises FeedRefused for a file that is none."""
    path = Path(path)
    found = []
    source = Source(path.name)
    try:
        for name, stream in _members(path):
            with stream:
                _collect(stream, name, source, found)
    except OSError as error:
        raise FeedRefused("unreadable", f"{path.name} cannot be read: {error.strerror}.")
    _sort(found, source)
    return source


def _members(path):
    """(name, open stream) of each file in a zip, or of the file itself."""
    if not zipfile.is_zipfile(path):
        yield path.name, path.open("rb")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [one for one in archive.infolist() if _is_wanted(one)]
            _check(listed, path)
            for one in listed:
                yield one.filename, archive.open(one)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise FeedRefused(
            "zip_damaged", f"The zip file {path.name} is damaged, encrypted or compressed in an unusual way."
        )


def _is_wanted(member):
    name = member.filename
    return not member.is_dir() and not name.startswith("__MACOSX/") and name.endswith((".json", ".ndjson"))


def _check(listed, path):
    if not listed:
        raise FeedRefused("empty_file", f"The zip file {path.name} holds no .json or .ndjson file.")
    size = sum(one.file_size for one in listed)
    if len(listed) > MOST_MEMBERS or size > ALL_BYTES:
        raise FeedRefused(
            "too_large", f"The zip file {path.name} holds more than {MOST_MEMBERS:,} files or {ALL_BYTES:,} bytes."
        )
    if size > 4 * MEMBER_BYTES // 64 and size > RATIO * max(1, path.stat().st_size):
        raise FeedRefused("too_compressed", f"The zip file {path.name} expands to more than {RATIO} times its size.")


def _collect(stream, name, source, found):
    """Append (file, full URL, resource) of every resource of a stream to `found`."""
    try:
        for piece in pieces(blocks(stream, max_bytes=MEMBER_BYTES, ratio=RATIO)):
            try:
                if not piece.is_whole:
                    says = f"is longer than {LONGEST_RECORD_BYTES:,} bytes."
                    raise Rejected([problem(WHOLE, "record_too_long", says)])
                found += _walk(parse(piece.raw), name)
            except Rejected as rejected:
                _note(source, name, f"record {piece.number}", rejected)
    except FeedRefused as refused:
        raise FeedRefused(refused.code, f"{name}: {refused.message}", refused.line)


def _note(source, file, place, rejected):
    source.faults += [Fault(file, place, one.field, one.code, one.message) for one in rejected.problems]


def _walk(document, name):
    """The resources of a value: a resource, an entry, or a Bundle in a line."""
    if type(document) is not dict:
        raise Rejected([problem(WHOLE, "wrong_type", "is not an object.")])
    kind = document.get("resourceType")
    if kind is None and "resource" in document:
        url = document.get("fullUrl")
        return [(name, url if type(url) is str else "", one) for _, _, one in _walk(document["resource"], name)]
    if type(kind) is not str or not kind.isascii() or not kind.isalpha():
        raise Rejected([problem("resourceType", "unknown_resource", "does not name a type of resource.")])
    if kind != "Bundle":
        return [(name, "", document)]
    entries = document.get("entry") or []
    if type(entries) is not list:
        raise Rejected([problem("Bundle.entry", "wrong_type", "is not an array.")])
    return [one for entry in entries for one in _walk(entry, name)]


def _sort(found, source):
    """Patients first, so that ages can be told as days; then what refers to them."""
    medications, known, cases = {}, {}, _cases(found)
    for file, url, document in found:
        element = Resource(document, document["resourceType"], url)
        if element.name == "Patient":
            _read(element, file, source, lambda one, url=url: _patient(one, url, source, known))
        elif element.name == "Medication":
            medications[element.string("id")] = concept(element, "code")
    for file, url, document in found:
        element = Resource(document, document["resourceType"], url)
        whose = cases.get(_folder(file), cases.get(file))
        if element.name == "MeasureReport":
            _read(element, file, source, lambda one: source.reports.append(read_report(one)))
        elif element.name in READERS or element.name == "MedicationRequest":
            chart, strays = _chart_of(element, known, whose)
            _read(element, file, source, lambda one, chart=chart: _record(one, chart, medications))
            if strays:
                source.strays.setdefault(whose, []).append(f"{element.name}/{element.string('id')}")
        elif element.name != "Patient":
            source.left_out[element.name] = source.left_out.get(element.name, 0) + 1


def _folder(file):
    return file.rpartition("/")[0]


def _cases(found):
    """Patient id of each folder and file that is a test case."""
    patients, reported = {}, set()
    for file, _, document in found:
        for unit in {file, _folder(file)} - {""}:
            if document["resourceType"] == "Patient":
                patients.setdefault(unit, set()).add(str(document.get("id")))
            elif document["resourceType"] == "MeasureReport":
                reported.add(unit)
    return {unit: next(iter(ids)) for unit, ids in patients.items() if len(ids) == 1 and unit in reported}


def _chart_of(element, known, whose):
    """(chart, whether the resource refers to somebody else than the patient of its test case)."""
    name = next((one for one in ABOUT if element.data.get(one) is not None), "subject")
    target = id_part(element.part(name).string("reference"))
    chart = known.get(target)
    if whose in known:
        return known[whose], chart is not known[whose]
    if chart is None:
        element.fault(name, "unknown_patient", "refers to no Patient of this file.")
    return chart, False


def _read(element, file, source, use):
    try:
        use(element)
        element.finish()
    except Rejected as rejected:
        told = element.data.get("id")
        _note(source, file, f"{element.name}/{told if type(told) is str else '?'}", rejected)


def _patient(element, url, source, known):
    patient = read_patient(element)
    if not patient.patient_id:
        element.fault("id", "missing", "is empty, and is needed.")
        element.finish()
    chart = source.charts.setdefault(patient.patient_id, Chart(patient))
    chart.patient = patient
    known[patient.patient_id] = chart
    if url:
        known.setdefault(id_part(url), chart)


def _record(element, chart, medications):
    """Add the record to its chart; one that is at fault is left out whole."""
    if chart is None:
        return
    if element.name == "MedicationRequest":
        record = read_order(element, medications)
    else:
        record = READERS[element.name](element, chart.patient.born_on)
    if not element.faults:
        chart.add(record)

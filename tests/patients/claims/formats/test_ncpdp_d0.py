"""NCPDP D.0: transmissions as captured, with and without their answers."""

import gzip
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from patients.claims.formats import Bad, FeedRefused, open_feed
from patients.claims.formats.ncpdp_d0 import FORMAT, pairing
from patients.claims.formats.ncpdp_d0.framing import LONGEST_TRANSMISSION_BYTES
from patients.claims.records import LAYOUTS

from .reading import DATA, TODAY, faults
from .transmissions import (
    PHARMACY,
    WHO,
    approved,
    batch,
    claim,
    lines,
    paid,
    refused,
    request,
    response,
    reversal,
    segment,
)


def read(data):
    """(feed, rows as dicts with number and kind, bad records)."""
    feed = open_feed("ncpdp_d0", BytesIO(data), today=TODAY)
    good, bad = [], []
    for one in feed:
        if isinstance(one, Bad):
            bad.append(one)
        else:
            names = LAYOUTS[one.kind].names
            good.append(dict(zip(names, one.row, strict=True), number=one.number, kind=one.kind))
    return feed, good, bad


def row(*transmissions):
    feed, good, bad = read(lines(*transmissions))
    assert (len(good), bad) == (1, [])
    return good[0]


def fault(*transmissions):
    feed, good, bad = read(lines(*transmissions))
    assert not good
    return faults(bad)


def refusal(data):
    with pytest.raises(FeedRefused) as refused_:
        read(data)
    return refused_.value.code


def test_every_field_of_a_paid_claim():
    assert row(request(claim()), response(paid())) == {
        "number": 1,
        "kind": "pharmacy_claim",
        "claim_id": "1679576722-1234567-0-20250301-A1",
        "claim_line": 1,
        "member_id": "M1",
        "person_id": "",
        "plan": "RXGRP1",
        "contract": "",
        "pbp": "",
        "pharmacy_ref": "1679576722",
        "prescriber_ref": "1245319599",
        "filled_on": date(2025, 3, 1),
        "ndc": "00071015523",
        "quantity": Decimal("30.000"),
        "days_supply": 30,
        "refills": 5,
        "rx_number": "1234567",
        "fill_number": 0,
        "paid_on": None,
        "paid_cents": 4570,
        "allowed_cents": 5570,
        "charge_cents": 6570,
        "coinsurance_cents": None,
        "copayment_cents": 1000,
        "deductible_cents": None,
        "usual_and_customary_cents": 8070,
        "ingredient_cost_cents": 5000,
        "dispensing_fee_cents": 570,
        "patient_pay_cents": 1000,
        "is_in_network": None,
        "channel": "retail",
        "transaction": "B1",
        "original_claim_id": "",
        "authorization_number": "A1",
        "version": None,
        "is_reversal": False,
        "daw": "0",
        "origin": "3",
        "is_compound": False,
        "dispensing_status": "",
        "is_cash": None,
        "is_340b": None,
        "sold_on": None,
        "refills_left": None,
        "source": "ncpdp_d0",
    }


def test_a_request_alone_is_a_claim_of_which_nothing_is_known_to_be_paid():
    feed, (one,), _ = read(lines(request(claim())))
    assert (one["claim_id"], one["paid_cents"], one["ingredient_cost_cents"]) == (
        "1679576722-1234567-0-20250301",
        None,
        5570,
    )
    assert feed.notes == {"no_answer": 1}


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("", None),
        ("0{", 0),
        ("}", 0),
        ("1234E", 12345),
        ("1234N", -12345),
        ("1R", -19),
        ("12345", 12345),
        ("00000000557{", 5570),
    ],
)
def test_amounts_carry_their_sign_over_the_last_digit(written, cents):
    assert row(request(claim()), response(paid(F9=written)))["paid_cents"] == cents


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"E7": "2500"}, {"quantity": Decimal("2.500")}),
        ({"E7": "0000030000"}, {"quantity": Decimal("30.000")}),
        ({"D5": "0"}, {"days_supply": None}),
        ({"D2": "000001234567"}, {"rx_number": "1234567", "claim_id": "1679576722-1234567-0-20250301-A1"}),
        ({"D3": "01"}, {"fill_number": 1}),
        ({"HD": "P"}, {"dispensing_status": "P", "claim_id": "1679576722-1234567-0-20250301-P-A1"}),
        ({"U7": "06"}, {"channel": "mail"}),
        ({"U7": "99"}, {"channel": "other"}),
        ({"DK": "20"}, {"is_340b": True}),
        ({"D6": "0"}, {"is_compound": None}),
    ],
)
def test_what_the_claim_segment_says(changes, expected):
    one = row(request(claim(**changes)), response(paid()))
    assert {name: one[name] for name in expected} == expected


def test_340b_by_the_basis_of_cost_and_by_one_of_several_codes():
    first = claim().replace("DN01", "DN08")
    assert row(request(first), response(paid()))["is_340b"] is True
    several = claim(NX="2", DK="2\x1cDK20")
    assert row(request(several), response(paid()))["is_340b"] is True


def test_somebody_else_than_the_cardholder_has_the_person_code_in_the_member_id():
    def member(*fields):
        return row(request(claim(), shared=segment("AM04", "C2M1", *fields)))["member_id"]

    assert [member("C61", "C3001"), member("C63", "C3003"), member("C63"), member("C3002"), member("C302", "C61")] == [
        "M1",
        "M1-03",
        "M1",
        "M1-02",
        "M1",
    ]


def test_the_product_of_a_compound_is_its_most_costly_ingredient():
    parts = [("11845013901", "84{"), ("00603148049", "846{"), ("60809031055", "46{")]
    fields = [one for ndc, cost in parts for one in ("RE03", f"TE{ndc}", "ED12000", f"EE{cost}")]
    mixed = claim(E1="00", D7="0", D6="2") + segment("AM10", "EF11", "EG3", "EC03", *fields)
    one = row(request(mixed), response(paid()))
    assert (one["ndc"], one["is_compound"]) == ("00603148049", True)
    without_costs = mixed.replace("\x1cEE84{", "").replace("\x1cEE846{", "").replace("\x1cEE46{", "")
    assert row(request(without_costs), response(paid()))["ndc"] == "11845013901"
    feed, (one,), _ = read(lines(request(claim(E1="00", D7="0", D6="2")), response(paid())))
    assert one["ndc"] == "" and feed.notes == {"no_ingredients": 1, "no_ndc": 1}
    broken = mixed.replace("\x1cTE00603148049", "")
    assert fault(request(broken), response(paid())) == [(1, "489-TE", "ingredient_count")]


def test_what_the_processor_rejected_is_left_out_even_when_it_is_wrong():
    feed, good, bad = read(
        lines(
            request(claim(D2="")),
            response(refused("70")),
            request(claim()),
            response(status="R", count=1),
            request(reversal(), code="B2"),
            response(refused("87"), code="B2"),
            request(claim(), code="B3"),
            response(refused("75"), code="B3"),
        )
    )
    assert (good, bad, feed.records) == ([], [], 0)
    assert feed.notes == {"rejected_by_payer": 3, "rejected_rebill": 1}


def test_captured_and_duplicate_answers():
    captured = segment("AM21", "ANC", "F3A1")
    feed, (one,), _ = read(lines(request(claim()), response(captured)))
    assert one["paid_cents"] is None and feed.notes == {"captured_not_paid": 1}
    again = response(paid(status="D"))
    feed, (first, second), _ = read(lines(request(claim()), response(paid()), request(claim()), again))
    assert first | {"number": 2} == second
    feed, good, _ = read(lines(request(claim()), response(segment("AM21", "AND", "F3A1"))))
    assert (good, feed.notes) == ([], {"duplicate_answer": 1})


def test_an_answer_that_contradicts_itself_is_a_fault():
    both = segment("AM21", "ANP", "F3A1", "FA1", "FB70")
    assert fault(request(claim()), response(both)) == [(1, "511-FB", "status_conflict")]
    assert fault(request(claim()), response(segment("AM21", "ANX"))) == [(1, "112-AN", "unknown_code")]
    assert fault(request(claim()), response(segment("AM22", "EM1"))) == [(1, "112-AN", "unknown_code")]


def test_answers_find_their_requests_by_prescription_in_any_order():
    data = lines(
        request(claim("11")),
        request(claim("22"), claim("33")),
        request(claim("44"), day="20250302"),
        response(paid("B", "22"), paid("C", "33")),
        response(paid("D", "44"), day="20250302"),
        response(paid("A", "11")),
    )
    feed, good, bad = read(data)
    assert [(one["number"], one["authorization_number"]) for one in good] == [(1, "A"), (2, "B"), (3, "C"), (4, "D")]
    assert (bad, feed.records) == ([], 4)


def test_an_answer_without_prescriptions_goes_to_the_oldest_request():
    data = lines(request(claim("11")), request(claim("22")), response(refused("70")), response(paid("B", "22")))
    feed, (one,), _ = read(data)
    assert (one["rx_number"], feed.notes) == ("22", {"rejected_by_payer": 1})


def test_a_batch_of_requests_and_the_batch_of_its_answers():
    data = batch(request(claim("11")), request(claim("22"))) + batch(
        response(paid("A", "11")), response(paid("B", "22")), kind="R"
    )
    feed, good, bad = read(data)
    assert [(one["number"], one["authorization_number"]) for one in good] == [(1, "A"), (2, "B")]
    assert not bad and not feed.notes


@pytest.mark.parametrize("between", ["", "\n", "\r\n", "\r\n\r\n "])
def test_line_ends_between_frames_do_not_matter(between):
    one = batch(request(claim()), between=between)
    assert len(read(one + between.encode())[1]) == 1
    assert len(read(gzip.compress(one))[1]) == 1


def test_frames_without_a_batch():
    data = "".join(f"\x02{one}\x03" for one in (request(claim()), response(paid()))).encode()
    assert read(data)[1][0]["authorization_number"] == "A1"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (batch(request(claim()), count=4), "control_total"),
        (batch(request(claim()), trailer=9), "control_total"),
        (batch(request(claim())).replace(b"RECEIVER", b"RECEIVER1"), "bad_batch_header"),
        (batch(request(claim())).replace(b"P12RE", b"P13RE"), "bad_batch_header"),
        (batch(request(claim()))[:-60], "truncated"),
        (batch(request(claim())).rsplit(b"\x02", 1)[0], "truncated"),
        (batch(request(claim())).split(b"\x03", 1)[1], "no_batch_header"),
        (batch(request(claim())).rsplit(b"\x02", 1)[0] + batch(request(claim())), "truncated"),
        (gzip.compress(lines(request(claim())))[:-9], "gzip_truncated"),
        (lines(request(claim())).replace(b"D0B1", b"51B1"), "wrong_version"),
        (b"member_id,claim_id\n", "not_ncpdp"),
        (b"\x1c\x1c\x1c\x1c\x1c\x1c\x1c\x1c", "not_ncpdp"),
    ],
)
def test_files_that_are_refused(data, code):
    assert refusal(data) == code


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request(claim(D2="")), ("402-D2", "missing")),
        (request(claim(), shared=segment("AM04", "C61")), ("302-C2", "missing")),
        (request(claim(), day="20250230"), ("401-D1", "not_a_date")),
        (request(claim(), day="00000000"), ("401-D1", "missing")),
        (request(claim(), day="20270101"), ("401-D1", "in_the_future")),
        (request(claim(), day="19491231"), ("401-D1", "before_birth")),
        (request(claim(), pharmacy=""), ("201-B1", "missing")),
        (request(claim(E7="3O000")), ("442-E7", "not_a_number")),
        (request(claim(E7="9" * 5000)), ("442-E7", "out_of_range")),
        (request(claim(D5="367")), ("405-D5", "out_of_range")),
        (request(claim(HD="X")), ("343-HD", "unknown_code")),
        (request(claim(U7="77")), ("147-U7", "unknown_code")),
        (request(claim(D2="12\x1cD213")), ("402-D2", "doubled_field")),
        (request(claim(D2="12é")), ("402-D2", "not_a_code")),
        (request(claim(D2="1\x002")), ("402-D2", "control_character")),
        (request(claim() + segment("AM07", "D21")), ("segment", "doubled_segment")),
        (request(segment("AM11", "D91{")), ("segment 07", "missing_segment")),
        (request(claim()).replace("\x1cEM", "EM"), ("segment", "no_field_separator")),
        (request(claim(), count=2), ("109-A9", "transaction_count")),
        (request(*[claim()] * 5, count=5), ("109-A9", "transaction_count")),
        (request(claim())[1:].replace("D0", " D0", 1)[:40] + request(claim())[56:], ("header", "header_length")),
        (request(claim(), code="Q9"), ("103-A3", "unknown_code")),
        (request(claim()).replace("D0B1", "F6B1"), ("102-A2", "wrong_version")),
        (response(paid()), ("transmission", "no_request")),
        ("z" * (LONGEST_TRANSMISSION_BYTES + 1), ("transmission", "record_too_long")),
    ],
)
def test_a_bad_transaction_is_named_and_the_others_are_read(sent, expected):
    feed, good, bad = read(lines(request(claim("11")), "", sent, request(claim("22"))))
    assert [one["rx_number"] for one in good] == ["11", "22"]
    assert faults(bad) == [(2, *expected)]
    assert (feed.records, feed.rejected) == (3, 1)


def test_one_bad_transaction_of_several_in_a_transmission():
    feed, good, bad = read(lines(request(claim("11"), claim("22", E7="x"), claim("33"))))
    assert [(one["number"], one["rx_number"]) for one in good] == [(1, "11"), (3, "33")]
    assert faults(bad) == [(2, "442-E7", "not_a_number")]


@pytest.mark.parametrize(("id", "field"), [("D2", "402-D2"), ("ZZ", "ZZ")])
@pytest.mark.parametrize("framed", [False, True])
def test_a_value_of_70_kilobytes_costs_its_own_transaction_alone(id, field, framed):
    sent = request(claim("11"), claim("22", **{id: "7" * 70_000}), claim("33"))
    feed, good, bad = read(f"\x02{sent}\x03".encode() if framed else lines(sent))
    assert [(one["number"], one["rx_number"]) for one in good] == [(1, "11"), (3, "33")]
    assert faults(bad) == [(2, field, "too_long")]


def test_frames_that_are_broken_do_not_take_others_with_them():
    good = f"\x02{request(claim('11'))}\x03"
    broken = f"\x02{request(claim('22'))}"
    feed, rows, bad = read(f"{good}{broken}{good}JUNK{good}".encode())
    assert len(rows) == 3
    assert faults(bad) == [(2, "transmission", "unterminated"), (4, "transmission", "outside_frame")]


def test_what_bills_nothing_is_left_out():
    feed, good, bad = read(
        lines(request(code="E1", count=1), response(code="E1", count=1), request(claim(), code="N1"))
    )
    assert (good, bad, feed.records) == ([], [], 0)
    assert feed.notes == {"not_a_claim": 2}


def test_segments_that_nobody_knows_are_counted():
    feed, good, _ = read(lines(request(claim() + segment("AMXX", "&BTEST")), response(paid()) + "\x1e*AD0"))
    assert len(good) == 1 and feed.notes == {"unknown_segment": 1}


def test_a_reversal_is_a_record_of_its_own():
    one = row(request(reversal(), code="B2"), response(approved(), code="B2"))
    assert (one["claim_id"], one["transaction"], one["is_reversal"]) == (
        "reversal-1679576722-1234567-0-20250301",
        "B2",
        True,
    )
    assert (one["rx_number"], one["fill_number"], one["authorization_number"]) == ("1234567", 0, "")
    named = reversal("1234567", "0", segment("AM12", "F3A7"))
    assert row(request(named, code="B2"))["authorization_number"] == "A7"


def test_a_rebill_is_a_reversal_and_a_claim():
    _, good, _ = read(lines(request(claim(), code="B3"), response(paid("A2"), code="B3")))
    assert [(one["transaction"], one["authorization_number"], one["number"]) for one in good] == [
        ("B2", "", 1),
        ("B3", "A2", 1),
    ]


def test_a_service_is_a_line_of_a_professional_claim():
    service = segment("AM07", "EM2", "D277", "E109", "D7G0108", "E71000", "D30") + segment("AM11", "DU50{")
    _, (one,), _ = read(
        lines(
            request(service + segment("AM13", "VE1", "WE02", "DOE11.9"), code="S1"),
            response(paid("S", "77"), code="S1"),
        )
    )
    assert one["kind"] == "medical_claim"
    assert (one["claim_id"], one["hcpcs"], one["units"]) == (
        "service-1679576722-77-0-20250301",
        "G0108",
        Decimal("1.000"),
    )
    assert (one["claim_type"], one["setting"], one["diagnoses"]) == ("professional", "carrier", ("E119",))
    assert (one["paid_cents"], one["charge_cents"], one["billing_ref"]) == (4570, 500, "1679576722")
    without = segment("AM07", "EM2", "D277", "E106", "D70", "D30")
    feed, (one,), bad = read(lines(request(without, code="S1"), response(paid("S", "77"), code="S1")))
    assert (one["hcpcs"], one["paid_cents"], bad, feed.notes) == ("", 4570, [], {"service_without_code": 1})


def test_nothing_waits_for_ever_and_a_late_answer_is_refused(monkeypatch):
    monkeypatch.setattr(pairing, "MOST_WAITING", 3)
    requests = [request(claim(str(rx))) for rx in range(10, 16)]
    assert len(read(lines(*requests))[1]) == 6
    assert refusal(lines(*requests, response(paid("A", "10")))) == "answer_too_late"
    assert read(lines(*requests, response(paid("A", "15"))))[1][-1]["authorization_number"] == "A"


def test_the_fixture():
    feed, good, bad = read((DATA / "ncpdp_d0" / "batch.ncpdp").read_bytes())
    assert (len(good), len(bad), feed.records) == (7, 1, 8)


def test_every_field_is_documented():
    told = [one for fields in FORMAT.fields.values() for one in fields]
    assert all(one.name and one.means and one.type for one in told)
    assert {"402-D2", "401-D1", "509-F9"} <= {one.name for one in told}
    assert WHO


def test_a_request_that_is_sent_again_before_its_answer_came_is_the_same_claim():
    twice = [request(claim()), request(claim()), response(paid("A1"))]
    feed, good, bad = read(lines(*twice, request(claim("2")), response(paid("A2", "2"))))
    assert [(one["claim_id"], one["paid_cents"]) for one in good[:2]] == [
        (f"{PHARMACY}-1234567-0-20250301-A1", 4570)
    ] * 2
    assert (len(good), bad, feed.notes.get("no_answer")) == (3, [], None)
    _, own, _ = read(lines(request(claim()), response(paid("A1")), request(claim()), response(paid("A2"))))
    assert [one["authorization_number"] for one in own] == ["A1", "A2"]

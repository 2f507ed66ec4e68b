"""Rejected records come back as they were sent, and what is corrected can be sent again."""

import gzip
import io
import json
from dataclasses import replace

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.tenancy import context
from patients.claims import corrections, storage
from patients.claims.checks import Rejected, problem
from patients.claims.formats import FORMATS
from patients.claims.formats.reading.raw import lines_of
from patients.claims.formats.reading.records import Record, RecordFeed

from .feeds import CLAIM, claim, claims_file, counts, load, new_payer, span, spans_file, take

pytestmark = pytest.mark.django_db
PDE = "BENE_ID|PDE_ID|SRVC_DT|PROD_SRVC_ID|DAYS_SUPLY_NUM|QTY_DSPNSD_NUM|PRSCRBR_ID|SRVC_PRVDR_ID|RX_SRVC_RFRNC_NUM|FILL_NUM|TOT_RX_CST_AMT"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DELIVERIES", tmp_path / "deliveries")


def written(payer, delivery, write=corrections.write_csv):
    out = io.BytesIO()
    with context.acting_as(context.worker_for(payer.pk)):
        count = write(delivery=delivery, out=out)
    return count, out.getvalue()


def objects(payer, delivery):
    count, text = written(payer, delivery, corrections.write_ndjson)
    found = [json.loads(line) for line in text.splitlines()]
    assert len(found) == count
    return found


def test_the_lines_come_back_in_their_own_layout_and_order(cast):
    payer = new_payer()
    bad, worse = claim("C2", dispensing_date="2025-13-01"), claim("C4", quantity="x", days_supply="x")
    delivery = load(payer, claims_file(claim("C1"), bad, claim("C3"), worse).replace(b"\n", b"\r\n"))
    count, text = written(payer, delivery)
    header, first, second, end = text.split(b"\r\n")
    assert (count, end) == (2, b"")
    assert header.decode() == ",".join(CLAIM) + ",error,error_line"
    assert first.decode() == bad + ',"not_a_date: dispensing_date is not a day of the calendar.","3"'
    assert second.decode().startswith(worse + ',"') and second.endswith(b',"5"')
    assert second.count(b";") == 1


def test_corrected_lines_are_loaded_and_nothing_else_is(cast):
    payer = new_payer()
    load(payer, spans_file(span()))
    sent = claims_file(claim("C1"), claim("C2", quantity="x"), claim("C3"), claim("C4", days_supply="x"))
    _, text = written(payer, load(payer, sent))
    half = load(payer, text.replace(b",x,30,", b",30,30,"))
    assert counts(half) == (2, 1, 0, 0, 1, 0)
    assert "unknown" not in half.drift
    count, again = written(payer, half)
    assert count == 1
    assert again.splitlines()[0] == text.splitlines()[0]
    assert again.count(b"days_supply is") == 1 and again.endswith(b',"3"\n')
    assert counts(load(payer, again.replace(b",30,x,", b",30,30,"))) == (1, 1, 0, 0, 0, 0)


def test_what_is_not_corrected_is_rejected_again_for_the_same_reason(cast):
    payer = new_payer()
    lines = [
        claim("C1", quantity="x"),
        claim("C2") + ",more",
        claim("C3").rsplit(",", 3)[0],
        claim("C4", rx_number='1"2'),
    ]
    delivery = load(payer, gzip.compress(claims_file(*lines)))
    for _ in range(2):
        before = [[e["code"] for e in one["errors"]] for one in objects(payer, delivery)]
        count, text = written(payer, delivery)
        assert count == 4
        delivery = load(payer, text)
        assert counts(delivery) == (4, 0, 0, 0, 4, 0)
        assert [[e["code"] for e in one["errors"]] for one in objects(payer, delivery)] == before


def test_values_are_not_altered(cast):
    """A formula, quotes, spaces, bytes that are no UTF-8, a line without its end."""
    payer = new_payer()
    odd = (
        claim("=1+1", member_id='" a ""b"" "', quantity="x").encode()
        + b"\n"
        + claim("C2", rx_number="\xe9").encode("latin-1")
    )
    delivery = load(payer, claims_file(claim("C1")) + odd)
    _, text = written(payer, delivery)
    rows = text.splitlines()[1:]
    assert [row[: len(line)] for row, line in zip(rows, odd.split(b"\n"), strict=True)] == odd.split(b"\n")
    told = objects(payer, delivery)
    assert told[0]["raw"].encode() == odd.split(b"\n")[0]
    assert (told[1]["raw"], told[1]["line"], told[1]["errors"][0]["code"]) == (None, 4, "encoding")
    assert set(told[1]) == {"line", "raw", "raw_base64", "errors"}


def test_a_line_beyond_all_limits_is_there_whole(cast):
    payer = new_payer()
    long = claim("C1", rx_number="9" * 3_000_000)
    delivery = load(payer, claims_file(long, claim("C2")).replace(b"\n", b"\r\n"))
    _, text = written(payer, delivery)
    assert text.split(b"\r\n")[1].decode() == long + ',"line_too_long: line is longer than 65,536 bytes.","2"'
    assert objects(payer, delivery)[0]["raw"] is None


def test_pipes_and_a_delimiter_too_many(cast):
    payer = new_payer()
    row = "-1|-2|05-May-2014|00071015523|x|30|1|1|1|1|1.00"
    delivery = load(payer, f"{PDE}|\n{row}|\n{row.replace('|-2|', '|-3|')}\n".encode(), format="cms_rif")
    _, text = written(payer, delivery)
    header, *rows = text.decode().splitlines()
    assert header == f"{PDE}|ERROR|ERROR_LINE"
    assert [one[: len(row) + 1] for one in rows] == [f"{row}|", f"{row.replace('|-2|', '|-3|')}|"]
    assert [one.rsplit("|", 1)[1] for one in rows] == ["2", "3"]
    corrected = load(payer, text.replace(b"|x|", b"|30|"), format="cms_rif")
    assert (corrected.lines, corrected.rejected) == (2, 0), objects(payer, corrected)
    assert "unknown" not in corrected.drift


def test_records_that_are_no_lines_are_told_as_they_are(cast, monkeypatch):
    def opened(stream, **options):
        def bad(seen):
            raise Rejected([problem("SEG", "missing", "is empty, and is needed.")])

        return RecordFeed(Record(n, raw, bad) for n, raw in enumerate(stream.read().split(b"~"), 10))

    monkeypatch.setitem(
        FORMATS, "segments", replace(FORMATS["cms_rif"], code="segments", open=opened, counts="segment")
    )
    payer = new_payer()
    delivery = load(payer, b"A*1~B\n*2~C", format="segments")
    assert [(one["line"], one["raw"]) for one in objects(payer, delivery)] == [(10, "A*1"), (11, "B\n*2"), (12, "C")]
    with pytest.raises(corrections.NotDelimited):
        written(payer, delivery)


@pytest.mark.parametrize("write", [corrections.write_csv, corrections.write_ndjson])
def test_what_was_not_read_is_gone_or_has_no_rejects(cast, write):
    payer = new_payer()
    with pytest.raises(corrections.NotRead):
        written(payer, take(payer, claims_file(claim("C1"))), write)
    assert written(payer, load(payer, claims_file(claim("C2"))), write) == (0, b"")
    delivery = load(payer, claims_file(claim("C3", quantity="x")))
    storage.forget(delivery.stored_as)
    with pytest.raises(corrections.BytesGone):
        written(payer, delivery, write)


@given(
    lines=st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=30),
    size=st.integers(1, 50),
    picked=st.sets(st.integers(1, 30)),
    is_ended=st.booleans(),
)
def test_lines_are_cut_out_wherever_the_blocks_end(lines, size, picked, is_ended):
    data = b"\n".join(lines) + (b"\n" if is_ended else b"")
    whole = [line + b"\n" for line in data.split(b"\n")]
    whole[-1] = whole[-1][:-1]  # whatever follows the last line end, perhaps nothing
    wanted = sorted(n for n in picked if n <= len(whole) and whole[n - 1])
    found, held = {}, b""
    for number, piece, is_end in lines_of((data[i : i + size] for i in range(0, len(data), size)), wanted):
        held += piece
        if is_end:
            found[number], held = held, b""
    assert found == {n: whole[n - 1] for n in wanted}


def test_lines_far_apart_are_found_in_a_file_that_nobody_holds():
    def generated():
        block = b"x" * 99 + b"\n"
        for _ in range(2_000):
            yield block * 1_000

    found = [(number, len(piece)) for number, piece, _ in lines_of(generated(), [1, 1_000_000, 2_000_000])]
    assert found == [(1, 100), (1_000_000, 100), (2_000_000, 100)]

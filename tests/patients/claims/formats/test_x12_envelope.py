"""Interchanges of any signs and line ends are read; what is cut off, or counts otherwise than it holds, is refused."""

import gzip
from io import BytesIO

import pytest

from patients.claims.formats import FeedRefused, open_feed

from .reading import TODAY, read
from .x12 import (
    covered,
    enrolment,
    institutional,
    interchange,
    member,
    paid,
    professional,
    remittance,
    stay,
    subscriber,
    visit,
)

CLAIMS = professional(subscriber(), visit(), visit("C2"))
MEMBERS = enrolment(member(coverage=covered()))
FILES = {"x12_837": CLAIMS, "x12_834": MEMBERS, "x12_835": remittance(paid(), paid("C2", icn="P2"))}
BOTH = pytest.mark.parametrize(("code", "content"), FILES.items())


def refusal(code, content):
    with pytest.raises(FeedRefused) as refused:
        read(code, content)
    return refused.value.code


@BOTH
@pytest.mark.parametrize("end", ["~", "~\r\n", "~\n\n", "\n", "\r\n", "\x1c", "~  \n"])
def test_any_line_end(code, content, end):
    assert read(code, content.replace(b"~\n", end.encode()))[1] == read(code, content)[1]


@BOTH
def test_any_signs(code, content):
    text = content.decode()
    other = text.replace("*", "|").replace(":", ">").replace("~", "'")
    assert read(code, other.encode())[1] == read(code, content)[1]


@BOTH
def test_a_byte_order_mark_and_a_gzip_file(code, content):
    assert read(code, b"\xef\xbb\xbf" + content)[1] == read(code, content)[1]
    assert read(code, gzip.compress(content))[1] == read(code, content)[1]


@BOTH
def test_several_interchanges_are_numbered_on(code, content):
    once, twice = read(code, content)[1], read(code, content + content)[1]
    assert len(twice) == 2 * len(once)
    assert twice[len(once)]["number"] == once[0]["number"] + content.count(b"~")


@BOTH
def test_a_file_that_was_cut_off_is_refused_wherever_the_cut_is(code, content):
    for end in range(1, len(content) - 2):
        assert refusal(code, content[:end]) in {"truncated", "not_x12", "control_number", "control_total"}, end


@BOTH
def test_no_segment_is_lost_or_doubled_unseen(code, content):
    lines = content.decode().splitlines(keepends=True)
    for at in range(len(lines)):
        for changed in (lines[:at] + lines[at + 1 :], lines[: at + 1] + lines[at:]):
            with pytest.raises(FeedRefused):
                read(code, "".join(changed).encode())


CHANGES = [
    ("SE*", "SE*9", "control_total"), ("GE*1*", "GE*2*", "control_total"), ("IEA*1*", "IEA*x*", "control_total"),
    ("*0001~\nGE", "*0002~\nGE", "control_number"), ("GE*1*7", "GE*1*8", "control_number"),
    ("IEA*1*000000007", "IEA*1*000000008", "control_number"), ("*005010X", "*004010X", "wrong_version"), ("ISA*", "XSA*", "not_x12"),
]  # fmt: skip


@BOTH
@pytest.mark.parametrize(("was", "now", "expected"), CHANGES)
def test_an_envelope_that_disagrees_with_what_it_holds(code, content, was, now, expected):
    assert refusal(code, content.decode().replace(was, now).encode()) == expected


def test_a_transaction_may_leave_its_version_to_its_group():
    text = institutional(subscriber(), stay()).decode().replace("*0001*005010X223A2", "*0001")
    assert read("x12_837", text.encode())[1][0]["claim_type"] == "institutional"


def test_a_fault_names_its_segment():
    with pytest.raises(FeedRefused, match=r"Segment 31 \(SE\) counts segments otherwise than the file has them, 29\."):
        read("x12_837", interchange("P", "BHT*0019*00*1*20260301*1015*CH\n" + "NM1*41*2*X\n" * 26, SE=5))


def test_other_transactions_are_refused_by_name():
    assert refusal("x12_837", MEMBERS) == "wrong_kind"
    assert refusal("x12_834", CLAIMS) == "wrong_kind"


def test_a_segment_of_64_kb_is_the_longest():
    assert read("x12_837", CLAIMS.replace(b"ASH CLINIC", b"A" * 60_000))[0].rejected == 0
    assert refusal("x12_837", CLAIMS.replace(b"ASH CLINIC", b"A" * 70_000)) == "no_terminator"


def test_a_claim_without_an_end_is_refused_before_it_fills_the_memory():
    endless = professional(subscriber(), visit() + "NTE*ADD*X\n" * 30_000)
    assert refusal("x12_837", endless) == "record_too_large"


def test_dripping_bytes_give_the_same():
    class Dripping(BytesIO):
        def read(self, wanted=-1):
            return super().read(min(wanted, 3) if wanted >= 0 else 3)

    for code, content in FILES.items():
        assert list(open_feed(code, Dripping(content), today=TODAY)) == list(
            open_feed(code, BytesIO(content), today=TODAY)
        )

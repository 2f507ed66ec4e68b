"""Files as senders really write them: other signs, line ends, padding and joins; what is lost on the way is never silent."""

import io
from dataclasses import replace

import pytest

from pharmacies.billing.formats import balance, x12_835_in
from pharmacies.billing.formats.x12_tokens import NotX12, segments

from .test_x12_835 import DOCUMENT, NOTHING, read, without_places, written

SECOND = replace(NOTHING, trace="RA-SECOND")
WHOLE = without_places(DOCUMENT)


def signs(text, element="*", component=":", terminator="~\n"):
    """The file with other signs; ISA16 names the component."""
    table = {"*": element, ":": component}
    return "".join(table.get(letter, letter) for letter in text.replace("~\n", "\x02")).replace("\x02", terminator)


def two_payments():
    """One interchange with two transactions, each with its own ST."""
    first, second = written().split("\n"), written(SECOND).split("\n")
    inner = [line.replace("*0001", "*0002", 1) if line[:3] in ("ST*", "SE*") else line for line in second[2:-3]]
    return "\n".join([*first[:-3], *inner, "GE*2*3~", *first[-2:]])


@pytest.mark.parametrize(
    "text",
    [
        signs(written(), "|", ">", "\n"),
        signs(written(), "|", "^", "~"),
        signs(written(), "\x1d", "\x1f", "\x1c"),
        signs(written(), "*", ":", "\r\n"),
        written().replace("~\n", "~\r\n"),
        written().replace("~\n", "~\n      "),
        "\ufeff" + written(),
        "\r\n  " + written() + "\r\n\r\n\x1a",
        written() + "\x00" * 500,
        written().rstrip("~\n"),
        written().replace(" " * 10, "").replace("PAYERA         ", "PAYERA").replace("ASHSTREET      ", "ASHSTREET"),
        "\r\n".join(written().replace("~\n", "~")[at : at + 80] for at in range(0, len(written()), 80)),
    ],
    ids=[
        "pipe, lines end segments", "pipe and caret", "control signs", "carriage return ends", "CRLF", "indented",
        "byte order mark", "blanks around", "padded with NUL", "no last sign", "ISA without padding", "wrapped at 80",
    ],
)  # fmt: skip
def test_the_same_payment_is_read(text):
    found = read(text)
    assert found.problems == () and [without_places(each) for each in found.documents] == [WHOLE]


def test_several_payments_and_interchanges_are_read_each_with_its_own_signs():
    inside = read(two_payments())
    assert inside.problems == () and [each.trace for each in inside.documents] == ["RA-7KQ4M", "RA-SECOND"]
    joined = read(written() + signs(written(SECOND), "|", ">", "'") + "\n" + written())
    assert joined.problems == () and [each.trace for each in joined.documents] == ["RA-7KQ4M", "RA-SECOND", "RA-7KQ4M"]
    assert all(balance.faults(each) == () for each in joined.documents)


@pytest.mark.parametrize("lost", ["SE", "GE", "IEA"])
def test_a_lost_trailer_loses_no_payment_and_is_said(lost):
    for text, traces in [
        (written() + written(SECOND), ["RA-7KQ4M", "RA-SECOND"]),
        (two_payments(), ["RA-7KQ4M", "RA-SECOND"]),
    ]:
        at = text.index(f"\n{lost}*") + 1
        found = read(text[:at] + text[text.index("\n", at) + 1 :])
        assert [each.trace for each in found.documents] == traces
        assert "no_trailer" in {each.code for each in found.problems}
        assert any(lost in each.sentence for each in found.problems)


def test_a_transaction_without_its_group_is_refused():
    text = written()
    lines = [line for line in text.split("\n") if not line.startswith(("GS*", "GE*"))]
    assert ("ST", "place") in {(each.segment_id, each.code) for each in read("\n".join(lines)).problems}


def test_names_are_read_as_utf_8_or_else_as_latin_1():
    text = written().replace("DOE*PAT", "Mu\xf1oz*Zo\xeb")
    for encoding in ("utf-8", "latin-1"):
        found = x12_835_in.read(io.BytesIO(text.encode(encoding)))
        assert found.problems == () and found.documents[0].claims[0].last_name == "Mu\xf1oz"


@pytest.mark.parametrize(
    "data, says",
    [
        (written().encode()[:80], "ends within its first segment"),
        ((written() + written()[:60]).encode(), "ends within a later ISA"),
        (written().replace("*:~", "*").encode(), "which signs part its elements"),
        ((written() + written().replace("*:~", "*A~")).encode(), "ISA of a later interchange"),
        (written().rstrip("~\n").replace("IEA*1", "XX*1").encode(), "in the middle of segment"),
        (b"isa" + written().encode()[3:], "does not begin with ISA"),
        ((written()[:106] + "A" * 5000).encode(), "without an end"),
        ((written()[:106] + "A" * 5000 + "~").encode(), "without an end"),
    ],
)
def test_what_cannot_be_parted_is_refused(data, says):
    with pytest.raises(NotX12, match=says):
        list(segments(io.BytesIO(data)))


def test_the_cut_off_number_of_the_last_segment_is_found():
    (problem,) = read(written().rstrip("~\n")[:-1]).problems
    assert (problem.segment_id, problem.element, problem.code) == ("IEA", 2, "control_number")

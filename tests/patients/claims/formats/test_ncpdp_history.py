"""A payer's history file under a mapping, and what is said of a mapping that is wrong."""

import io
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import permutations

import pytest
from django.core.management import CommandError, call_command

from patients.claims.formats import Bad, FeedRefused
from patients.claims.formats.ncpdp_history import FOLDER, OWN, open_history
from patients.claims.formats.ncpdp_history.parsing import BadMapping, parse
from patients.claims.models import Fill
from patients.claims.records import PHARMACY_CLAIM

from ..feeds import counts, load, span, spans_file, states
from .reading import DATA, TODAY, faults

PIPES = (DATA / "ncpdp_history" / "pipes.txt").read_bytes()
DELIMITED, FIXED = ((OWN / f"example_{name}.toml").read_text() for name in ("delimited", "fixed"))


def read(data, mapping=None):
    feed = open_history(BytesIO(data), today=TODAY, mapping=mapping and parse(mapping, "trial"))
    good, bad = [], []
    for one in feed:
        if isinstance(one, Bad):
            bad.append(one)
        else:
            good.append(dict(zip(PHARMACY_CLAIM.names, one.row, strict=True), number=one.number))
    return feed, good, bad


def refusal(data, mapping=None):
    with pytest.raises(FeedRefused) as refused:
        read(data, mapping)
    return refused.value.code


def fixed(
    claim="C1",
    quantity="000003000{",
    paid="00000557{",
    rx="000001001   ",
    day="20250301",
    paid_on="20250305",
    status=" ",
):
    line = f"DE{claim:15}{'M1':15}1679576722{rx}00{day}00071015523{quantity}030{paid_on}{paid}{status}"
    return f"{line:120}"


def fixed_file(*details, lines=None, paid="00000000557{"):
    trailer = f"TE{lines or len(details):09}{paid}"
    return "\n".join([f"{'HEX1':120}".replace("HEX1", "HEX1"), *details, f"{trailer:120}", ""]).encode()


def test_a_delimited_file():
    feed, good, bad = read(PIPES)
    assert [(row["claim_id"], row["transaction"], row["number"]) for row in good] == [
        ("C1", "B1", 3),
        ("C2", "B1", 4),
        ("C1", "B2", 5),
    ]
    assert faults(bad) == [(7, "filled_on", "not_a_date")]
    assert (feed.records, feed.rejected, feed.notes) == (4, 1, {"left_out_by_mapping": 1})
    first, second, back = good
    told = (
        "member_id",
        "plan",
        "filled_on",
        "quantity",
        "days_supply",
        "rx_number",
        "paid_cents",
        "channel",
        "is_compound",
    )
    assert [first[name] for name in told] == [
        "M1",
        "G1",
        date(2025, 3, 1),
        Decimal("30.000"),
        30,
        "1001",
        5570,
        "retail",
        False,
    ]
    assert (second["quantity"], second["channel"], second["is_compound"], second["source"]) == (
        Decimal("2.500"),
        "mail",
        True,
        "ncpdp_history:example_delimited",
    )
    assert (back["paid_cents"], back["days_supply"], back["original_claim_id"]) == (-5570, 30, "C1")
    assert back["version"] == first["version"] + 1


def test_a_fixed_file_with_overpunched_amounts():
    feed, good, bad = read(
        fixed_file(fixed(), fixed("C2", "000003000}", "00000557}", paid_on="20250306"), paid="00000000000{")
    )
    assert not bad
    claim, back = good
    assert (claim["quantity"], claim["paid_cents"], claim["channel"], claim["transaction"]) == (
        Decimal("30.000"),
        5570,
        "retail",
        "B1",
    )
    assert (back["quantity"], back["paid_cents"], back["transaction"], back["original_claim_id"]) == (
        Decimal("-30.000"),
        -5570,
        "B2",
        "",
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PIPES.replace(b"TR|5|", b"TR|6|"), "control_total"),
        (PIPES.replace(b"TR|5|62.5|", b"TR|5|62.4|"), "control_total"),
        (PIPES.replace(b"|10.00\n", b"|10.01\n"), "control_total"),
        (PIPES.replace(b"TR|5|", b"TR|many|"), "bad_trailer"),
        (PIPES.rsplit(b"TR", 1)[0], "truncated"),
        (PIPES + PIPES.splitlines()[2] + b"\n", "after_trailer"),
        (PIPES + PIPES[: PIPES.rindex(b"TR|")], "truncated"),
        (PIPES.replace(b"REC|", PIPES.splitlines()[0] + b"\nREC|"), "second_header"),
        (PIPES.replace(b"REC|", b"HD|EXAMPLE PBM|\nREC|"), "second_header"),
        (PIPES.replace(b"MEMBER|", b"MEMBR|"), "missing_column"),
        (PIPES.replace(b"REC|", b"QTY|"), "duplicate_column"),
        (PIPES.replace(b"HD|EXAMPLE PBM", b"HD|ANOTHER"), "no_mapping"),
        (fixed_file(fixed(), lines=2), "control_total"),
        (fixed_file(fixed(), paid="00000000558{"), "control_total"),
    ],
)
def test_files_that_are_refused(data, code):
    assert refusal(data) == code


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("|C1|P|", "||P|", ("claim_id", "missing")),
        ("|C1|P|", "|C1|Q|", ("transaction", "unknown_code")),
        ("|03/01/2025|", "|03/01/2027|", ("filled_on", "in_the_future")),
        ("|30|30|", "|30x|30|", ("quantity", "not_a_number")),
        ("|30|30|", "|-30|30|", ("quantity", "negative_quantity")),
        ("|30|30|", "|30.0001|30|", ("quantity", "quantity_precision")),
        ("|30|30|", "|30|400|", ("days_supply", "out_of_range")),
        ("|55.70|", "|55.705|", ("paid_cents", "money_precision")),
        ("|55.70|", f"|{'9' * 5000}|", ("paid_cents", "out_of_range")),
        ("|G1|", "|G\x001|", ("plan", "control_character")),
        ("DT|", "XX|", ("record", "unknown_record")),
        ("|R|1\n", "|R\n", ("line", "column_count")),
        ("DT|C1", "DT|C\udcff", ("line", "not_utf_8")),
    ],
)
def test_a_bad_line_is_named(before, after, expected):
    start, _, rest = PIPES.decode().partition("DT|C1|P")
    line, _, rest = f"DT|C1|P{rest}".partition("\n")
    text = start + f"{line}\n".replace(before, after, 1) + rest.rsplit("TR|", 1)[0] + "TR|||\n"
    _, good, bad = read(text.encode("utf-8", "surrogateescape"))
    assert (3, *expected) in faults(bad)
    assert len(good) == 2


def test_a_line_that_nobody_can_read_does_not_make_the_trailer_lie():
    assert len(read(PIPES.replace(b"|55.70|", b"|5x|", 1))[1]) == 2


@pytest.mark.parametrize(
    ("text", "before", "after", "expected"),
    [
        (DELIMITED, 'title = "', 'title = "" # "', "line 2, title: is missing"),
        (DELIMITED, 'layout = "delimited"', 'layout = "csv"', "line 5, [file] layout: must be delimited or fixed"),
        (DELIMITED, 'delimiter = "|"', 'delimiter = "||"', "line 6, [file] delimiter: must be one character"),
        (DELIMITED, 'starts_with = "HD|EXAMPLE PBM|"', "", "line 9, [recognise]: must say starts_with or column_names"),
        (DELIMITED, 'claim_id = { column = "CLAIM_NO" }', "", "[columns] claim_id: is missing, and is needed"),
        (DELIMITED, "claim_id = { column", "claim_id = { colum", "line 28, [columns] claim_id: has colum"),
        (
            DELIMITED,
            'claim_id = { column = "CLAIM_NO" }',
            "claim_id = { at = 1, width = 3 }",
            "[columns] claim_id: must say column",
        ),
        (
            DELIMITED,
            'plan = { column = "GROUP" }',
            'plan_name = { column = "GROUP" }',
            "line 30, [columns] plan_name: is no field",
        ),
        (
            DELIMITED,
            'quantity = { column = "QTY" }',
            'quantity = { column = "QTY", sign = "odd" }',
            "[columns] quantity: has a sign",
        ),
        (DELIMITED, 'plan = { column = "GROUP" }', "plan = 7", "line 30, [columns] plan: must be a place"),
        (
            DELIMITED,
            'plan = { column = "GROUP" }',
            "plan = { column = 0 }",
            "line 30, [columns] plan: must be 1 or more",
        ),
        (DELIMITED, 'X = "B2"', 'X = "B9"', "[codes.transaction] X: must become one of B1, B2, B3"),
        (DELIMITED, "1 = false", '1 = "no"', "[codes.is_compound] 1: must become true or false"),
        (DELIMITED, "[codes.channel]", "[codes.daw]", "[codes.daw]: is about a field that [columns] does not name"),
        (DELIMITED, "MM/DD/YYYY", "MM/DD/YY", "[values] date: has a date that is none of"),
        (DELIMITED, 'acts_on = "same_id"', 'acts_on = "magic"', "[reversal] acts_on: must be one of"),
        (
            DELIMITED,
            'acts_on = "same_id"',
            'acts_on = "original_claim_id"',
            "[reversal] acts_on: needs original_claim_id",
        ),
        (DELIMITED, 'values = ["R"]', "", "[leave_out] values: is missing"),
        (DELIMITED, 'trailer = "TR"', "", "[records] trailer: is missing"),
        (DELIMITED, "[values]", "[value]", "line 23, value: is not known"),
        (FIXED, "width = 15 }", "wide = 15 }", "[columns] claim_id: has wide"),
        (FIXED, "negative = true", "negative = false", "[reversal] negative: must be true"),
        (
            FIXED,
            'channel = { value = "retail" }',
            'channel = { value = "shop" }',
            "[columns] channel: must become one of",
        ),
        (FIXED, 'channel = { value = "retail" }', "quantity_ = 1", "[columns] quantity_: is no field"),
        (FIXED, "negative = true", 'negative = "yes"', "[reversal] negative: must be true or false"),
        ('title = "x', "", "", "line 1: is no TOML"),
        ("a = " + "[" * 5000, "", "", "nested too deeply"),
    ],
)
def test_a_wrong_mapping_is_told_with_table_key_and_line(text, before, after, expected):
    with pytest.raises(BadMapping) as bad:
        parse(text.replace(before, after, 1) if before else text, "trial")
    assert expected in "\n".join(map(str, bad.value.faults))


def test_a_deployments_own_mappings_come_from_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    (tmp_path / "mine.toml").write_text(DELIMITED.replace("HD|EXAMPLE PBM", "HD|MINE"))
    (tmp_path / "broken.toml").write_text("title = 1\n")
    mine = PIPES.replace(b"HD|EXAMPLE PBM", b"HD|MINE")
    assert read(mine)[1][0]["source"] == "ncpdp_history:mine"
    with pytest.raises(FeedRefused, match="because of faults: broken.toml"):
        read(PIPES.replace(b"HD|EXAMPLE PBM", b"HD|OTHER"))
    (tmp_path / "twin.toml").write_text(DELIMITED.replace("HD|EXAMPLE PBM", "HD|MI"))
    assert len(read(mine)[1]) == 3
    (tmp_path / "twin.toml").write_text(DELIMITED.replace("HD|EXAMPLE PBM|", "HD|MI"))
    assert refusal(mine) == "ambiguous_mapping"
    monkeypatch.setenv(FOLDER, str(tmp_path / "nowhere"))
    with pytest.raises(FeedRefused, match="the folder that CARECOORD_FEED_MAPPINGS names, which is not there"):
        read(mine)
    assert len(read(PIPES)[1]) == 3


def checked(*paths):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("check_mapping", *map(str, paths), stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_check_mapping_shows_the_first_lines(tmp_path):
    sample = tmp_path / "sample"
    sample.write_bytes(fixed_file(fixed()))
    code, out, err = checked(OWN / "example_fixed.toml", sample)
    assert (code, err) == (0, "")
    assert "12 fields" in out or "13 fields" in out
    assert "claim_id=C1" in out and "paid_cents=5570" in out and "1 claims, 0 of them rejected" in out


def test_check_mapping_tells_what_is_wrong(tmp_path):
    wrong, sample = tmp_path / "wrong.toml", tmp_path / "sample"
    wrong.write_text(DELIMITED.replace('plan = { column = "GROUP" }', 'plum = { column = "GROUP" }'))
    sample.write_bytes(PIPES)
    assert checked(wrong)[0] == 1 and "wrong.toml: line 30, [columns] plum: is no field" in checked(wrong)[2]
    code, _, err = checked(OWN / "example_delimited.toml", sample)
    assert code == 1 and "line 7: filled_on is not a day of the calendar. (not_a_date)" in err
    assert "would not be recognised" in checked(OWN / "example_fixed.toml", sample)[2]
    sample.write_bytes(PIPES.replace(b"TR|5|", b"TR|6|"))
    with pytest.raises(CommandError, match="control_total"):
        checked(OWN / "example_delimited.toml", sample)
    with pytest.raises(CommandError):
        checked(tmp_path / "nothing.toml")


@pytest.mark.django_db
def test_through_the_database(payer, as_owner):
    load(payer, spans_file(span("M1"), span("M2")))
    first = load(payer, PIPES, format="ncpdp_history")
    assert counts(first) == (4, 3, 0, 0, 1, 0)
    assert states(payer) == {"C1": "reversed", "C2": "paid"}
    assert counts(load(payer, PIPES + b"\n", format="ncpdp_history")) == (4, 0, 0, 3, 1, 0)
    with as_owner():
        assert Fill.objects.filter(payer=payer).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_claim_that_is_reversed_and_told_anew_in_any_order(payer, as_owner, order):
    load(payer, spans_file(span("M1")))
    head, _, rest = PIPES.decode().partition("DT|")
    first = f"DT|{rest.partition(chr(10))[0]}"
    back = first.replace("|P|", "|X|").replace("|03/05/2025|", "|03/06/2025|")
    anew = first.replace("|30|30|", "|60|60|").replace("|03/05/2025|", "|03/09/2025|")
    for place in order:
        one = f"{head}{(first, back, anew)[place]}\nTR|1||\n".encode()
        assert counts(load(payer, one, format="ncpdp_history")) == (1, 1, 0, 0, 0, 0)
    assert states(payer) == {"C1": "paid"}
    with as_owner():
        assert [fill.days_supply for fill in Fill.objects.filter(payer=payer)] == [60]


@pytest.mark.django_db
@pytest.mark.parametrize("is_first", [True, False])
def test_a_reversal_by_prescription_through_the_database(payer, is_first):
    load(payer, spans_file(span("M1")))
    files = [
        fixed_file(fixed()),
        fixed_file(fixed("C2", "000003000}", "00000557}", paid_on="20250306"), paid="00000000557}"),
    ]
    for one in files if is_first else reversed(files):
        assert load(payer, one, format="ncpdp_history").state == "loaded"
    assert states(payer) == {"C1": "reversed"}


@pytest.mark.parametrize("lines", [5, 4])
def test_a_line_of_no_known_kind_is_rejected_whether_the_trailer_counts_it_or_not(lines):
    data = PIPES.replace(b"DT|C2|", b"D?|C2|").replace(b"TR|5|", b"TR|%d|" % lines)
    _, good, bad = read(data)
    assert [(one.number, one.problems[0].code) for one in bad] == [(4, "unknown_record"), (7, "not_a_date")]
    assert refusal(data.replace(b"TR|%d|" % lines, b"TR|3|")) == "control_total"

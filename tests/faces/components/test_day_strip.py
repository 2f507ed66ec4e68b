"""The day strip shows the days as they were computed: covered, carried over, ahead, gaps, stays, and the last day to
act."""

from datetime import date, timedelta

import pytest

from carecoord.faces.components.day_strip import DayStrip, Fill, Row, Span, draw

START, END = date(2026, 1, 1), date(2026, 4, 10)  # 100 days: a day is one percent


def fill(on, days, starts=None, *, carried=False):
    starts = starts or on
    return Fill(on, days, starts, starts + timedelta(days=days - 1), carried)


def strip(*fills, today=END, **rest):
    return DayStrip(start=START, end=END, today=today, rows=(Row("Lisinopril", fills),), **rest)


def pieces(drawing, lane=0):
    return [(s.kind, s.x, s.width) for s in drawing.lanes[lane].segments]


def test_a_fill_covers_its_days():
    assert pieces(draw(strip(fill(date(2026, 1, 11), 30)))) == [("covered", "10.00%", "30.00%")]


def test_days_after_today_are_still_ahead():
    drawing = draw(strip(fill(START, 30), today=date(2026, 1, 20)))
    assert pieces(drawing) == [("covered", "0.00%", "20.00%"), ("future", "20.00%", "10.00%")]


def test_an_early_refill_is_hatched_only_where_it_is_what_covers():
    first, early = fill(START, 30), fill(date(2026, 1, 21), 30, date(2026, 1, 31), carried=True)
    drawing = draw(strip(first, early))
    assert pieces(drawing) == [("covered", "0.00%", "50.00%"), ("carried", "50.00%", "10.00%")]


def test_a_run_that_is_wholly_carried_over_may_come_alone():
    carried = Fill(START, 30, date(2026, 1, 31), date(2026, 2, 9), carried=True)
    assert pieces(draw(strip(fill(START, 30), carried))) == [
        ("covered", "0.00%", "30.00%"),
        ("carried", "30.00%", "10.00%"),
    ]


def test_what_lies_outside_of_the_period_is_cut_off():
    drawing = draw(strip(fill(date(2025, 12, 22), 20), fill(date(2026, 4, 6), 90)))
    assert pieces(drawing) == [("covered", "0.00%", "10.00%"), ("covered", "95.00%", "5.00%")]
    assert len(drawing.lanes[0].ticks) == 1  # the dispensing before the period is not on it


def test_the_last_row_is_the_union():
    rows = (Row("Lisinopril", (fill(START, 30),)), Row("Losartan", (fill(date(2026, 1, 21), 30),)))
    drawing = draw(DayStrip(start=START, end=END, today=END, rows=rows))
    assert pieces(drawing, lane=2) == [("covered", "0.00%", "50.00%")]


def test_gaps_carry_their_days_when_there_is_room():
    gaps = (Span(date(2026, 2, 1), date(2026, 2, 20)), Span(date(2026, 3, 1), date(2026, 3, 3)))
    lane = draw(strip(fill(START, 31), gaps=gaps)).lanes[-1]
    assert [gap[3] for gap in lane.gaps] == ["20", ""]


def test_stays_are_placed_over_all_rows():
    assert draw(strip(fill(START, 90), stays=(Span(date(2026, 1, 11), date(2026, 1, 20), "Hospital"),))).stays[0][
        :2
    ] == ("10.00%", "10.00%")


@pytest.mark.parametrize("today", [date(2026, 1, 5), date(2026, 2, 20), date(2026, 4, 9)])
def test_no_two_labels_share_a_line(today):
    drawing = draw(
        strip(fill(START, 30), today=today, last_day=today + timedelta(days=1), supply_ends=today - timedelta(days=1))
    )
    lines = [marker.y for marker in drawing.markers]
    assert len(lines) == len(set(lines)) == 3


def test_labels_read_away_from_the_nearer_edge():
    drawing = draw(strip(fill(START, 30), today=date(2026, 1, 5), last_day=date(2026, 4, 5)))
    assert {m.kind: m.anchor for m in drawing.markers} == {"today": "start", "last": "end"}


def test_the_text_alternative_says_all_of_it():
    gap = Span(date(2026, 2, 1), date(2026, 2, 20))
    said = " ".join(
        draw(strip(fill(START, 31), gaps=(gap,), last_day=date(2026, 3, 3), supply_ends=date(2026, 1, 31))).summary
    )
    assert "Lisinopril: 1 fill." in said
    assert "Without supply: 1 Feb to 20 Feb." in said
    assert "Supply ends 31 Jan 2026." in said
    assert "Last day to act: 3 Mar 2026." in said


def test_a_mapping_is_drawn_like_the_dataclass():
    as_data = strip(fill(START, 30), gaps=(Span(date(2026, 2, 1), END),))
    one = {"on": START, "days": 30, "starts": START, "ends": date(2026, 1, 30), "carried": False}
    as_mapping = {
        "start": START,
        "end": END,
        "today": END,
        "rows": [{"label": "Lisinopril", "fills": [one]}],
        "gaps": [{"from": date(2026, 2, 1), "to": END}],
    }
    assert draw(as_data, key="k") == draw(as_mapping, key="k")


def test_no_fill_and_a_single_day_can_be_drawn():
    drawing = draw(DayStrip(start=START, end=START, today=START, rows=()))
    assert pieces(drawing) == []
    assert "No gaps." not in drawing.summary or not drawing.strip.gaps


def test_a_period_that_runs_backwards_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        draw(DayStrip(start=END, end=START, today=START, rows=()))

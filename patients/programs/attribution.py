"""Which pharmacy a member uses most: plurality of fills over all retail pharmacies. Pure: no database, no clock.

Mail order, long-term care and specialty pharmacies are left out before this is asked. Pharmacies that nobody knows, and
pharmacies outside the programme's networks, count like all others: a member whose main pharmacy is one of them belongs
to it, and is never handed to the second. Rule: plurality of fills; the main pharmacy must have `least_fills` of them; a
tie goes to the most recent fill, then to the most days supply, then to the lowest NPI (or the feed's own id).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter
from carecoord.kernel.periods import date_of

LOOK_BACK_DAYS = Parameter(
    "programs.attribution_look_back_days",
    default=365,
    unit="days",
    low=30,
    high=1095,
    why="A year holds at least four fills of a 90-day medicine; with the day of the decision as its last day.",
)
LEAST_FILLS = Parameter(
    "programs.attribution_least_fills",
    default=2,
    unit="fills",
    low=1,
    high=20,
    why="One fill may be an accident of travel; the main pharmacy must have been chosen twice.",
)
TIE_BREAKS = ("most recent fill", "days supply", "lowest identifier")


@dataclass(frozen=True)
class Place:
    """A member's retail fills at one pharmacy in the look-back. Days are numbers (kernel/periods.py).

    `key` is the NPI, or the feed's own id where the directory does not know the pharmacy (`pharmacy_id` is then None).
    """

    key: str
    pharmacy_id: int | None
    name: str
    fills: int
    first_day: int
    last_day: int
    days_supply: int


@dataclass(frozen=True)
class Attribution:
    """The main pharmacy, why as a sentence, and the counts behind it, ready for JSON."""

    place: Place
    sentence: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Unattributed:
    """No pharmacy has enough fills."""

    sentence: str
    data: dict[str, Any]


def add_up(places: Iterable[Place]) -> list[Place]:
    """One place a key: fills and days supply added, first and last day kept."""
    merged: dict[str, Place] = {}
    for place in places:
        known = merged.get(place.key)
        merged[place.key] = place if known is None else replace(
            known,
            fills=known.fills + place.fills,
            first_day=min(known.first_day, place.first_day),
            last_day=max(known.last_day, place.last_day),
            days_supply=known.days_supply + place.days_supply,
        )  # fmt: skip
    return list(merged.values())


def attribute(places: Iterable[Place], *, least_fills: int) -> Attribution | Unattributed:
    """The answer for one member, whatever the order of `places`."""
    ranked = sorted(add_up(places), key=lambda p: (-p.fills, -p.last_day, -p.days_supply, p.key))
    data = {
        "pharmacies": [
            {
                "key": place.key,
                "name": place.name,
                "fills": place.fills,
                "last_fill_on": date_of(place.last_day).isoformat(),
                "days_supply": place.days_supply,
                "in_directory": place.pharmacy_id is not None,
            }
            for place in ranked
        ],
        "least_fills": least_fills,
        "tie_broken_by": _tie_break(ranked),
    }
    if not ranked:
        return Unattributed("No retail fill in the look-back.", data)
    main = ranked[0]
    sentence = _sentence(ranked, data["tie_broken_by"])
    if main.fills < least_fills:
        return Unattributed(f"{sentence}; at least {least_fills} at one pharmacy are asked for.", data)
    return Attribution(main, f"{sentence}.", data)


def as_shown(found: Attribution | Unattributed, shown: Attribution | Unattributed) -> Attribution | Unattributed:
    """The answer `found`, with sentence and counts of `shown`, which counts fewer fills; without any where they lead elsewhere."""
    if isinstance(found, Unattributed):
        return shown if isinstance(shown, Unattributed) else Unattributed("No pharmacy is used often enough.", {})
    if isinstance(shown, Attribution) and shown.place.key == found.place.key:
        return replace(found, sentence=shown.sentence, data=shown.data)
    return replace(found, sentence=f"Most retail fills were at {_where(found.place)}.", data={})


def _tie_break(ranked: list[Place]) -> str:
    """What settled it between the first two, or '' when the number of fills did."""
    if len(ranked) < 2 or ranked[0].fills != ranked[1].fills:
        return ""
    pairs = [(p.last_day, p.days_supply) for p in ranked[:2]]
    return next((name for name, a, b in zip(TIE_BREAKS, *pairs, strict=False) if a != b), TIE_BREAKS[2])


def _sentence(ranked: list[Place], tie_break: str) -> str:
    main, total = ranked[0], sum(place.fills for place in ranked)
    first = date_of(min(place.first_day for place in ranked))
    last = date_of(max(place.last_day for place in ranked))
    when = (
        f"on {_day(last, True)}"
        if first == last
        else f"between {_day(first, first.year != last.year)} and {_day(last, True)}"
    )
    fills = "The only retail fill" if total == 1 else f"{main.fills} of {total} retail fills"
    tie = f" (as many as elsewhere; the {tie_break} decided)" if tie_break else ""
    return f"{fills} {when} {'was' if main.fills == 1 else 'were'} at {_where(main)}{tie}"


def _where(place: Place) -> str:
    return place.name or (
        f"a pharmacy that the feed calls {place.key}" if place.key else "a pharmacy that is not named"
    )


def _day(day, with_year: bool) -> str:
    return f"{day.day} {day:%b}" + (f" {day.year}" if with_year else "")

"""The evidence of one patient's overlap measure: the fills of every track, and the runs of days on which they overlap."""

from itertools import groupby
from typing import Any

from ..measure import Measure, Scope
from . import dispensed, explained


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None without a fill that asks): days as ISO dates.

    `fills`: one for each fill and ingredient. `overlaps`: runs of days {group, from, to, days, at_hand}; those of the group with
    most days add up to the result's value.
    """
    patient = explained.patient_parameters(measure, scope)
    sets = (*dict.fromkeys((*kind.who_fill, *kind.compared, *filter(None, [kind.unless]))),)
    found = dispensed.fills(cursor, sets, scope, patient)
    in_year = [fill for fill in found if fill["day"] >= patient["first_day"]]
    seen_day = result and min(result.period_end_day, patient["as_of_day"])
    limits = {
        "at_once": kind.at_once,
        "least_days": kind.least_days,
        "track_fill_days": kind.track_fill_days,
        "least_supply_days": kind.least_supply_days,
        "min_period_days": kind.min_period_days,
    }

    def role(code):
        return "asks" if code in kind.who_fill else "meets" if code == kind.unless else "value"

    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": dispensed.claims([f for f in found if f in in_year or f["set_code"] == kind.unless], role),
        "fills": [dispensed.said(fill) for fill in in_year],
        "overlaps": list(_runs(kind, in_year, seen_day)) if result else [],
    }


def _runs(kind, fills: list[dict[str, Any]], seen_day: int):
    at_hand: dict[tuple[str, int], set[str]] = {}
    for group, track, supplies in _tracks(kind, fills, seen_day):
        for day in supplies:
            at_hand.setdefault((group, day), set()).add(track)
    days = sorted((group, day) for (group, day), tracks in at_hand.items() if len(tracks) >= kind.at_once)
    runs = groupby(enumerate(days), key=lambda one: (one[1][0], one[1][1] - one[0], frozenset(at_hand[one[1]])))
    for (group, _, tracks), members in runs:
        run = [day for _, (_, day) in members]
        dates = {"from": explained.day(run[0]), "to": explained.day(run[-1]), "days": len(run)}
        yield {"group": group, **dates, "at_hand": sorted(tracks)}


def _tracks(kind, fills, seen_day):
    """(group, track, its days at hand) of every track with enough fill days."""
    supplies: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for fill in (fill for fill in fills if fill["day"] <= seen_day):
        for track in (track for track in kind.tracks if track.drugs == fill["set_code"]):
            supplies.setdefault((track.group, track.name or fill["ingredient"]), []).append(fill)
    for (group, name), each in supplies.items():
        if len({fill["day"] for fill in each}) >= kind.track_fill_days:
            lasting = [range(fill["day"], min(fill["day"] + (fill["days_supply"] or 0), seen_day + 1)) for fill in each]
            yield group, name, {day for supply in lasting for day in supply}

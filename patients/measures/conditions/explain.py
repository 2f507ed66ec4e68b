"""One condition of one member, with all that is needed to redo it by hand: the rule, every claim, and what is missing."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from carecoord.kernel.periods import date_of, day_number

from . import definitions, tables
from .condition import NUMBERS, Condition, Way
from .details import RULES, WORDS
from .find import find

EMERGENCY = "emergency"


def explain(cursor, *, condition: str, as_of: date, payer_id: int, patient_id: int) -> dict[str, Any]:
    """The evidence, ready for JSON; `is_met` tells whether the rule holds. Raises UnknownCondition.

    `claims`: every claim of the look-back with a code of the condition, in order of days; `ways`: the numbers of the ways by
    which it counts, `is_proof` for those that met the rule first, `why_not` where it counts by none. `ways`: each with how many
    days it needs, how many there are, and what is missing.
    """
    one, every = definitions.find(condition), definitions.every()
    asked = [other.code for other in tables.needed([one], every)]
    rows = {
        row.condition: row
        for row in find(cursor, as_of=as_of, payer_id=payer_id, conditions=asked, patient_ids=[patient_id])
    }
    row, claims = rows.get(condition), _claims(cursor, one, as_of, payer_id, patient_id)
    proof = set() if row is None else {(claim.event_id, claim.day, claim.code) for claim in row.evidence}
    found = {
        "condition": one.code,
        "title": one.title,
        "version": one.version,
        "source": one.source,
        "is_verified": not one.is_open,
        "as_of": as_of,
        "look_back_from": one.first_day(as_of),
        "rule": one.rule,
        "is_met": row is not None,
        "met_on": row and date_of(row.first_met_day),
        "first_ever_on": row and date_of(row.first_ever_day),
        "last_seen_on": row and date_of(row.last_seen_day),
        "met_by": row and next(way.words for way in one.ways if way.number == row.way),
        "detail": row and WORDS.get(row.detail, ""),
        "detail_rule": RULES.get(one.detail, ""),
        "ways": [_way(way, claims, rows) for way in one.ways],
        "claims": [claim | {"is_proof": (claim["event_id"], claim["day"], claim["code"]) in proof} for claim in claims],
    }
    for claim in found["claims"]:
        claim["day"] = date_of(claim["day"])
    return found


def as_of_for(*, first_met_day: int, last_seen_day: int, condition: Condition, today: date) -> date:
    """The day as of which a kept condition is explained: today while its look-back holds the proof, else its newest claim's day."""
    in_time = day_number(condition.first_day(today)) <= first_met_day and last_seen_day <= day_number(today)
    return today if in_time else date_of(last_seen_day)


def _claims(cursor, one: Condition, as_of: date, payer_id: int, patient_id: int) -> list[dict[str, Any]]:
    text, parameters = tables.inline(asked=[one], every=definitions.every(), as_of=as_of)
    before = day_number(one.first_day(as_of) - timedelta(days=1))
    whose = {"payer_id": payer_id, "patient_id": patient_id, "number": one.number}
    days = {"as_of_day": day_number(as_of), "before_day": before}
    cursor.execute(_template().format(codes=text), parameters | whose | days)
    rows = cursor.fetchall()
    emergency = {(day, setting) for number, kind, day, _, _, setting, _ in rows if kind == EMERGENCY}
    excluded = {event: code for number, kind, _, event, code, _, _ in rows if kind == "excluded"}
    found = []
    for number, kind, day, event, code, setting, detail in rows:
        if number != one.number or kind == "excluded":
            continue
        is_emergency = (day, setting) in emergency
        ways = [way.number for way in one.ways if event not in excluded and _counts(way, kind, setting, is_emergency)]
        told = {"event_id": event, "day": day, "code": code, "setting": setting, "kind": kind, "ways": ways}
        found.append(told | {"tells": WORDS.get(detail, detail), "why_not": _why_not(ways, kind, event, excluded)})
    return found


def _counts(way: Way, kind: str, setting: str, is_emergency: bool) -> bool:
    accepted = setting in way.settings or (EMERGENCY in way.settings and is_emergency)
    return accepted and kind in (*way.groups, *way.lesser_groups)


def _why_not(ways: Sequence[int], kind: str, event: int, excluded: dict[int, str]) -> str:
    if ways or kind == "support":
        return ""
    if event in excluded:
        return f"The claim also carries {excluded[event]}, which takes it out."
    return "No way of the rule counts claims of this kind."


def _way(way: Way, claims: list[dict[str, Any]], met: dict[str, Any]) -> dict[str, Any]:
    """How far the claims go towards this way."""
    counting = [claim for claim in claims if way.number in claim["ways"]]
    days = {claim["day"] for claim in counting}
    is_full = not way.lesser_groups or any(claim["kind"] in way.groups for claim in counting)
    voided_by = [code for code in way.void_if if code in met]
    is_void = bool(voided_by) and not any(code in met for code in way.void_unless)
    return {
        "way": way.number,
        "words": way.words,
        "needs_days": way.claims,
        "has_days": len(days),
        "is_met": len(days) >= way.claims and is_full and not is_void,
        "missing": _missing(way, len(days), is_full, voided_by if is_void else []),
    }


def _missing(way: Way, days: int, is_full: bool, voided_by: list[str]) -> str:
    if voided_by:
        names = " and ".join(definitions.find(code).title.lower() for code in voided_by)
        return f"Does not count beside {names} without an opioid diagnosis."
    if days < way.claims:
        has = NUMBERS.get(days, "none").capitalize()
        return f"{has} of {NUMBERS[way.claims]} days." if way.claims > 1 else "None."
    return "" if is_full else "All of them carry screening codes only."


@cache
def _template() -> str:
    return Path(__file__).with_name("claims.sql").read_text(encoding="utf-8")


def listed(cursor, *, as_of: date, payer_id: int, patient_id: int) -> list[dict[str, Any]]:
    """Every condition that a member's claims show as of a day, in a line each, by title."""
    rows = find(cursor, as_of=as_of, payer_id=payer_id, patient_ids=[patient_id])
    found = [
        {
            "condition": row.condition,
            "title": definitions.find(row.condition).title,
            "detail": WORDS.get(row.detail, ""),
            "version": definitions.find(row.condition).version,
            "met_on": date_of(row.first_met_day),
            "first_ever_on": date_of(row.first_ever_day),
            "last_seen_on": date_of(row.last_seen_day),
        }
        for row in rows
    ]
    return sorted(found, key=lambda one: one["title"])

"""What stands behind one result, as tables that one can redo by hand: made from measures.queries.explain."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from patients.measures import definitions
from patients.models import LineOfBusiness

from .evidence_words import LIMITS, RESULT, amount, day_of, plain

ROLES = {
    "asks": "puts into the measure",
    "meets": "meets it",
    "value": "gives the value",
    "reason": "is a reason for it",
}
MORE = {
    "uncovered": "Days without a medicine",
    "gaps": "Days without a medicine",
    "overlaps": "Days with several medicines at hand",
    "window": "The days that count most",
    "episode": "From the first to the last day of supply",
    "classes": "By class of medicine",
    "medicines": "Each medicine",
    "fills": "What was dispensed",
    "doses": "Doses billed as a service",
}
"""Parts of the evidence that only some measures have. Amounts are in the unit that the name says."""
PARTIES = (("pharmacy", "pharmacy_ref"), ("prescriber", "prescriber_ref"))
NOT_SAID = {"from", "to", "patient_id", "pharmacy_id", "event_id", "ndc", "strength_ng", "state"}
HIDDEN = {"patient_id", "second_milli"}


def tables(explained):
    """The evidence as the template wants it: `result` and `limits` as (words, value), `claims`, `exclusions`, `coverage` as
    rows with dates, `more` as (title, lines of words). Of adherence, `claims` are its fills, `pharmacies` who dispensed what share
    of them, and `with_cash` what fills paid in cash would add, which is for the pharmacist."""
    return {
        "result": list(_result(explained)),
        "limits": [
            (LIMITS.get(name, plain(name)), amount(name, value))
            for name, value in explained["limits"].items()
            if value not in ("", [], ())
        ],
        "claims": [_claim(row) for row in explained.get("claims") or ()]
        or [_fill(row) for row in explained.get("fills", ())],
        "exclusions": [row | {"day": day_of(row["day"])} for row in explained["exclusions"]],
        "coverage": [
            row | {"starts_on": day_of(row["starts_on"]), "ends_on": day_of(row["ends_on"]), "line": _line(row)}
            for row in explained["coverage"]
        ],
        "stays": [
            row | {"admitted_on": day_of(row["admitted_on"]), "discharged_on": day_of(row["discharged_on"])}
            for row in explained.get("stays", ())
        ],
        "pharmacies": [_place(row) for row in explained.get("pharmacies", ())],
        "with_cash": _with_cash(explained) if explained.get("with_cash") else None,
        "more": [
            (title, list(_lines(explained, name)))
            for name, title in MORE.items()
            if explained.get(name) and (name != "fills" or explained.get("claims"))
        ],
    }


def _result(explained):
    """(words, value) of each fact of the result; a value, with a second one if there is one, and its limit have their unit."""
    measure, found = definitions.find(explained["measure"]), explained["result"] or {}
    for name, value in _facts(found):
        if name == "value_milli":
            told = measure.value_words(SimpleNamespace(**found))
        else:
            told = f"{amount(name, value)} {measure.unit}".strip() if name == "limit_milli" else amount(name, value)
        yield RESULT.get(name, plain(name)), told


def _lines(explained, name):
    """Each row of a part of the evidence that only some measures have, in words."""
    rows = explained[name]
    if name in WORDED:
        yield from map(WORDED[name], rows)
        return
    for row in [rows] if isinstance(rows, dict) else rows:
        said = [f"{_words(day_of(row['from']))} to {_words(day_of(row['to']))}"] if {"from", "to"} <= row.keys() else []
        facts = ((plain(key).lower(), amount(key, value)) for key, value in row.items() if key not in NOT_SAID)
        yield ", ".join(said + [f"{key} {_words(value)}" for key, value in facts if value not in (None, "", [])])


def _dispensed(fill):
    """'17 Jan 2026: Metformin, quantity 90 for 90 days, pharmacy 1000000186, prescriber 1000010250, covers ...'."""
    supply = "days' supply not known" if fill.get("days_supply") is None else f"{fill['days_supply']} days"
    parts = [
        fill["product"],
        f"quantity {Decimal(fill['quantity']).normalize():f} for {supply}" if fill.get("quantity") else supply,
    ]
    parts += [f"{word} {fill[name]}" for word, name in PARTIES if fill.get(name)]
    if fill.get("covers_from"):
        parts.append(f"covers {_words(day_of(fill['covers_from']))} to {_words(day_of(fill['covers_to']))}")
    return f"{_words(day_of(fill['day']))}: {', '.join(parts)}"


def _medicine(row):
    """'Metformin hydrochloride: 12 fills from 20 Dec 2025 to 9 Nov 2026, 360 days of supply, $45.96 paid by the plan'."""
    first, last = _words(day_of(row["first_fill"])), _words(day_of(row["last_fill"]))
    filled = f"1 fill on {first}" if row["fills"] == 1 else f"{row['fills']} fills from {first} to {last}"
    paid = "" if row["paid_cents"] is None else f", {amount('paid_cents', row['paid_cents'])} paid by the plan"
    return f"{row['drug'].capitalize()}: {filled}, {row['days_supply']} days of supply{paid}"


WORDED = {"fills": _dispensed, "medicines": _medicine}


def _words(value):
    return f"{value:%-d %b %Y}" if isinstance(value, date) else value


def _facts(result):
    return ((name, value) for name, value in result.items() if name not in HIDDEN and value not in (None, ""))


def _claim(row):
    return row | {"day": day_of(row["day"]), "role": ROLES.get(row["role"], row["role"])}


def _fill(row):
    moved = f"covers {row['starts_on']} to {row['ends_on']}" if row.get("starts_on") else ""
    carried = f", {row['carried_days']} days carried over" if row.get("carried_days") else ""
    return {
        "role": f"{moved}{carried}" or "puts into the measure",
        "day": day_of(row["day"]),
        "event_id": row["event_id"],
        "what": f"{row['product']}, {row['ingredient']}, {row['days_supply']} days",
        "code": row["ndc"],
        "doubt": row["doubt"],
    }


def _place(row):
    share = "" if row["share_bp"] is None else f"{row['share_bp'] / 100:.2f}%"
    return row | {
        "name": row["name"] or row["pharmacy_ref"] or "A pharmacy that the feed does not name",
        "share": share,
    }


def _with_cash(explained):
    """`percent` with the cash fills and `plan_percent` without them, cut off, their days, and the cash fills in words."""
    found, covered = explained["with_cash"], explained["result"]["covered_days"]
    days = found["period_days"]
    return {
        "percent": 100 * found["covered_days"] // days,
        "plan_percent": 100 * covered // days,
        "covered_days": found["covered_days"],
        "plan_covered_days": covered,
        "period_days": days,
        "fills": [_cash_fill(fill) for fill in found["fills"]],
    }


def _cash_fill(fill):
    supply = f"{fill['days_supply']} days" if fill["days_supply"] else "days' supply not known, so not counted"
    what = f"{fill['product']}, {fill['ingredient']}, {supply}"
    return {"day": day_of(fill["day"]), "what": what, "code": fill["ndc"], "doubt": fill["doubt"]}


def _line(row):
    line = row["line_of_business"]
    return LineOfBusiness(line).label if line in LineOfBusiness else line

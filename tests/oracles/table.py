"""A member's year as a table that a clinician can read, one line a fact:

2025-03-25  fill  90  lisinopril             (days supply "-": not known; then, as needed: x60, at P2, by D3; "at" and nothing: not named)
2025-03-25  cash  90  lisinopril             (paid in cash; words as for a fill)
2025-05-01  stay  2025-05-06  inpatient      (second date: day of discharge; then the discharge status, "01" unless said)
2025-01-01  cover 2025-06-30                 (last day, or "open"; flags: hospice, esrd, no_drugs, institutional, at_risk, a line)
2025-02-02  dx    N186  carrier              (then "first": the claim's first diagnosis)
2025-02-02  service  90999  outpatient
2025-05-05  lab   4548-4 7.9 %               (a vital sign or a laboratory result: LOINC number, result, unit)
2025-10-05  vaccine  140                     (CVX)
2025-10-05  given  medication_review         (a service that a pharmacy documented)
2025-08-01  died
1950-05-05  born
1950-05-05  male
"""

from datetime import date
from decimal import Decimal

from .history import Claim, Fill, History, Observed, Span, Stay

LINES = ("commercial", "medicaid", "medicare", "other")


def history(text: str) -> History:  # noqa: C901 - one case a word of the table
    """The table as a History. Without a cover line the member is covered all the time."""
    member, spans = History(), []
    for line in filter(None, map(str.strip, text.splitlines())):
        day, word, *rest = line.split()
        day = date.fromisoformat(day)
        match word, rest:
            case "fill", [supply, product, *more]:
                member.fills.append(Fill(day, None if supply == "-" else int(supply), product, **_fill_words(more)))
            case "cash", [supply, product, *more]:
                member.cash.append(Fill(day, None if supply == "-" else int(supply), product, **_fill_words(more)))
            case "stay", [discharge, kind, *status]:
                member.stays.append(Stay(day, date.fromisoformat(discharge), kind, *status))
            case "cover", [end, *flags]:
                last = None if end == "open" else date.fromisoformat(end)
                spans.append(
                    Span(
                        day,
                        last,
                        hospice="hospice" in flags,
                        esrd="esrd" in flags,
                        drugs="no_drugs" not in flags,
                        institutional="institutional" in flags,
                        at_risk="at_risk" in flags,
                        line=next((flag for flag in flags if flag in LINES), "medicare"),
                    )
                )
            case "dx", [code, setting, *first]:
                member.diagnoses.append(Claim(day, code, setting, is_principal=first == ["first"]))
            case "service", [code, setting]:
                member.services.append(Claim(day, code, setting))
            case "lab", [code, result, *units]:
                member.observations.append(Observed(day, code, result, " ".join(units)))
            case "given", [protocol]:
                member.given.append(Claim(day, protocol))
            case "vaccine", [code]:
                member.vaccines.append(Claim(day, code))
            case "male", []:
                member.sex = "male"
            case "died", []:
                member.died = day
            case "born", []:
                member.born = day
            case _:
                raise ValueError(f"Not a line of the table: {line!r}")
    member.spans = spans or member.spans
    return member


def _fill_words(words: list[str]) -> dict:
    """x60 -> quantity; at P2 -> pharmacy; by D3 -> prescriber; $500 -> what the plan paid."""
    said = dict(zip(words, words[1:], strict=False))
    quantities = [Decimal(word[1:]) for word in words if word[0] == "x"]
    return {
        "quantity": quantities[0] if quantities else None,
        "pharmacy": "" if words[-1:] == ["at"] else said.get("at", "P1"),
        "prescriber": said.get("by", "D1"),
        "paid_cents": next((int(word[1:]) * 100 for word in words if word[0] == "$"), 0),
    }

"""The population's files, read by somebody who knows nothing of how they were made, and PDC worked out anew with sets.

A second opinion: it folds the lines itself, and it places every dose on the first free day at home on or after the
fill, where the generator keeps a pill box.
"""

import csv
from collections import defaultdict
from datetime import date, timedelta
from functools import cache

from patients.claims.synthetic.drugs import DRUGS

BY_NDC = {drug.ndc11: drug for drug in DRUGS.values()}
CLASSES = {"pdc_rasa": ("ras", "sacval"), "pdc_dr": ("dr", "insulin"), "pdc_sta": ("sta", None)}
EXCLUSION = {"sacval": "sacubitril_valsartan", "insulin": "insulin"}
ONE_DAY = timedelta(days=1)


def records(folder, name):
    """The readable lines of a file as dicts, repeats left out."""
    broken = {int(row["line"]) for row in dicts(folder / "expected_rejects.csv") if row["file"] == name}
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader)
        seen = set()
        for number, cells in enumerate(reader, start=2):
            if number not in broken and tuple(cells) not in seen:
                seen.add(tuple(cells))
                yield dict(zip(header, cells, strict=True))


def dicts(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def standing_fills(folder):
    """member -> the pharmacy lines that stand after every reversal and rebill, whatever their order in the file."""
    claims, gone = {}, set()
    for line in records(folder, "pharmacy_claim.csv"):
        if line["transaction_code"] == "B2":
            gone.add(line["original_claim_id"] or line["claim_id"])
            continue
        assert line["claim_id"] not in claims
        claims[line["claim_id"]] = line
        if line["transaction_code"] == "B3":
            gone.add(line["original_claim_id"])
    assert gone <= set(claims)
    fills = defaultdict(list)
    for claim_id, line in claims.items():
        if claim_id not in gone:
            fills[line["member_id"]].append(line)
    return fills


def people(folder):
    """member -> what its eligibility and medical lines say: days insured, died, born, stays, hospice, esrd by day."""
    found = {}
    for line in records(folder, "eligibility.csv"):
        person = found.setdefault(line["member_id"], {"insured": set(), "hospice": [], "esrd": [], "away": set()})
        first, last = day(line["enrollment_start_date"]), day(line["enrollment_end_date"])
        person["insured"].update(days(first, last))
        person["died"] = day(line["death_date"]) or date.max
        person["born"] = day(line["birth_date"])
        person["hospice"] += days(first, last) if line["hospice_flag"] == "1" else ()
        person["esrd"] += days(first, last) if line["medicare_status_code"] in {"11", "21", "31"} else ()
    for line in records(folder, "medical_claim.csv"):
        person, first = found[line["member_id"]], day(line["claim_start_date"])
        codes = {line[f"diagnosis_code_{number}"] for number in range(1, 26)}
        if codes & {"N186", "Z992"}:
            person["esrd"].append(first)
        if line["bill_type_code"][:2] in {"81", "82"}:
            person["hospice"].append(first)
        if line["bill_type_code"][:2] in {"11", "21"}:
            person["away"] |= set(days(day(line["admission_date"]), day(line["discharge_date"]) - ONE_DAY))
    return found


@cache
def day(text):
    return date.fromisoformat(text) if text else None


@cache
def days(first, last):
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def covered_and_period(fills, first, last, away):
    """`fills`: (day, ingredients, days supply). Every dose goes to the first day at home that has none yet."""
    taken = defaultdict(set)
    for filled_on, ingredients, supply in sorted(fills, key=lambda fill: fill[0]):
        for ingredient in ingredients:
            at, left = filled_on, supply
            while left and at <= last:
                if at not in away and at not in taken[ingredient]:
                    taken[ingredient].add(at)
                    left -= 1
                at += ONE_DAY
    period = set(days(first, last)) - away
    return len(set().union(*taken.values()) & period), len(period)


def results(folder, *, year, as_of):
    """(member, measure) -> the cells of expected_pdc.csv from `denominator` on, worked out from the files."""
    fills, answers = standing_fills(folder), {}
    for member, person in people(folder).items():
        for measure in CLASSES:
            answers[member, measure] = _result(measure, fills[member], person, year, as_of)
    return answers


def _result(measure, lines, person, year, as_of):
    its_set, excluding = CLASSES[measure]
    new_year = date(year, 1, 1)
    known = [
        (day(line["dispensing_date"]), BY_NDC[line["ndc_code"]], int(line["days_supply"] or 0))
        for line in lines
        if line["ndc_code"] in BY_NDC and new_year <= day(line["dispensing_date"]) <= as_of
    ]
    mine = [fill for fill in known if fill[1].set == its_set]
    if not mine:
        return ["false", "", "", "", "false", "", "no_fill"]
    evidence = [(name, any(new_year <= at <= as_of for at in person[name])) for name in ("hospice", "esrd")]
    evidence += [(EXCLUSION.get(excluding), any(drug.set == excluding for _, drug, _ in known))]
    exclusion = next((name for name, found in evidence if found), "")
    first = min(fill[0] for fill in mine)
    if first not in person["insured"]:
        return ["false", exclusion, "", "", "false", "", "no_coverage"]
    last = first
    while last + ONE_DAY in person["insured"] and last < min(person["died"], date(year, 12, 31)):
        last += ONE_DAY
    until = min(last, as_of)
    mine = [fill for fill in mine if fill[0] <= until]
    reason = "one_fill" if len({fill[0] for fill in mine}) < 2 else ""
    reason = "late_first_fill" if (last - first).days + 1 < 91 else reason
    away = person["away"] if year <= 2025 else set()
    covered, period = covered_and_period(
        [(at, drug.ingredients, supply) for at, drug, supply in mine], first, until, away
    )
    if not all(supply for _, _, supply in mine):
        return ["false", exclusion, "", str(period), "false", "no_days_supply", reason]
    denominator = not reason and not exclusion
    numerator = denominator and covered * 10 >= period * 8
    answers = ["true" if denominator else "false", exclusion, str(covered), str(period)]
    return [*answers, "true" if numerator else "false", "", reason]

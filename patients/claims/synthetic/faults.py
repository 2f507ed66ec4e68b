"""Ways to break a line so that no careful reader can accept it.

Not among them: a product code that is no NDC, or a pharmacy number that is no NPI. Those are kept as given, and only
counted, because real feeds are full of them.
"""

from .chance import pick
from .columns import ELIGIBILITY, IMMUNIZATION, LAB_RESULT, MEDICAL_CLAIM, OBSERVATION, PHARMACY_CLAIM

COLUMNS = {
    "pharmacy_claim": PHARMACY_CLAIM,
    "medical_claim": MEDICAL_CLAIM,
    "eligibility": ELIGIBILITY,
    "observation": OBSERVATION,
    "lab_result": LAB_RESULT,
    "immunization": IMMUNIZATION,
}
# kind -> (the line's own number, the columns that name the person)
_KEYS = {
    "pharmacy_claim": ("claim_id", ("person_id", "member_id")),
    "medical_claim": ("claim_id", ("person_id", "member_id")),
    "eligibility": ("", ("person_id", "member_id")),
    "observation": ("observation_id", ("person_id", "patient_id")),
    "lab_result": ("lab_result_id", ("person_id", "patient_id")),
    "immunization": ("immunization_id", ("person_id", "patient_id")),
}
# kind -> (what is wrong, column, what stands there)
_CELLS = {
    "pharmacy_claim": (
        ("bad_date", "dispensing_date", "2025-02-30"),
        ("bad_date", "dispensing_date", "03/17/25"),
        ("missing_date", "dispensing_date", ""),
        ("bad_date", "paid_date", "not yet"),
        ("bad_number", "quantity", "NaN"),
        ("bad_number", "days_supply", "thirty"),
        ("bad_number", "paid_amount", "12.3.4"),
        ("negative_quantity", "quantity", "-30"),
        ("unknown_transaction_code", "transaction_code", "Z9"),
    ),
    "medical_claim": (
        ("bad_date", "claim_start_date", "2025-13-01"),
        ("bad_date", "claim_end_date", "20251"),
        ("bad_number", "claim_line_number", "first"),
        ("bad_number", "paid_amount", "1e5"),
    ),
    "eligibility": (
        ("bad_date", "birth_date", "1949-00-12"),
        ("bad_date", "enrollment_start_date", "2025-02-30"),
        ("bad_date", "enrollment_end_date", "soon"),
    ),
    "observation": (("bad_date", "observation_date", "2025-04-31"),),
    "lab_result": (("bad_date", "collection_datetime", "2025-06-31 08:00:00"),),
    "immunization": (("bad_date", "occurrence_date", "2025-09-99"),),
}
_DAYS = {
    "pharmacy_claim": "dispensing_date",
    "medical_claim": "claim_start_date",
    "eligibility": "enrollment_start_date",
    "observation": "observation_date",
    "lab_result": "collection_datetime",
    "immunization": "occurrence_date",
}
"""Kind -> the column of its day, which every format that has the kind has, too."""


def break_row(roll, kind, row, *, number):
    """The same for formats other than delimited ones, of a row of columns: a day that no calendar has, or nobody's."""
    own, people = _KEYS[kind]
    row = row | ({own: f"BROKEN-{kind[:2].upper()}-{number}"} if own else {})
    if roll() * 10 < 3:
        return row | dict.fromkeys(people, ""), people[1], "missing_member"
    day = _DAYS[kind]
    return row | {day: f"{row[day][:4]}-02-30{row[day][10:]}"}, day, "bad_date"


def break_line(roll, kind, line, *, number):
    """(broken line, the column at fault or "", the fault) made from a good line; it gets a number of its own."""
    columns = COLUMNS[kind]
    cells = line.rstrip("\n").split(",")
    own, people = _KEYS[kind]
    if own:
        cells[columns.index(own)] = f"BROKEN-{kind[:2].upper()}-{number}"
    turn = int(roll() * 10)
    if turn == 0:
        cells += ["stray", "cells"]
        its_field, fault = "", "too_many_columns"
    elif turn == 1:
        del cells[-2:]
        its_field, fault = "", "too_few_columns"
    elif turn == 2:
        for name in people:
            cells[columns.index(name)] = ""
        its_field, fault = people[1], "missing_member"
    else:
        fault, its_field, value = pick(roll, _CELLS[kind])
        if fault == "negative_quantity":  # without a code and with money paid, this is no reversal either
            cells[columns.index("transaction_code")] = ""
            cells[columns.index("paid_amount")] = "5.00"
        cells[columns.index(its_field)] = value
    return ",".join(cells) + "\n", its_field, fault

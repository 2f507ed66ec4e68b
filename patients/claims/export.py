"""Claims as they stand, as CSV that a spreadsheet cannot be tricked by."""

import csv
import re

from . import queries

COLUMNS = {
    "pharmacy": ("dispensing_date", "ndc_code"),
    "medical": ("service_date", "hcpcs_code"),
}
DECISIONS = ("billing_provider", "paid_date", "allowed_cents", "patient_cents", "adjustments", "remarks")
"""Columns of medical claims that are added when asked for: who bills, and what the payer decided."""
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def neutral(cell):
    """A cell that no spreadsheet takes for a formula: a quote goes before what starts like one. Numbers stay numbers.

    Source: OWASP ASVS 5.0, 1.2.10, and the full-width forms of the same signs.
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) and not NUMBER.fullmatch(text) else text


def columns_of(kind, *, decisions=False):
    """The header of an export."""
    day, code = COLUMNS[kind]
    return (
        "payer",
        "claim_id",
        "claim_line_number",
        "member_id",
        "state",
        "version",
        day,
        code,
        "quantity",
        "days_supply",
        "paid_cents",
        *(DECISIONS if decisions else ()),
    )


def write_claims(*, payer, kind, out, decisions=False):
    """Writes a payer's claim lines to a text stream, line by line. Returns how many."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns_of(kind, decisions=decisions))
    count = 0
    for c in queries.claims_as_they_stand(payer=payer, kind=kind):
        count += 1
        row = (payer.code, c.claim_id, c.claim_line, c.member_id, c.state, c.version, c.day, c.code)
        row += (_plain(c.quantity), c.days_supply, c.paid_cents)
        if decisions:
            row += (
                c.provider,
                c.paid_on,
                c.allowed_cents,
                c.patient_cents,
                "; ".join(c.adjustments),
                " ".join(c.remarks),
            )
        writer.writerow([neutral(cell) for cell in row])
    return count


def _plain(quantity):
    """30.000 -> 30, 2.500 -> 2.5."""
    return None if quantity is None else format(quantity.normalize(), "f")

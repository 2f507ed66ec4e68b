"""What dispensing systems tell of fills, beside the payer's claim of the same fill: same member, pharmacy, prescription, fill, day."""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection, models

from carecoord.kernel.periods import date_of

from .models import Standing
from .records import DISPENSED, NOT_SOLD_AFTER_DAYS

MOST = 500
# The keys of these rows begin so (formats/pharmacy_dispensing.py): the index of keys finds them among all claims of a payer.
OF_DISPENSED = "e.record_id >= 'dispensed-' and e.record_id < 'dispensed.'"
FOUND = f"""
select d.patient_id, d.rx_number, d.fill_number, d.dispensing_status, d.pharmacy_ref, d.filled_on, d.sold_on, d.is_cash, d.refills_left,
       d.standing, d.settled_version, d.delivery_id, d.line_number, coalesce(c.record_id, ''), coalesce(c.standing, ''), c.delivery_id
  from (select e.* from claims_pharmacyevent e
         where e.payer_id = any(%(payers)s) and {OF_DISPENSED} and e.source = '{DISPENSED}' and not e.is_withdrawn
           and e.standing <> ''
         order by e.filled_on desc, e.id desc limit %(most)s) d
  left join lateral (
       select e.record_id, e.standing, e.delivery_id from claims_pharmacyevent e
        where e.payer_id = d.payer_id and e.member_id = d.member_id and e.filled_on = d.filled_on
          and e.pharmacy_ref = d.pharmacy_ref and ltrim(e.rx_number, '0') = d.rx_number and e.fill_number = d.fill_number
          and (e.dispensing_status = '' or d.dispensing_status = '' or e.dispensing_status = d.dispensing_status)
          and e.source <> '{DISPENSED}' and e.action < 2 and e.standing <> '' and not e.is_withdrawn
        order by e.standing, e.record_id limit 1) c on true
 order by d.filled_on desc, d.rx_number
"""


class Came(models.TextChoices):
    """What became of a fill in the pharmacy."""

    SOLD = "sold", "Sold"
    WAITS = "waits", "Waits for the patient"
    NOT_SOLD = "not_sold", f"Not sold in {NOT_SOLD_AFTER_DAYS} days"
    RETURNED = "returned", "Returned to stock"


@dataclass(frozen=True)
class Dispensed:
    """A fill as a dispensing system tells it. `as_of`: the latest day that the word of its return names. `claim_id`: of the
    payer's claim, '' as long as none came; `claim`: its standing."""

    patient_id: int | None
    rx_number: str
    fill_number: int
    dispensing_status: str
    pharmacy_ref: str
    filled_on: date
    sold_on: date | None
    is_cash: bool
    refills_left: int | None
    came: Came
    as_of: date | None
    delivery_id: int
    line_number: int
    claim_id: str
    claim: Standing
    claim_delivery_id: int | None

    @property
    def is_contradicted(self):
        """The payer's claim stands although nobody took the medicine, or is reversed although somebody did."""
        if not self.claim_id or self.is_cash:
            return False
        is_with_patient = self.came in (Came.SOLD, Came.WAITS)
        return (self.claim == Standing.PAID) != is_with_patient


def found(who, *, today=None):
    """The newest fills of the payers that `who` sees, at most MOST; those that the payer's claim contradicts come first."""
    today = today or datetime.now(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"payers": list(who.scope.payer_ids), "most": MOST})
        rows = [_dispensed(row, today) for row in cursor.fetchall()]
    return sorted(rows, key=lambda one: not one.is_contradicted)


def _dispensed(row, today):
    told, (standing, version), rest = row[:9], row[9:11], row[11:]
    filled_on, sold_on = told[5:7]
    is_returned = standing != Standing.PAID
    if is_returned:
        came = Came.RETURNED
    elif sold_on is not None:
        came = Came.SOLD
    else:
        is_late = filled_on < today - timedelta(days=NOT_SOLD_AFTER_DAYS)
        came = Came.NOT_SOLD if is_late else Came.WAITS
    delivery_id, line, claim_id, claim, claim_delivery_id = rest
    as_of = date_of(version) if is_returned and version else None
    return Dispensed(*told, came, as_of, delivery_id, line, claim_id, Standing(claim), claim_delivery_id)

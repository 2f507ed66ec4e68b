"""What dispensing systems tell of fills, beside the payer's claim of the same fill: same person, pharmacy, prescription, fill, day."""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection, models

from carecoord.kernel.periods import date_of

from .models import PharmacyEvent, Standing
from .records import DISPENSED, NOT_SOLD_AFTER_DAYS

SIZE = 50
LOOKED_AT = 2_000
"""Fills that one page of contradictions looks at, at most: most pages of a feed hold none."""
# Whom an id of a pharmacy means: the crosswalk speaks first (facts.py).
PLACE = """coalesce(
    (select x.pharmacy_id from claims_crosswalk x
      where x.payer_id = {0}.payer_id and x.feed_pharmacy_id = {0}.pharmacy_ref collate "default"),
    (select n.organisation_id from pharmacies_pharmacy n where n.npi = {0}.pharmacy_ref))"""
# A claim may name the person by another id that was united with this one.
IDS = """array(
    select d.member_id
     union all
    select m.member_id from patients_member m where m.payer_id = d.payer_id and m.patient_id = d.patient_id
     union all
    select m.member_id from patients_member m where m.payer_id = d.payer_id and m.merged_into_id = d.patient_id)"""
FOUND = f"""
select d.id, d.patient_id, d.rx_number, d.fill_number, d.dispensing_status, d.pharmacy_ref, d.filled_on, d.sold_on, d.is_cash,
       d.refills_left, d.standing, d.settled_version, d.delivery_id, d.line_number, coalesce(c.record_id, ''),
       coalesce(c.standing, ''), c.delivery_id
  from (select e.* from unnest(%(payers)s::bigint[]) p (payer_id)
         cross join lateral (
               select e.* from claims_pharmacyevent e
                where e.payer_id = p.payer_id and e.source = '{DISPENSED}' and not e.is_withdrawn and e.standing <> ''
                  and (%(after)s::bigint is null or (e.filled_on, e.id) < (%(day)s::date, %(after)s))
                order by e.filled_on desc, e.id desc limit %(most)s) e
         order by e.filled_on desc, e.id desc limit %(most)s) d
  left join lateral (
       select e.record_id, e.standing, e.delivery_id from claims_pharmacyevent e
        where e.payer_id = d.payer_id and e.member_id = any({IDS}) and e.filled_on = d.filled_on
          and (e.patient_id = d.patient_id or e.member_id = d.member_id)
          and ltrim(e.rx_number, '0') = d.rx_number and e.fill_number = d.fill_number
          and (e.dispensing_status = '' or d.dispensing_status = '' or e.dispensing_status = d.dispensing_status)
          and e.source <> '{DISPENSED}' and e.action < 2 and e.standing <> '' and not e.is_withdrawn
          and (e.pharmacy_ref = d.pharmacy_ref or {PLACE.format("e")} = {PLACE.format("d")})
        order by e.standing, e.record_id limit 1) c on true
 order by d.filled_on desc, d.id desc
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

    key: int
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


def found(who, *, after=None, contradicted=False, today=None):
    """(fills of the payers that `who` sees, the newest first and at most SIZE; the key after which it goes on, or None).

    `after`: the key of the fill before; one that is none begins anew. `contradicted`: those alone that the payer's claim
    contradicts, among the next LOOKED_AT fills: there may be none of them before the key.
    """
    today = today or datetime.now(UTC).date()
    payers, most = list(who.scope.payer_ids), LOOKED_AT if contradicted else SIZE
    events = PharmacyEvent.objects.filter(payer__in=payers, pk=after, source=DISPENSED) if after else ()
    day = next((event.filled_on for event in events), None)
    asked = {"payers": payers, "most": most + 1, "day": day, "after": after if day else None}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, asked)
        rows = [_dispensed(row, today) for row in cursor.fetchall()]
    is_more, rows = len(rows) > most, rows[:most]
    fills = [row for row in rows if row.is_contradicted or not contradicted]
    last = fills[SIZE - 1] if len(fills) > SIZE else rows[-1] if is_more else None
    return fills[:SIZE], last and last.key


def _dispensed(row, today):
    told, (standing, version), rest = row[:10], row[10:12], row[12:]
    filled_on, sold_on = told[6:8]
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

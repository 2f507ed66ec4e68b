"""Claims whose day does not fit the life of their member, by rule and with a code. They are loaded: the payer's record is the record.

- `after_death`: a service after the day of death, or a fill more than DAYS_AFTER_DEATH days after it.
- `soon_after_death`: a fill within those days. Automatic refills, mail and billing by the month make them.
- `before_birth`: a day before the day of birth. Formats that tell the birth date in the claim itself reject it under this code.

A death is often told after the claims, and taken back; a birth date is corrected. So the codes are not written down: they follow
at each look from the facts in force and from what is known of the person. Days in the future are rejected when a line is read
(`in_the_future`), and may be sent again when they have come.
"""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from carecoord.kernel.parameters.parameter import Parameter

DAYS_AFTER_DEATH = Parameter(
    "claims.days_after_death",
    default=32,
    unit="days",
    low=0,
    high=366,
    why="As long as CMS accepted drug events after a death: HHS OIG report OEI-02-11-00172 (2014), background knowledge.",
)
CODES = {
    "after_death": "Dated after the member's death.",
    "soon_after_death": "Fills dated within {days} days after the member's death: automatic refills, mail, monthly billing.",
    "before_birth": "Dated before the member's birth.",
}
MOST = 500
DAY = "({0} - date '1970-01-01')"
# Few have died, and few were born after a payer's first claims: only their facts are looked at.
PEOPLE = """
people as materialized (
    select m.payer_id, p.id, p.born_on, p.died_on
      from patients_member m join patients_patient p on p.id = m.patient_id
     where m.payer_id = any(%(payers)s)
       and (p.died_on is not null
            or p.born_on > (select date '1970-01-01' + least(
                   (select min(day) from claims_fill f where f.payer_id = any(%(payers)s)),
                   (select min(from_day) from claims_stay f where f.payer_id = any(%(payers)s)),
                   (select min(day) from claims_service f where f.payer_id = any(%(payers)s)),
                   (select min(day) from claims_diagnosis f where f.payer_id = any(%(payers)s)))))
)"""
OF_PERSON = (
    "f.payer_id = p.payer_id and f.patient_id = p.id and (f.{day} > " + DAY.format("p.died_on") + " or f.{day} < "
)
OF_PERSON += DAY.format("p.born_on") + ")"
FOUND = f"""
with {PEOPLE}, facts as (
    select 'pharmacy' as kind, p.*, f.event_id, f.day
      from people p cross join lateral (
           select f.event_id, f.day from claims_fill f where {OF_PERSON.format(day="day")} offset 0) f
     union
    select 'medical', p.*, f.event_id, min(f.day)
      from people p cross join lateral (
           select f.event_id, f.from_day as day from claims_stay f where {OF_PERSON.format(day="from_day")}
            union all
           select f.event_id, f.day from claims_service f where {OF_PERSON.format(day="day")}
            union all
           select f.event_id, f.day from claims_diagnosis f where {OF_PERSON.format(day="day")}
           offset 0) f
     group by p.payer_id, p.id, p.born_on, p.died_on, f.event_id
), coded as (
    select case when day < {DAY.format("born_on")} then 'before_birth'
                when kind = 'pharmacy' and day <= {DAY.format("died_on")} + %(days)s then 'soon_after_death'
                else 'after_death' end as code, facts.*
      from facts
)
select c.code, c.kind, c.id, e.record_id, e.record_line, e.line_number, e.delivery_id, date '1970-01-01' + c.day,
       case when c.code = 'before_birth' then c.born_on else c.died_on end
  from coded c
 cross join lateral (
       select e.record_id, e.record_line, e.line_number, e.delivery_id from claims_pharmacyevent e
        where c.kind = 'pharmacy' and e.id = c.event_id
        union all
       select e.record_id, e.record_line, e.line_number, e.delivery_id from claims_medicalevent e
        where c.kind = 'medical' and e.id = c.event_id
       offset 0) e
"""
LISTED = FOUND + "order by c.code, c.day desc, c.event_id limit %(most)s"
COUNTED = f"select code, count(*) from ({FOUND} where e.delivery_id = %(delivery)s) found group by code"


@dataclass(frozen=True)
class Odd:
    """A claim line. `day`: of the service; `against`: the day of death or birth that it does not fit."""

    code: str
    kind: str
    patient_id: int
    record_id: str
    record_line: int
    line_number: int
    delivery_id: int
    day: date
    against: date


def says(code):
    """What a code means, in a sentence."""
    return CODES[code].format(days=_days())


def found(who):
    """Odd lines of the payers that `who` sees, at most MOST, the newest of each code first."""
    with connection.cursor() as cursor:
        cursor.execute(LISTED, {"payers": list(who.scope.payer_ids), "days": _days(), "most": MOST})
        return [Odd(*row) for row in cursor.fetchall()]


def counted(delivery):
    """{code: lines} of one delivery, as of now."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"payers": [delivery.payer_id], "days": _days(), "delivery": delivery.pk})
        return dict(cursor.fetchall())


def _days():
    return DAYS_AFTER_DEATH.on(timezone.localdate())

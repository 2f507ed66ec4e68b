"""What the payer decided of medical claims, joined to them by the claim's number: from the set of payments, in any order.

- A payment is of the claim whose number it gives back (CLP01: what the provider sent as CLM01) and whose billing provider is its
  payee. The two are the same provider when both name an NPI and it is one, or, where one of them names none, when their tax ids
  are one. Numbers are unique to their provider only, so a number alone is enough only where one side says nothing of the
  provider, or where the patient's member id is the same, too: some payers pay another NPI of the same house. What agrees more
  goes first; where two claims agree alike the payment is of neither. A claim whose id is the payer's own (other formats) takes
  every payment of that id. Sources: the implementation guides 005010X222, X223 and X221 (CLM01, 2010AA NM109, CLP01, 1000B N104),
  told in the companion guides of payers.
- What was paid adds up: a reversal is an amount below zero. What was paid for a line stands on the line; what was paid for the
  claim as a whole, or for a line that the claim does not have, on its first line. Amounts allowed, adjustments (CAS), remark
  codes, the day and what the patient owes are those of the decision that holds.
- The last decision holds: that of the latest day of payment; on one day a payment before a denial, and both before a reversal,
  because a correction comes with the reversal of what it corrects. A decision older than the claim as it stands was of an
  earlier version of it, and is none.
- A claim that was paid and taken back gives no facts (facts.py). A denied one does: what it tells of the patient was done.
- A replacement or a void names the claim by the payer's number (REF*F8: the CLP07 of an earlier payment); many files give the
  provider's own number instead. The payer's number goes first where a payment tells it, else it is a number of the same provider.
"""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from .models import Standing

RANKS = {"paid": 0, "denied": 1, "reversed": 2}
AMOUNTS = ("paid_cents", "allowed_cents", "patient_cents")
TOLD = {"allowed": "allowed_cents", "adjustments": "adjustments", "remarks": "remarks"}
LAST_DECISION = """(
    select p.decision from claims_paymentevent p
     where p.payer_id = (select %(payer)s::bigint) and p.of_record = e.record_id and p.record_line = 0 and not p.is_withdrawn
       and p.standing = 'paid' and p.version >= coalesce(e.version, 0)
     order by p.version desc, p.decision = 'reversed', p.decision = 'denied' limit 1)"""
# What a claim is called by those who name it. `{e}`: a medical event or a staged row.
NUMBER = "case when {e}.number_of = '' then {e}.record_id else left({e}.record_id, -length({e}.number_of) - 1) end"
NPI = "case when length({0}) = 10 and {0} ~ '^[0-9]+$' then {0} else '' end"
IS_MEMBER = "p.member_id <> '' and (c.member_id = p.member_id or starts_with(c.member_id, p.member_id || '-'))"
AGREES = f"""
    case when c.number_of = '' then 5
         when c.npi <> '' and p.npi <> '' then case when c.npi = p.npi then 6 else 0 end
         when c.billing_tax_ref <> '' and p.payee_tax_ref <> '' then case when c.billing_tax_ref = p.payee_tax_ref then 4 else 0 end
         else 2 end + case when {IS_MEMBER} then 1 else 0 end"""
REJOINED = f"""
create temporary table rejoined on commit drop as
with mine as materialized (
    select p.* from numbers n
     cross join lateral (
           select p.id, p.claim_id, p.member_id, p.of_record, p.payer_claim_id, p.payee_tax_ref, {NPI.format("p.payee_ref")} as npi
             from claims_paymentevent p
            where p.payer_id = (select %(payer)s::bigint) and p.claim_id = n.number and not p.is_withdrawn
           offset 0) p
)
select p.id, p.of_record as was, coalesce(found.record_id, '') as is_now, p.payer_claim_id
  from mine p
  left join lateral (
       select min(record_id) as record_id
         from (select record_id, rank() over (order by max(agrees) desc) as place
                 from (select c.record_id, {AGREES} as agrees
                         from (select e.record_id, e.member_id, e.number_of, e.billing_tax_ref, {NPI.format("e.billing_ref")} as npi
                                 from claims_medicalevent e
                                where e.payer_id = (select %(payer)s::bigint) and not e.is_withdrawn
                                  and e.record_id = p.claim_id and e.number_of = ''
                                union all
                               select e.record_id, e.member_id, e.number_of, e.billing_tax_ref, {NPI.format("e.billing_ref")}
                                 from claims_medicalevent e
                                where e.payer_id = (select %(payer)s::bigint) and not e.is_withdrawn
                                  and e.record_id > p.claim_id || '|' and e.record_id < p.claim_id || '}}'
                                  and e.number_of <> '' and e.record_id = p.claim_id || '|' || e.number_of) c) told
                where agrees > 0 group by record_id) ranked
        where place = 1 having count(*) = 1
       offset 0) found on true
 where p.of_record <> coalesce(found.record_id, '')
"""
REJOIN = "update claims_paymentevent p set of_record = r.is_now from rejoined r where r.id = p.id"
HAS_PAYMENTS = "select exists(select from claims_paymentevent where payer_id = (select %(payer)s::bigint))"
OF_STAGED_CLAIMS = f"select distinct {NUMBER.format(e='e')} as number from stage e"
OF_LEAVING_CLAIMS = f"""select distinct {NUMBER.format(e="e")} as number
  from leaving l join claims_medicalevent e on e.id = l.id"""
OF_PAYMENTS = """select distinct p.claim_id as number from claims_paymentevent p
 where p.id > %(floor)s and p.delivery_id = %(delivery)s and p.payer_id = (select %(payer)s::bigint)"""
NOTHING = "select '' as number where false"
# Claims that name another by a number that is, or was until now, a payer's number of a claim; and those claims.
NAMERS = """
insert into touched_records (record_id, record_line)
with told as (
    select payer_claim_id, was as record_id from rejoined
     union
    select payer_claim_id, is_now from rejoined
     union
    select p.payer_claim_id, p.of_record from claims_paymentevent p
     where p.id > %(floor)s and p.delivery_id = %(delivery)s and p.payer_id = (select %(payer)s::bigint)
), found as materialized (
    select e.record_id, e.record_line, p.record_id as of_record
      from told p
     cross join lateral (
           select e.record_id, e.record_line from claims_medicalevent e
            where e.payer_id = (select %(payer)s::bigint) and e.original_claim_id = p.payer_claim_id and e.original_claim_id <> ''
              and e.action > 0 and not e.is_withdrawn
           offset 0) e
)
select record_id, record_line from found
 union
select e.record_id, e.record_line
  from (select distinct of_record from found where of_record <> '') f
 cross join lateral (
       select e.record_id, e.record_line from claims_medicalevent e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = f.of_record and not e.is_withdrawn
       offset 0) e
on conflict do nothing
"""
# What others may call the claim of record `{e}.record_id`, and whom a medical event `r` may mean: all that it could be.
NAMES = """(array[{e}.record_id, regexp_replace({e}.record_id, '[|][^|]*$', '')] ||
       array(select p.payer_claim_id collate "C" from claims_paymentevent p
              where p.payer_id = (select %(payer)s::bigint) and p.of_record = {e}.record_id and p.payer_claim_id <> ''
                and not p.is_withdrawn)) collate "default\""""
BY_PAYER = """
select p.of_record as record_id from claims_paymentevent p
 where p.payer_id = (select %(payer)s::bigint) and p.payer_claim_id = r.original_claim_id and p.payer_claim_id <> ''
   and p.of_record <> '' and not p.is_withdrawn"""
BY_PROVIDER = """
select (r.original_claim_id || case when r.number_of = '' then '' else '|' || r.number_of end) collate "C" as record_id"""
MAY_MEAN = f"{BY_PAYER} union {BY_PROVIDER}"
MEANS = f"with by_payer as ({BY_PAYER}) select record_id from by_payer union {BY_PROVIDER} where not exists (select from by_payer)"


def join(cursor, numbers, *, payer_id, delivery_id=None, floor=0):
    """Finds the claims of the payments under `numbers` (a SELECT) anew. Leaves `rejoined`: payments whose claim is another now."""
    values = {"payer": payer_id, "delivery": delivery_id, "floor": floor}
    cursor.execute("drop table if exists pg_temp.rejoined, pg_temp.numbers")
    cursor.execute(HAS_PAYMENTS, values)
    wanted = numbers if cursor.fetchone()[0] else NOTHING
    cursor.execute(f"create temporary table numbers on commit drop as {wanted}", values)
    cursor.execute("analyze numbers")
    cursor.execute(REJOINED, values)
    cursor.execute("analyze rejoined")
    cursor.execute(REJOIN)


def touch_namers(cursor, *, payer_id, delivery_id=None, floor=0):
    """Adds to `touched_records` the claims whose replacements and voids may act on other claims now. Returns how many."""
    cursor.execute(NAMERS, {"payer": payer_id, "delivery": delivery_id, "floor": floor})
    return cursor.rowcount


class Decided(NamedTuple):
    """`decision` and the version from which it holds; `paid`: cents by line, 0 for the claim as a whole. The others are those of the
    decision that holds: day, what the patient owes in cents, and by line {cents allowed}, {adjustments}, {remark codes}."""

    record_id: str
    decision: str
    version: int
    paid: dict
    paid_on: date
    patient: int | None
    allowed: dict
    adjustments: dict
    remarks: dict

    def of_line(self, told, line, known):
        """What is told of a line; on the first of the claim (`known`: its lines in order) also what is told of no line of it."""
        if line != known[0]:
            return told.get(line)
        found = [
            value for number, value in told.items() if value is not None and (number == line or number not in known)
        ]
        return sum(found[1:], start=found[0]) if found else None


def decisions(events):
    """Yields Decided in order of the claims' records, in constant memory. `events`: of one payer."""
    rows = (
        events.filter(is_withdrawn=False, standing=Standing.PAID)
        .exclude(of_record="")
        .order_by("of_record", "record_id", "record_line")
        .only("of_record", "record_line", "decision", "version", "paid_on", *AMOUNTS, "adjustments", "remarks")
    )
    for record_id, of_claim in groupby(rows.iterator(chunk_size=5_000), key=attrgetter("of_record")):
        yield _decided(record_id, list(of_claim))


def _decided(record_id, rows):
    of = lambda row: (row.version, -RANKS[row.decision])  # noqa: E731
    last = max(map(of, rows))
    paid, final = _added(rows, "paid_cents"), [row for row in rows if of(row) == last]
    return Decided(
        record_id=record_id,
        decision=final[0].decision,
        version=last[0],
        paid=paid,
        paid_on=final[0].paid_on,
        patient=_added(final, "patient_cents").get(0),
        **{told: _added(final, name) for told, name in TOLD.items()},
    )


def _added(rows, name):
    """{line: what its rows tell, added up}, where they tell anything."""
    found = {}
    for row in rows:
        if (value := getattr(row, name)) not in (None, []):
            found[row.record_line] = found[row.record_line] + value if row.record_line in found else value
    return found


def joined(lines, events):
    """Yields (line, Decided or None, the numbers of its claim's lines in order) for claim lines in order of record and line. A
    line has `claim_id` (the record's) and `claim_line`; `events`: payments of their payer."""
    found = decisions(events)
    one = next(found, None)
    for record_id, of_claim in groupby(lines, key=attrgetter("claim_id")):
        while one is not None and one.record_id < record_id:
            one = next(found, None)
        mine = one if one is not None and one.record_id == record_id else None
        of_claim = list(of_claim)
        known = [line.claim_line for line in of_claim]
        for line in of_claim:
            yield line, mine, known

"""A delivery becomes events, claims, people and facts, in one transaction. It happens wholly or not at all, and its lines add up.

Loads and withdrawals of one payer take turns (an advisory lock that the transaction holds): the set of events must not
change while it is folded. Other payers are not disturbed; reading and staging, most of the work, is done before the lock.
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
import logging
import time

from django.db import connection, connections, transaction
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context

from . import counts, events, facts, fold, members, notices, payments, staging, storage
from .formats import FeedRefused
from .models import ClinicalEvent, Delivery, EligibilityEvent, MedicalEvent, TouchedPatient
from .tables import EVENT_MODELS, TABLES, tables_of

log = logging.getLogger(__name__)
State = Delivery.State
PEOPLE = "create temporary table {name} (patient_id bigint primary key) on commit drop"

SAY_SECONDS = 2
MANY = 500
"""Touched patients above which the planner's statistics are made anew before anybody judges them."""


def load(*, delivery):
    """Loads a delivery that waits for it; does nothing to one that is loaded, refused or withdrawn already.

    Raises what the database raises (the work is tried again, and in the end `actions.give_up` says so); a file that
    cannot be read is refused for good instead.
    """
    if delivery.state not in (State.RECEIVED, State.LOADING, State.FAILED):
        return
    announce(delivery, State.LOADING, stage=Delivery.Stage.READING)
    try:
        with transaction.atomic():
            _load(delivery)
    except FeedRefused as refusal:
        at = f" (line {refusal.line})" if refusal.line else ""
        Delivery.objects.filter(pk=delivery.pk).update(state=State.REFUSED, stage="", refusal=f"{refusal.message}{at}")
        audit.record(event="delivery.refused", by=None, target=delivery, reason=refusal.code)
        delivery.refresh_from_db()
        notices.tell(delivery, "delivery.refused")


def _load(delivery):
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '64MB'")
        cursor.execute("set local default_statistics_target = 10")  # of chunks: enough to choose a join by
    staged, others, many = staging.Staged(), set(), set()
    say = _teller(delivery)
    for tables in staging.chunks(delivery, staged, said=say):
        say(stage=Delivery.Stage.WAITING)
        take_turn(delivery.payer_id)
        say(stage=Delivery.Stage.MERGING)
        for table, rows in tables.items():
            others |= _merge(table, delivery, rows=rows, many=many)
    delivery.kind, delivery.lines, delivery.rejected = staged.kind, staged.lines, staged.rejected
    delivery.notes, delivery.drift, delivery.totals = staged.notes, staged.drift, staged.totals
    counts.recount_others(others, but=delivery.pk)
    tell(delivery)
    counts.recount(delivery)
    delivery.state, delivery.stage, delivery.refusal = State.LOADED, "", ""
    delivery.loaded_at, delivery.lines_so_far = timezone.now(), delivery.lines
    delivery.save()
    audit.record(event="delivery.loaded", by=None, target=delivery, detail={"lines": delivery.lines})
    notices.tell_loaded(delivery)
    if not delivery.rejected:
        transaction.on_commit(lambda: storage.forget(delivery.stored_as))


def _teller(delivery):
    """Says how far the load is, at most every SAY_SECONDS: opening a connection for each batch would cost more than it tells."""
    at, lines = time.monotonic(), 0

    def say(number=None, stage=Delivery.Stage.READING):
        nonlocal at, lines
        lines = lines if number is None else number
        if time.monotonic() - at >= SAY_SECONDS:
            announce(delivery, State.LOADING, stage=stage, lines_so_far=lines)
            at = time.monotonic()

    return say


def _merge(table, delivery, *, rows, many):
    """The stage of one kind becomes events, claims, people and facts. Returns the other deliveries whose counts change."""
    staging.take(table)
    if table.is_eligibility:
        members.admit(payer_id=delivery.payer_id)
    floor = events.insert(table, delivery=delivery, rows=rows, many=many, is_known=table.is_eligibility)
    with connection.cursor() as cursor:
        if table.acts_whole:
            payments.join(cursor, payments.OF_STAGED_CLAIMS, payer_id=delivery.payer_id)
        fold.begin(cursor)
        cursor.execute("insert into touched_records select distinct record_id, record_line, 0 from unsettled")
        if table.acts_whole:
            payments.touch_namers(cursor, payer_id=delivery.payer_id)
        fold.spread(cursor, table, payer_id=delivery.payer_id)
        fold.settle(table, payer_id=delivery.payer_id)
        if table.is_payment:
            payments.join(
                cursor, payments.OF_PAYMENTS, payer_id=delivery.payer_id, delivery_id=delivery.pk, floor=floor
            )
        events_told_anew = f"select id, patient_id from altered where id <= {floor}"
        if table.acts_whole:
            events_told_anew += f" union all select id, patient_id from ({OF_REJOINED}) paid where id <= {floor}"
        restate_facts_of(cursor, events_told_anew, {"payer": delivery.payer_id})
    others = follow_up(table, delivery=delivery, floor=floor)
    return others | _follow_names(delivery, floor=floor) if table.is_payment else others


def _follow_names(delivery, *, floor=0):
    """Claims that name another by the payer's number, which payments tell, act on another claim now."""
    claims = TABLES["medical_claim"]
    with connection.cursor() as cursor:
        fold.begin(cursor)
        if not payments.touch_namers(cursor, payer_id=delivery.payer_id, delivery_id=delivery.pk, floor=floor):
            return set()
        fold.spread(cursor, claims, payer_id=delivery.payer_id)
        fold.settle(claims, payer_id=delivery.payer_id)
        cursor.execute("drop table if exists pg_temp.changed")
        cursor.execute(NOTHING_CHANGED)
        restate_facts_of(cursor, "select id, patient_id from altered")
    return follow_up(claims, delivery=delivery)


NOTHING_CHANGED = """
create temporary table changed on commit drop as
select member_id, person_id, patient_id from claims_medicalevent where false
"""
OF_REJOINED = """
select m.id, m.patient_id
  from (select was as record_id from rejoined union select is_now from rejoined) r
 cross join lateral (
       select m.id, m.patient_id from claims_medicalevent m
        where m.payer_id = (select %(payer)s::bigint) and m.record_id = r.record_id and not m.is_withdrawn
       offset 0) m
"""


RESTATED = """
create temporary table restated on commit drop as
select distinct on (event_id) event_id, was from ({events}) old (event_id, was)
"""


def restate_facts_of(cursor, events, values=None):
    """Leaves the temporary table `restated`: old events whose facts are told anew. `events`: SELECT of id and patient before."""
    cursor.execute("drop table if exists pg_temp.restated")
    cursor.execute(RESTATED.format(events=events), values)
    cursor.execute("create unique index on restated (event_id)")


def withdraw(*, delivery):
    """Takes a withdrawn delivery's events out of the set and folds again what they touched. An event that another
    delivery repeated goes over to that delivery. Events that leave are kept as a record, marked."""
    take_turn(delivery.payer_id)
    others, tables = set(), tables_of(delivery.kinds)
    for table in tables:
        others |= _leave(table, delivery)
    if not tables:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from claims_repeat where delivery_id = %s and payer_id = (select %s::bigint)",
            [delivery.pk, delivery.payer_id],
        )
    counts.recount_others(others, but=delivery.pk)
    tell(delivery)


def _leave(table, delivery):
    values = {"delivery": delivery.pk, "payer": delivery.payer_id, "kind": table.kind}
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.leaving, pg_temp.heirs, pg_temp.changed")
        cursor.execute(LEAVING.format(table=table.name, which=KIND if table.model is ClinicalEvent else ""), values)
        cursor.execute("create index on leaving (id)")
        cursor.execute("analyze leaving")
        cursor.execute(HEIRS, values)
        cursor.execute(INHERIT.format(table=table.name))
        cursor.execute("delete from claims_repeat r using heirs h where r.id = h.repeat_id")
        cursor.execute("delete from leaving l using heirs h where h.event_id = l.id")
        fold.begin(cursor)
        cursor.execute("insert into touched_records select distinct record_id, record_line, 0 from leaving")
        fold.spread(cursor, table, payer_id=delivery.payer_id)
        cursor.execute(LEAVE.format(table=table.name))
        if table.acts_whole:
            payments.join(cursor, payments.OF_LEAVING_CLAIMS, payer_id=delivery.payer_id)
            if payments.touch_namers(cursor, payer_id=delivery.payer_id):
                fold.spread(cursor, table, payer_id=delivery.payer_id)
        fold.settle(table, payer_id=delivery.payer_id)
        cursor.execute(
            """create temporary table changed on commit drop as
               select distinct member_id, person_id, patient_id from leaving"""
        )
        if table.is_payment:
            payments.join(cursor, payments.NOTHING, payer_id=delivery.payer_id)
        events_told_anew = "select id, patient_id from leaving union all select id, patient_id from altered"
        if table.acts_whole:
            events_told_anew += f" union all select id, patient_id from ({OF_REJOINED}) paid"
        restate_facts_of(cursor, events_told_anew, {"payer": delivery.payer_id})
    others = follow_up(table, delivery=delivery, heirs=True)
    return others | _follow_names(delivery) if table.is_payment else others


KIND = "and kind = %(kind)s"
LEAVING = """
create temporary table leaving on commit drop as
select id, record_id, record_line, member_id, person_id, patient_id from {table}
 where delivery_id = %(delivery)s and payer_id = (select %(payer)s::bigint) and not is_withdrawn {which}
"""
HEIRS = """
create temporary table heirs on commit drop as
select distinct on (r.event_id) r.id as repeat_id, r.event_id, r.delivery_id, r.line_number
  from leaving l join claims_repeat r on r.event_id = l.id
  join claims_delivery d on d.id = r.delivery_id
 where r.payer_id = (select %(payer)s::bigint) and r.delivery_id <> %(delivery)s and d.state = 'loaded'
   and r.kind = %(kind)s
 order by r.event_id, r.delivery_id, r.line_number
"""
INHERIT = (
    "update {table} e set delivery_id = h.delivery_id, line_number = h.line_number from heirs h where e.id = h.event_id"
)
LEAVE = """
update {table} e set is_withdrawn = true, standing = '', in_conflict = false from leaving l where e.id = l.id
"""
OF_PAID_CLAIMS = """
select distinct {wanted}
  from (select of_record from claims_paymentevent where delivery_id = %(delivery)s and payer_id = (select %(payer)s::bigint)
         union
        select p.of_record from claims_paymentevent p join altered a on a.id = p.id
         union
        select was from rejoined) paid
 cross join lateral (
       select m.id, m.patient_id from claims_medicalevent m
        where m.payer_id = (select %(payer)s::bigint) and m.record_id = paid.of_record and not m.is_withdrawn
       offset 0) m
"""


TOUCHED_IDS = """
create temporary table touched_ids on commit drop as
select member_id from changed
 union
select person_id from changed where person_id <> ''
 union
select unnest(array[e.member_id, nullif(e.person_id, '')])
  from altered a
 cross join lateral (select e.member_id, e.person_id from claims_eligibilityevent e where e.id = a.id offset 0) e
"""


def follow_ids(cursor, *, payer_id):
    """Patients and facts of the events under the ids in `touched_ids`. Adds to `touched_people`."""
    for model in members.resolve([m for m in EVENT_MODELS if m is not EligibilityEvent], payer_id=payer_id):
        restate_facts_of(cursor, f"select id, was from moved where of_table = '{model._meta.db_table}'")
        facts.restate(model, payer_id=payer_id)
    _touch(cursor, "select was from moved union select is_now from moved union select patient_id from repointed")


def follow_up(table, *, delivery, floor=None, heirs=False):
    """People, coverage and facts that follow from the events in `changed`, `altered` and `restated`. Returns the ids of other
    deliveries whose counts change."""
    payer_id = delivery.payer_id
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.touched_people, pg_temp.touched_ids")
        cursor.execute(PEOPLE.format(name="touched_people"))
        if table.is_eligibility:
            cursor.execute(TOUCHED_IDS, {"payer": payer_id})
            follow_ids(cursor, payer_id=payer_id)
        _touch(cursor, "select patient_id from changed union select patient_id from altered")
        if table.is_payment:
            _touch(cursor, OF_PAID_CLAIMS.format(wanted="m.patient_id"), {"payer": payer_id, "delivery": delivery.pk})
        if table.acts_whole:
            _touch(cursor, f"select patient_id from ({OF_REJOINED}) paid", {"payer": payer_id})
        cursor.execute("analyze touched_people")
        if table.is_eligibility:
            members.refresh(payer_id=payer_id)
        else:
            if table.is_payment:
                restate_facts_of(
                    cursor,
                    OF_PAID_CLAIMS.format(wanted="m.id, m.patient_id"),
                    {"payer": payer_id, "delivery": delivery.pk},
                )
                facts.restate(MedicalEvent, payer_id=payer_id)
            else:
                facts.restate(table.model, payer_id=payer_id, delivery_id=delivery.pk, floor=floor)
        _check_members(cursor, payer_id)
        note_touched(cursor, delivery)
        others = "select delivery_id from altered union select delivery_id from live where in_conflict"
        others += " union select delivery_id from moved" if table.is_eligibility else ""
        others += " union select delivery_id from heirs" if heirs else ""
        cursor.execute(others)
        return {row[0] for row in cursor.fetchall()}


def note_touched(cursor, delivery):
    """Whose results follow anew: the patients in `touched_people`."""
    cursor.execute(
        """insert into claims_touchedpatient (payer_id, delivery_id, patient_id)
           select %s, %s, patient_id from touched_people order by patient_id on conflict do nothing""",
        [delivery.payer_id, delivery.pk],
    )


class NotItsMember(Exception):
    """A fact would be about somebody who is not this payer's member: the load is rolled back and a person must look."""


def _check_members(cursor, payer_id):
    """What a foreign key on each fact would check row by row, for the patients of this load at once."""
    cursor.execute(
        """select count(*) from touched_people t
            where not exists (select from patients_member m
                               where m.payer_id = (select %s::bigint) and m.patient_id = t.patient_id offset 0)""",
        [payer_id],
    )
    if strangers := cursor.fetchone()[0]:
        raise NotItsMember(f"{strangers} patients are not members of payer {payer_id}.")


def tell(delivery):
    """Whoever evaluates is told of the patients that the delivery touched; of a sandbox's, nobody."""
    if delivery.payer.is_sandbox:
        return
    touched = TouchedPatient.objects.filter(delivery=delivery).count()
    if touched:
        jobs.hand_on(
            topic="claims.grown" if touched > MANY else "patients.touched",
            payer_id=delivery.payer_id,
            subject_id=delivery.pk,
            detail={"delivery": delivery.pk, "kind": delivery.kind, "patients": touched},
        )


def _touch(cursor, ids, values=None):
    cursor.execute(
        f"insert into touched_people select * from ({ids}) found (patient_id) where patient_id is not null on conflict do nothing",
        values,
    )


def take_turn(payer_id):
    """Waits until no other transaction changes this payer's set of events, and keeps others waiting until commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('carecoord.claims'), %s::int)", [payer_id])


def announce(delivery, state, *, stage="", lines_so_far=0):
    """Tells the world the state, and how far the load is, while the load's own transaction, which nobody sees into, is still under way."""
    own = connections.create_connection("worker")
    told = context.worker_for(delivery.payer_id).settings
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("set local lock_timeout = '2s'")
            for name, value in told.items():
                cursor.execute("select set_config(%s, %s, true)", [name, value])
            cursor.execute(
                """update claims_delivery set state = %s, refusal = '', stage = %s, lines_so_far = %s
                    where id = %s and state not in ('loaded', 'withdrawn')""",
                [state, stage, lines_so_far, delivery.pk],
            )
        own.commit()
    finally:
        own.close()

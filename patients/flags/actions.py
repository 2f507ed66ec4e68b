"""Flags: raised, kept and closed by one pass; assigned, dismissed, reopened and resolved by people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited
from carecoord.kernel.tenancy import context
from patients.measures import queries as measures
from patients.measures.turns import take_turn
from patients.models import all_records, records_now
from patients.programs import queries as programs
from pharmacies.billing.fees import unit_prices

from . import facts
from .case import Limits
from .judge import Plan, Subject, Wanted, judge, numbers, plan
from .models import Flag, FlagChange

Status = Flag.Status
BATCH = 2_000
PEOPLE_AT_ONCE = 5_000
"""What bounds the memory of a pass over everybody."""
COUNTED = ("raised", "kept", "reopened", "closed", "respected")
TWICE = "Another id of this person has the same flag."
SETTLED = (Coalesce("raised_for_id", "patient_id"), "pharmacy_id", "measure", "year", "rule", "evidence_key")
OVER = Q(status=Status.CLOSED, raised_for=None)
LONGEST_DISMISSAL = timedelta(days=366)
WRITTEN = (
    "severity", "reason", "do", "headline", "who", "sensitivity", "segments", "due_on", "rank", "arithmetic", "value_cents", "evidence",
    "evidence_key",
)  # fmt: skip


class CannotChange(Exception):
    """The flag cannot be changed so; the text is the sentence for the user."""


class NotEvaluated(Exception):
    """Flags were asked for as of a day for which nothing was evaluated."""


@audited
def raise_and_close(*, payer, patient_ids: Sequence[int] | None = None, as_of: date, by=None) -> dict[str, int]:
    """Makes the flags of a payer's members agree with their results as of a day; returns how many were raised, kept,
    reopened, closed, and left as a person wished. Only enrolled members have flags, at the pharmacy of their enrolment.

    patient_ids None: all members. Running it twice changes nothing the second time. A person's closing is respected until
    the evidence changes: a dismissal for its whole measure until its day, a resolved flag for its rule.
    Raises NotEvaluated when nothing was evaluated for that day.
    """
    if not measures.was_evaluated(payer=payer, year=as_of.year, as_of=as_of, is_full=patient_ids is None):
        raise NotEvaluated(f"Nothing was evaluated for {payer.code} as of {as_of}: evaluate first.")
    take_turn(payer_id=payer.pk, work="flags")
    counts, looked_at, done = Counter(dict.fromkeys(COUNTED, 0)), 0, set()
    people = _everybody(payer) if patient_ids is None else sorted(set(patient_ids))
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        some = _with_their_others(set(people[start : start + PEOPLE_AT_ONCE]) - done, payer) - done
        done |= some
        found, flags = _pass(payer, sorted(some), as_of)
        counts.update(found)
        looked_at += flags
    detail = {"as_of": as_of.isoformat(), "payer_id": payer.pk} | counts
    audit.record(event="flags.passed", by=by, count=looked_at, detail=detail)
    return dict(counts)


def _everybody(payer) -> list[int]:
    """The people of whom there can be something to say: enrolled ones, and those with flags, by the record that holds them."""
    now, open_flags = records_now(payer=payer), Flag.objects.filter(payer=payer).exclude(OVER)
    records = set(programs.standing(payer=payer).values_list("patient_id", flat=True))
    records.update(chain.from_iterable(open_flags.values_list("patient_id", "raised_for_id")))
    return sorted({now.get(one, one) for one in records - {None}})


def _pass(payer, records: list[int], as_of: date) -> tuple[dict[str, int], int]:
    """The pass over the people with these records; returns COUNTED, and how many flags were looked at."""
    today = timezone.localdate()
    flags, now = Flag.objects.filter(payer=payer, patient__in=records), records_now(payer=payer)
    places = facts.enrolled(payer, records)
    cases = facts.cases(payer=payer, as_of=as_of, places=places, limits=Limits(as_of))
    wanted, suppressed = judge(cases, today=today)
    followed = _go_with_the_person(flags, now)
    settled = flags.filter(status=Status.CLOSED, year=as_of.year).exclude(closed_by=None)
    todo = plan(
        wanted=wanted,
        suppressed=suppressed,
        live=followed.stand,
        aside=followed.aside,
        settled={(now.get(record, record), *key) for record, *key in settled.values_list(*SETTLED)},
        enrolled={(one, pharmacy_id) for one, of_one in places.items() for pharmacy_id in of_one},
        today=today,
        year=as_of.year,
    )
    _move_along(followed)
    _take_up_again(todo, payer)
    _carry_out(todo, payer)
    closed = len(todo.to_close) + len(followed.twice)
    numbers_found = (len(todo.to_raise), len(todo.to_refresh), len(todo.to_reopen), closed, todo.respected)
    return dict(zip(COUNTED, numbers_found, strict=True)), len(followed.stand) + len(todo.to_raise)


def _with_their_others(patient_ids, payer) -> set[int]:
    """These people's records, and those at which flags of theirs stand, or whose flags stand at theirs."""
    people = all_records(patient_ids, payer=payer)
    lent = (
        Flag.objects.filter(payer=payer)
        .exclude(raised_for=None)
        .filter(Q(patient__in=people) | Q(raised_for__in=people))
    )
    return people.union(*lent.values_list("patient_id", "raised_for_id"))


@dataclass
class Followed:
    """What becomes of flags when ids are united and parted: live ones that stand, open ones of which another asks the same,
    dismissed ones of former records, which stay there, and those that move."""

    stand: list[Flag] = field(default_factory=list)
    twice: list[Flag] = field(default_factory=list)
    aside: list[tuple[Flag, Subject]] = field(default_factory=list)
    moved: list[Flag] = field(default_factory=list)


def _go_with_the_person(flags, now: dict[int, int]) -> Followed:
    """Flags go to the record that holds the person, with owner, tries and what put them off, and back when it is another's."""
    found, asked = Followed(), set()
    rows = list(flags.exclude(OVER).select_for_update().order_by("pk"))
    for flag in sorted(rows, key=lambda flag: (_raised_under(flag) in now, flag.pk)):
        record = _raised_under(flag)
        holder = now.get(record, record)
        about = (holder, flag.pharmacy_id, flag.measure, flag.year)
        if flag.status == Status.DISMISSED and flag.patient_id in now:
            found.aside.append((flag, about))
            continue
        if flag.status == Status.OPEN and (about, flag.rule) in asked:
            found.twice.append(flag)
            continue
        if flag.status != Status.CLOSED:
            asked.add((about, flag.rule))
            found.stand.append(flag)
        if flag.patient_id != holder:
            flag.patient_id, flag.raised_for_id = holder, record if record in now else None
            found.moved.append(flag)
    found.stand.sort(key=lambda flag: flag.pk)
    return found


def _raised_under(flag: Flag) -> int:
    return flag.raised_for_id or flag.patient_id


def _move_along(followed: Followed) -> None:
    """What asks twice is closed first: no record ever has two live flags of a kind."""
    for flag in followed.twice:
        settled = {"dismissal": "", "dismissed_until": None, "closed_at": timezone.now()}
        _move(flag, Status.CLOSED, why=TWICE, by=None, **settled)
    for flag in followed.moved:
        flag.save(update_fields=["patient", "raised_for"])
        why = "Goes on with the record that holds the person." if flag.raised_for_id else "Back at its own record."
        _change(flag, flag.status, why=why, by=None).save()


def _take_up_again(todo: Plan, payer) -> None:
    """A flag that was closed because another id of the person had the same goes on where it would be raised anew: ids were parted
    again, and its owner, tries and put-off days are still right."""
    wanted = {_subject(one): one for one in todo.to_raise}
    last = FlagChange.objects.filter(flag=OuterRef("pk")).order_by("-pk").values("why")[:1]
    closed = Flag.objects.filter(payer=payer, status=Status.CLOSED, closed_by=None)
    closed = closed.filter(patient__in={one.case.patient_id for one in todo.to_raise})
    for flag in closed.alias(why=Subquery(last)).filter(why=TWICE).order_by("-pk"):
        key = (flag.patient_id, flag.pharmacy_id, flag.rule, flag.measure, flag.year)
        if one := wanted.pop(key, None):
            todo.to_reopen.append((flag, one, "Asked again: it is another person's than the other flag."))
    todo.to_raise[:] = wanted.values()


def _subject(one: Wanted) -> tuple[int, int, str, str, int]:
    case = one.case
    return (case.patient_id, case.pharmacy_id, one.rule.code, case.measure, case.year)


def _carry_out(todo: Plan, payer) -> None:
    now, changes = timezone.now(), []
    for flag, why in todo.to_close:
        changes.append(_change(flag, Status.CLOSED, why=why, by=None))
        flag.status, flag.closed_at, flag.dismissal, flag.dismissed_until = Status.CLOSED, now, "", None
    for flag, _, why in todo.to_reopen:
        changes.append(_change(flag, Status.OPEN, why=why, by=None))
        flag.status, flag.closed_at, flag.dismissal, flag.dismissed_until = Status.OPEN, None, "", None
    refreshed = [*todo.to_refresh, *((flag, one) for flag, one, _ in todo.to_reopen)]
    changed = {flag.pk: flag for flag, _ in todo.to_close} | {flag.pk: flag for flag, *_ in todo.to_reopen}
    worth = _worth(payer, [*todo.to_raise, *(one for _, one in refreshed)])

    def values(one):
        return numbers(one, worth.get((one.case.pharmacy_id, one.rule.service_code), 0))

    for flag, one in refreshed:
        if _refresh(flag, values(one)):
            flag.refreshed_at = now
            changed[flag.pk] = flag
    _write(list(changed.values()))
    raised = Flag.objects.bulk_create([_raise(one, values(one)) for one in todo.to_raise], batch_size=BATCH)
    changes += [_change(flag, Status.OPEN, why=flag.reason, by=None, before="") for flag in raised]
    FlagChange.objects.bulk_create(changes, batch_size=BATCH)


def _worth(payer, wanted: Iterable[Wanted]) -> dict[tuple[int, str], int]:
    """(pharmacy, service code) -> cents: what the claim of a service that is given today would be priced at."""
    wanted = list(wanted)
    return unit_prices(
        payer_id=payer.pk,
        pharmacy_ids={one.case.pharmacy_id for one in wanted},
        codes={one.rule.service_code for one in wanted},
        on=timezone.localdate(),
        who=context.current_scope(),
    )


def _raise(one: Wanted, values: dict) -> Flag:
    case = one.case
    return Flag(
        payer_id=case.payer_id,
        pharmacy_id=case.pharmacy_id,
        patient_id=case.patient_id,
        rule=one.rule.code,
        measure=case.measure,
        year=case.year,
        **values,
    )


def _refresh(flag: Flag, values: dict) -> bool:
    """Puts new numbers in; False when they are the old ones."""
    is_new = any(getattr(flag, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(flag, name, value)
    return is_new


def _write(flags: list[Flag]) -> None:
    """Updates rows in bulk: an upsert on the key is many times faster than CASE WHEN over thousands of rows."""
    fields = [*WRITTEN, "status", "closed_at", "dismissal", "dismissed_until", "refreshed_at"]
    Flag.objects.bulk_create(flags, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _change(flag: Flag, to: str, *, why: str, by, before: str | None = None) -> FlagChange:
    return FlagChange(
        payer_id=flag.payer_id,
        pharmacy_id=flag.pharmacy_id,
        flag=flag,
        by=by,
        from_status=flag.status if before is None else before,
        to_status=to,
        why=why,
    )


@audited
def assign(*, flag: Flag, to, by) -> Flag:
    """Gives an open flag to a colleague (`to` None: to nobody). Raises CannotChange."""
    flag = _lock(flag)
    if flag.status != Status.OPEN:
        raise CannotChange(f"This flag is {flag.get_status_display().lower()}; only an open one can be assigned.")
    if to is not None and to.membership_at(flag.pharmacy_id) is None:
        raise CannotChange(f"{to} does not work at this pharmacy.")
    if flag.assigned_to_id == (to and to.pk):
        audit.record(event="flag.assigned", by=by, target=flag, detail={"to": to and to.pk, "changed": False})
        return flag
    flag.assigned_to = to
    flag.save(update_fields=["assigned_to"])
    _change(flag, flag.status, why=f"Assigned to {to}." if to else "Assigned to nobody.", by=by).save()
    audit.record(event="flag.assigned", by=by, target=flag, detail={"to": to and to.pk})
    return flag


@audited
def dismiss(*, flag: Flag, reason: str, until: date | None, note: str = "", by) -> Flag:
    """Takes a flag off the worklist without touching the measure; it comes back when `until` has passed or claims change.

    Raises CannotChange when the flag is not open, the reason is not one of Flag.Dismissal, or the day is not ahead.
    """
    flag, today = _lock(flag), timezone.localdate()
    _check_transition(flag, Status.DISMISSED)
    if reason not in Flag.Dismissal.values:
        raise CannotChange("Choose one of the reasons for dismissing.")
    if until is not None and not today <= until <= today + LONGEST_DISMISSAL:
        raise CannotChange("Choose a day between today and a year from now.")
    label = Flag.Dismissal(reason).label
    why = f"{label}. {note}" if note else label
    _move(flag, Status.DISMISSED, why=why, by=by, dismissal=reason, dismissed_until=until)
    audit.record(event="flag.dismissed", by=by, target=flag, reason=reason)
    return flag


@audited
def reopen(*, flag: Flag, by) -> Flag:
    """Puts a dismissed flag back on the worklist. Raises CannotChange."""
    flag = _lock(flag)
    _check_transition(flag, Status.OPEN)
    _move(flag, Status.OPEN, why="Put back on the worklist.", by=by, dismissal="", dismissed_until=None)
    audit.record(event="flag.reopened", by=by, target=flag)
    return flag


@audited
def resolve(*, flag: Flag, why: str, by) -> Flag:
    """Closes a flag because somebody acted on it; its rule stays quiet until the evidence changes. Raises CannotChange."""
    flag = _lock(flag)
    _check_transition(flag, Status.CLOSED)
    settled = {"dismissal": "", "dismissed_until": None, "closed_at": timezone.now(), "closed_by": by}
    _move(flag, Status.CLOSED, why=why, by=by, **settled)
    audit.record(event="flag.resolved", by=by, target=flag)
    return flag


def _lock(flag: Flag) -> Flag:
    locked = Flag.objects.select_for_update().filter(pk=flag.pk).first()
    if locked is None:
        raise CannotChange("This patient is no longer at your pharmacy.")
    return locked


def _check_transition(flag: Flag, to: str) -> None:
    if to in Flag.TRANSITIONS[Status(flag.status)]:
        return
    if flag.status == to:
        raise CannotChange(f"This flag is already {Status(to).label.lower()}.")
    raise CannotChange(
        f"This flag is {flag.get_status_display().lower()} and cannot be {Status(to).label.lower()} again."
    )


def _move(flag: Flag, to: str, *, why: str, by, **fields) -> None:
    change = _change(flag, to, why=why, by=by)
    flag.status = to
    for name, value in fields.items():
        setattr(flag, name, value)
    flag.save(update_fields=["status", *fields])
    change.save()

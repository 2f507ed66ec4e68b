"""Trying to reach somebody about a flag, and putting a flag off."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from patients.care import chart
from patients.flags import actions as flags
from patients.flags.models import Flag

from .. import everyday, outreach
from ..models import OutreachTry, Snooze, State
from ..models.outreach import TRANSITIONS
from ..place import today_at

Channel, Outcome = OutreachTry.Channel, OutreachTry.Outcome
LONGEST_SNOOZE = timedelta(days=60)
ENDS = {State.UNABLE: Flag.Dismissal.NOT_FOUND, State.DECLINED: Flag.Dismissal.DECLINED}


class CannotTry(Exception):
    """The sentence says why."""


@audited
def log_try(*, flag, channel, outcome, call_back_at=None, note="", anyway=False, at=None, by):
    """One try with what came of it. What the policy speaks against is refused, unless it happened all the same (`anyway`) and
    the note says why; then it does not count. The last try in vain takes the flag off the list as not reachable.

    Raises CannotTry.
    """
    flag, at = _open_flag(flag, by), at or timezone.now()
    _check(flag, outcome, call_back_at, at, by)
    tries, limits = _tries(flag, by), outreach.limits_on(timezone.localdate())
    speaks_against = _policy(flag, channel, outcome, tries, limits, at, by)
    if speaks_against and not (anyway and note.strip()):
        raise CannotTry(
            f"{' '.join(speaks_against)} If it happened all the same, tick \u201cIt happened all the same\u201d and say why."
        )
    one = _keep(
        flag,
        tries,
        limits,
        speaks_against,
        by,
        channel=channel,
        outcome=outcome,
        call_back_at=call_back_at,
        note=note.strip(),
        at=at,
    )
    if one.state in ENDS:
        _take_off(flag, one.state, [*tries, one], by)
    return one


@audited
def note_from_visit(*, flag, outcome, by):
    """The call of a visit as a try. It has been made: what the policy says against it is noted, and it does not count then."""
    found, at = _locked(flag, by), timezone.now()
    if found is None or found.status != Flag.Status.OPEN:
        record(event="outreach.not_noted", by=by, target=flag)
        return None
    flag = found
    tries, limits = _tries(flag, by), outreach.limits_on(timezone.localdate())
    speaks_against = _policy(flag, Channel.PHONE, outcome, tries, limits, at, by)
    one = _keep(flag, tries, limits, speaks_against, by, channel=Channel.PHONE, outcome=outcome, at=at)
    if one.state in ENDS:
        _take_off(flag, one.state, [*tries, one], by)
    return one


@audited
def snooze(*, flag, until, why="", by):
    """Off the list until a day. Raises CannotTry."""
    flag = _open_flag(flag, by)
    today = today_at(flag.pharmacy)
    if not today < until <= today + LONGEST_SNOOZE:
        raise CannotTry(f"A flag is put off until a day within {LONGEST_SNOOZE.days} days from tomorrow on.")
    _end_snooze(flag, by)
    one = Snooze.objects.create(
        payer_id=flag.payer_id, pharmacy_id=flag.pharmacy_id, flag=flag, until=until, why=why.strip(), by=by
    )
    record(event="flag.snoozed", by=by, target=flag, detail={"until": until.isoformat()})
    return one


@audited
def wake(*, flag, by):
    """Back on the list at once."""
    _end_snooze(flag, by)
    record(event="flag.woken", by=by, target=flag)
    return flag


def _end_snooze(flag, by):
    for old in Snooze.objects.visible_to(by).filter(flag=flag, ended_at=None).select_for_update():
        old.ended_at = timezone.now()
        old.save(update_fields=["ended_at"])


def _open_flag(flag, by):
    """The flag, locked: two colleagues who log a try at once do it one after the other."""
    found = _locked(flag, by)
    if found is None:
        raise CannotTry("This patient is no longer at your pharmacy.")
    if found.status != Flag.Status.OPEN:
        raise CannotTry(f"This flag is {found.get_status_display().lower()}. Put it back on the list first.")
    return found


def _locked(flag, by):
    rows = Flag.objects.visible_to(by).select_related("patient", "pharmacy").filter(pk=flag.pk)
    return rows.select_for_update(of=("self",)).first()


def _check(flag, outcome, call_back_at, at, by):
    if flag.patient.person.died_on or everyday.death_of(by, patient=flag.patient):
        raise CannotTry("The patient is reported dead: nobody calls.")
    if at > timezone.now() + timedelta(minutes=5):
        raise CannotTry("A try is logged when it has been made.")
    if (outcome == Outcome.CALL_BACK) != (call_back_at is not None):
        raise CannotTry("Say when to call back, and only when that was asked for.")
    if call_back_at is not None and not at < call_back_at <= at + timedelta(days=90):
        raise CannotTry("The call back lies between now and 90 days from now.")


def _policy(flag, channel, outcome, tries, limits, at, by):
    consents = {each.kind: each.is_given for each in chart.consents(by, patient=flag.patient)}
    quiet = outreach.quiet(at, state=flag.patient.person.state, fallback=flag.pharmacy.time_zone, limits=limits)
    return outreach.against(
        channel=channel,
        outcome=outcome,
        consents=consents,
        quiet_words=quiet,
        last_state=outreach.state_of(tries),
    )


def _tries(flag, by):
    return list(OutreachTry.objects.visible_to(by).filter(flag=flag).order_by("number"))


def _keep(flag, tries, limits, speaks_against, by, *, outcome, at, call_back_at=None, **facts):
    zone, before = ZoneInfo(flag.pharmacy.time_zone), outreach.state_of(tries)
    leads_to = outreach.lead(
        tries=tries,
        outcome=outcome,
        on=at.astimezone(zone).date(),
        is_against=bool(speaks_against),
        call_back_on=call_back_at.astimezone(zone).date() if call_back_at else None,
        limits=limits,
    )
    if leads_to.state not in TRANSITIONS[before]:
        raise CannotTry(f"From \u201c{before.label}\u201d there is no way to \u201c{leads_to.state.label}\u201d.")
    one = OutreachTry.objects.create(
        payer_id=flag.payer_id,
        pharmacy_id=flag.pharmacy_id,
        patient_id=flag.patient_id,
        flag=flag,
        number=len(tries) + 1,
        outcome=outcome,
        from_state=before,
        state=leads_to.state,
        counts=leads_to.counts,
        next_on=leads_to.next_on,
        call_back_at=call_back_at,
        against_policy=" ".join(speaks_against)[:400],
        at=at,
        by=by,
        **facts,
    )
    detail = {"outcome": outcome, "state": leads_to.state, "number": one.number}
    record(event="outreach.tried", by=by, target=one, detail=detail)
    return one


def _take_off(flag, state, tries, by):
    """With the reason that quality data understand; it is back when claims change."""
    zone = flag.pharmacy.time_zone
    counted = [each for each in outreach.the_round(tries[:-1]) if each.counts] + tries[-1:]
    said = "; ".join(f"{each.at.astimezone(ZoneInfo(zone)):%-d %b}: {outreach.words(each, zone)}" for each in counted)
    flags.dismiss(flag=flag, reason=ENDS[state], until=None, note=said[:400], by=by)

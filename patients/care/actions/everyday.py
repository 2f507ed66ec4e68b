"""Facts of everyday use: recorded, replaced, ended; and a death, which can be taken back."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from patients.flags import actions as flags
from patients.flags.models import Flag
from patients.models import DeathChange, DeathReport, EverydayFact

from ..answers import cleaned
from ..everyday import KINDS, death_of
from ..place import payer_of, today_at

Status = DeathReport.Status


class CannotRecord(Exception):
    """The sentence says why."""


class Incomplete(CannotRecord):
    """`missing` holds a Missing for everything that is not right."""

    def __init__(self, missing):
        self.missing = tuple(missing)
        super().__init__(" ".join(each.sentence for each in self.missing))


@audited
def record_fact(*, patient, pharmacy, kind, details, replaces=None, by):
    """A fact; of a kind that a patient has once, the one before ends, else the one that it `replaces`.

    Raises Incomplete, UnknownAnswer, CannotRecord, CannotDocument.
    """
    if kind not in KINDS:
        raise CannotRecord("There is no such kind of fact.")
    form = KINDS[kind]
    details = cleaned(form, details)
    if missing := form.missing(details):
        raise Incomplete(missing)
    patient, payer_id = patient.person, payer_of(patient, pharmacy, by)
    live = EverydayFact.objects.visible_to(by).filter(
        patient__in=patient.records, pharmacy=pharmacy, kind=kind, ended_at=None
    )
    before = live if not form.is_several else live.filter(pk=replaces.pk) if replaces else live.none()
    for old in before.select_for_update(of=("self",)):
        _end(old, by)
    try:
        with transaction.atomic():
            fact = EverydayFact.objects.create(
                payer_id=payer_id, patient=patient, pharmacy=pharmacy, kind=kind, details=details, recorded_by=by
            )
    except IntegrityError:
        raise CannotRecord("A colleague recorded the same just now. Load the page again.") from None
    record(event="fact.recorded", by=by, target=fact, detail={"kind": kind})
    return fact


@audited
def end_fact(*, fact, by):
    """It holds no more; it stays in the history."""
    fact = EverydayFact.objects.visible_to(by).select_for_update(of=("self",)).get(pk=fact.pk)
    if fact.ended_at is None:
        _end(fact, by)
    record(event="fact.ended", by=by, target=fact, detail={"kind": fact.kind})
    return fact


@audited
def report_death(*, patient, pharmacy, told_by, died_on=None, by):
    """Somebody says that the patient died: from now on nobody calls, and the flags leave the list. Raises CannotRecord."""
    patient = patient.person
    if not told_by.strip():
        raise CannotRecord("Say who told you.")
    if died_on is not None and (died_on > today_at(pharmacy) or (patient.born_on and died_on < patient.born_on)):
        raise CannotRecord("The day of death lies between birth and today.")
    if death_of(by, patient=patient) is not None:
        raise CannotRecord("The death is reported already.")
    try:
        with transaction.atomic():
            report = DeathReport.objects.create(
                payer_id=payer_of(patient, pharmacy, by),
                patient=patient,
                pharmacy=pharmacy,
                told_by=told_by.strip(),
                died_on=died_on,
                reported_by=by,
            )
    except IntegrityError:
        raise CannotRecord("The death is reported already.") from None
    _note(report, "", "", by)
    for flag in _flags(patient, pharmacy, by).filter(status=Flag.Status.OPEN):
        flags.dismiss(flag=flag, reason=Flag.Dismissal.DECEASED, until=None, note="", by=by)
    record(event="death.reported", by=by, target=report)
    return report


@audited
def confirm_death(*, report, how, by):
    """A pharmacist is sure. Raises CannotRecord."""
    if not how.strip():
        raise CannotRecord("Say how you know.")
    return _move(report, Status.CONFIRMED, how, by)


@audited
def withdraw_death(*, report, why, by):
    """It was a mistake: flags that it took off the list are back on it. Raises CannotRecord."""
    if not why.strip():
        raise CannotRecord("Say why it was a mistake.")
    report = _move(report, Status.WITHDRAWN, why, by)
    taken_off = _flags(report.patient, report.pharmacy, by).filter(
        status=Flag.Status.DISMISSED, dismissal=Flag.Dismissal.DECEASED
    )
    for flag in taken_off:
        flags.reopen(flag=flag, by=by)
    return report


def _flags(patient, pharmacy, by):
    return Flag.objects.visible_to(by).filter(patient__in=patient.records, pharmacy=pharmacy).order_by("pk")


def _end(fact, by):
    fact.ended_by, fact.ended_at = by, timezone.now()
    fact.save(update_fields=["ended_by", "ended_at"])


def _move(report, to, why, by):
    report = (
        DeathReport.objects.visible_to(by)
        .select_related("patient", "pharmacy")
        .select_for_update(of=("self",))
        .get(pk=report.pk)
    )
    if to not in DeathReport.TRANSITIONS[report.status]:
        raise CannotRecord(f"The report is {report.get_status_display().lower()} already.")
    before, report.status = report.status, to
    report.save(update_fields=["status"])
    _note(report, before, why, by)
    record(event=f"death.{to}", by=by, target=report)
    return report


def _note(report, before, why, by):
    DeathChange.objects.create(
        payer_id=report.payer_id,
        pharmacy_id=report.pharmacy_id,
        report=report,
        from_status=before,
        to_status=report.status,
        why=why.strip(),
        by=by,
    )

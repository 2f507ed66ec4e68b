"""Documenting a service: start, save as typed, complete, discard; and what a patient agreed to."""

from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from patients.claims.models import DoseGiven, Reading, ServiceGiven
from patients.flags import actions as flags
from patients.flags.models import Flag
from patients.models import Consent

from .. import bill, protocols
from ..answers import cleaned
from ..chart import chart_facts
from ..everyday import death_of
from ..models import Encounter, EncounterChange
from ..place import CannotDocument, payer_of, today_at
from ..protocol import Missing, day
from ..shelf import setting_of
from . import outreach, plan, stock

Status = Encounter.Status


class StaleRevision(CannotDocument):
    """Somebody saved since this form was opened."""


class NotComplete(CannotDocument):
    """`missing` holds a Missing for everything that is needed still."""

    def __init__(self, missing):
        self.missing = tuple(missing)
        super().__init__(" ".join(each.sentence for each in self.missing))


@audited
def start(*, patient, pharmacy, protocol, flag=None, by):
    """A draft of that protocol (a code) for the patient, filled in from claims; the open one, if there is one already, under
    whichever id of the person it was begun.

    Raises CannotDocument, and UnknownProtocol.
    """
    form, patient = protocols.find(protocol), patient.person
    if death_of(by, patient=patient) is not None:
        raise CannotDocument("The patient is reported dead. If that was a mistake, take it back in the chart first.")
    if flag is not None and not (flag.patient_id in patient.records and flag.pharmacy_id == pharmacy.pk):
        raise CannotDocument("That flag is about another patient.")
    payer_id = flag.payer_id if flag is not None else payer_of(patient, pharmacy, by)
    drafts = Encounter.objects.visible_to(by).filter(
        patient__in=patient.records, pharmacy=pharmacy, protocol=protocol, status=Status.DRAFT
    )
    encounter = drafts.order_by("-saved_at", "-id").first() or _new_draft(
        drafts, form, patient, pharmacy, payer_id, flag, by
    )
    if encounter.flag_id is None and flag is not None and encounter.payer_id == flag.payer_id:
        encounter.flag = flag
        encounter.save(update_fields=["flag"])
    record(event="encounter.started", by=by, target=encounter, detail={"protocol": protocol})
    return encounter


@audited
def save(*, encounter, answers, revision, by):
    """Keeps the answers as typed. A draft may be incomplete; unknown fields and other shapes are refused.

    Raises StaleRevision when somebody saved since `revision`, CannotDocument for what is not a draft any more, UnknownAnswer.
    """
    encounter = _locked(encounter, by)
    _check_is_draft(encounter)
    if encounter.revision != revision:
        raise StaleRevision(
            "This visit was changed in another window or by a colleague since you opened it. "
            "Load it again to see what stands there; what you typed last is not saved."
        )
    protocol = protocols.find(encounter.protocol)
    answers = protocol.fill(encounter.answers, cleaned(protocol, answers), setting_of(encounter, by))
    encounter.answers = {name: value for name, value in answers.items() if value}
    encounter.service_on = day(encounter.answers.get("service_on")) or encounter.service_on
    encounter.revision += 1
    encounter.saved_at = timezone.now()
    encounter.save(update_fields=["answers", "service_on", "revision", "saved_at"])
    record(event="encounter.saved", by=by, target=encounter, detail={"revision": encounter.revision})
    return encounter


@audited
def complete(*, encounter, by):
    """Freezes the visit; if the service took place, notes it, closes its flag and opens its service claim.

    Completed already: gives it back. Raises NotComplete with what is missing, CannotDocument for a discarded one, CannotBill.
    """
    encounter = _locked(encounter, by)
    if encounter.status == Status.COMPLETED:
        record(event="encounter.asked_again", by=by, target=encounter)
        return encounter
    _check_is_draft(encounter)
    protocol = protocols.find(encounter.protocol)
    missing = protocol.missing(encounter.answers, today=today_at(encounter.pharmacy), setting=setting_of(encounter, by))
    if missing:
        raise NotComplete(missing)
    encounter.completed_by, encounter.completed_at = by, timezone.now()
    encounter.result = protocol.result(encounter.answers, encounter.service_on)
    _move(encounter, Status.COMPLETED, by)
    attempt = protocol.attempt(encounter.answers)
    if attempt and encounter.flag is not None:
        outreach.note_from_visit(flag=encounter.flag, outcome=attempt, by=by)
    claim = _what_follows(encounter, protocol, by) if protocol.given(encounter.answers) else None
    detail = {"protocol": encounter.protocol, "claim": claim.number if claim else ""}
    record(event="encounter.completed", by=by, target=encounter, detail=detail)
    return encounter


@audited
def discard(*, encounter, by):
    """Throws a draft away; `restore` brings it back. Raises CannotDocument for a completed one."""
    encounter = _locked(encounter, by)
    _check_is_draft(encounter)
    _move(encounter, Status.DISCARDED, by)
    record(event="encounter.discarded", by=by, target=encounter)
    return encounter


@audited
def restore(*, encounter, by):
    """Brings a discarded draft back. Raises CannotDocument when another draft of the same kind was begun meanwhile."""
    encounter = _locked(encounter, by)
    if encounter.status != Status.DISCARDED:
        raise CannotDocument("Only a discarded visit can be brought back.")
    same = {"pharmacy": encounter.pharmacy_id, "protocol": encounter.protocol, "status": Status.DRAFT}
    if Encounter.objects.visible_to(by).filter(patient__in=encounter.patient.records, **same).exists():
        raise CannotDocument("A new draft of the same kind was begun meanwhile. Discard that one first.")
    _move(encounter, Status.DRAFT, by)
    record(event="encounter.restored", by=by, target=encounter)
    return encounter


@audited
def record_consent(*, patient, pharmacy, kind, is_given, since, by):
    """What the patient said, from a day on; the answer of the same kind before it ends. Raises CannotDocument."""
    if since > today_at(pharmacy):
        raise CannotDocument("A consent is recorded when it is given, not before.")
    patient, payer_id = patient.person, payer_of(patient, pharmacy, by)
    before = Consent.objects.visible_to(by).filter(
        patient__in=patient.records, pharmacy=pharmacy, kind=kind, until=None
    )
    for old in before.select_for_update():
        old.until = max(old.since, since)
        old.save(update_fields=["until"])
    consent = Consent.objects.create(
        payer_id=payer_id, patient=patient, pharmacy=pharmacy, kind=kind, is_given=is_given, since=since, recorded_by=by
    )
    record(event="consent.recorded", by=by, target=consent, detail={"kind": kind, "is_given": is_given})
    return consent


def _new_draft(drafts, form, patient, pharmacy, payer_id, flag, by):
    """A new draft; or the one that a colleague began in the same moment."""
    facts = chart_facts(by, patient=patient, payer_id=payer_id, flag=flag, today=today_at(pharmacy))
    try:
        with transaction.atomic():
            encounter = Encounter.objects.create(
                payer_id=payer_id,
                pharmacy=pharmacy,
                patient=patient,
                flag=flag,
                protocol=form.code,
                answers={name: value for name, value in form.prefill(facts).items() if value},
                service_on=facts.today,
                started_by=by,
            )
    except IntegrityError:
        return drafts.get(patient=patient)
    _note_change(encounter, "", by)
    return encounter


def _what_follows(encounter, protocol, by):
    """The service is on record for rules that look at recent contacts, its flag is closed, its claim is open."""
    mine = {name: getattr(encounter, name) for name in ("payer_id", "patient_id", "pharmacy_id")}
    mine["encounter_ref"] = encounter.public_id
    ServiceGiven.objects.create(protocol=encounter.protocol, given_on=encounter.service_on, **mine)
    Reading.objects.bulk_create(
        Reading(measured_on=encounter.service_on, **mine, **asdict(each))
        for each in protocol.measured(encounter.answers, encounter.result)
    )
    for each in protocol.planned(encounter.answers):
        plan.open_from_visit(encounter=encounter, planned=each, by=by)
    if dose := protocol.dose(encounter.answers):
        _give(encounter, dose, mine, by)
    if encounter.flag is not None and Flag.Status.CLOSED in Flag.TRANSITIONS[encounter.flag.status]:
        flags.resolve(flag=encounter.flag, why=f"{protocol.title} completed.", by=by)
    return bill.open_claim(encounter=encounter, by=by)


def _give(encounter, dose, mine, by):
    """The dose is on record, and counted off its lot; one that was recalled or used up meanwhile takes the visit back."""
    patient = encounter.patient.person
    who = {"patient_name": patient.name, "born_on": patient.born_on, "phone": patient.phone}
    DoseGiven.objects.create(given_on=encounter.service_on, **dose, **who, **mine)
    try:
        stock.give(
            pharmacy=encounter.pharmacy, dose=dose, on=encounter.service_on, encounter_ref=encounter.public_id, by=by
        )
    except stock.CannotChangeStock as why:
        raise NotComplete([Missing(field="lot", sentence=str(why))]) from None


def _locked(encounter, by):
    """The visit as it is now, locked; a completed one is frozen, and PostgreSQL locks it for nobody: it is read alone."""
    rows = Encounter.objects.visible_to(by).select_related("patient", "pharmacy", "flag").filter(pk=encounter.pk)
    return rows.select_for_update(of=("self",)).first() or rows.get()


def _check_is_draft(encounter):
    if encounter.status != Status.DRAFT:
        raise CannotDocument(f"This visit is {encounter.get_status_display().lower()} and cannot be changed.")


def _move(encounter, to, by):
    if to not in Encounter.TRANSITIONS[encounter.status]:
        raise CannotDocument(
            f"A {encounter.get_status_display().lower()} visit cannot become {Status(to).label.lower()}."
        )
    before, encounter.status = encounter.status, to
    encounter.save(update_fields=["status", "result", "completed_by", "completed_at"])
    _note_change(encounter, before, by)


def _note_change(encounter, before, by):
    EncounterChange.objects.create(
        pharmacy_id=encounter.pharmacy_id,
        payer_id=encounter.payer_id,
        encounter=encounter,
        by=by,
        from_status=before,
        to_status=encounter.status,
    )

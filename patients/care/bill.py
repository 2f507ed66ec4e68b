"""The one place where an encounter becomes a service claim. Below here billing sees a frozen snapshot and no chart."""

from django.db.models import Q

from patients.models import Coverage, Member
from patients.programs.models import Enrolment
from pharmacies import models as supply
from pharmacies.billing import actions as billing
from pharmacies.billing.actions import CannotBill
from pharmacies.billing.models import PersonIdentity, ServiceClaim
from pharmacies.billing.snapshot import (
    ClaimSnapshot,
    CoverageFacts,
    CredentialFacts,
    Documentation,
    PatientFacts,
    PharmacyFacts,
    Rendering,
    VaccineFacts,
)

from . import protocols
from .models import Encounter

PHARMACY = ("npi", "name", "street", "city", "state", "zip", "phone")
CREDENTIAL = getattr(supply, "Credential", None)


def open_claim(*, encounter, by):
    """Opens the service claim of a completed encounter, or gives the one that there is; None when it has nothing to bill.

    Runs inside the caller's transaction. Raises CannotBill.
    """
    coverage = coverage_of(encounter, by)
    lines = protocols.find(encounter.protocol).lines(
        encounter.answers, coverage.line_of_business if coverage else last_line_of_business(encounter, by)
    )
    if not lines:
        return None
    return billing.open_claim(snapshot=snapshot_of(encounter, coverage, lines, by), by=by)


def send_again(*, claim, by):
    """A held claim once more, with what is known about the patient's cover now; its services stay. Raises CannotBill."""
    encounter = Encounter.objects.visible_to(by).filter(public_id=claim.encounter_ref).first()
    if encounter is None or encounter.status != Encounter.Status.COMPLETED:
        return billing.resubmit(claim=claim, by=by)
    coverage = coverage_of(encounter, by)
    lines = tuple(claim.lines.order_by("line_number").values_list("code", "units"))
    return billing.resubmit(claim=claim, snapshot=snapshot_of(encounter, coverage, lines, by), by=by)


def correct(*, claim, units, note="", by):
    """A correction of a claim that was decided, of what is known now. `units`: line number -> units, 0 leaves the line out;
    `note`: what the payer is told with it.

    Raises CannotBill.
    """
    encounter = Encounter.objects.visible_to(by).filter(public_id=claim.encounter_ref).first()
    if encounter is None:
        raise CannotBill("The visit of this claim cannot be seen any more, so nothing can be corrected.")
    coverage = coverage_of(encounter, by)
    lines = [(x.code, units.get(x.line_number, x.units)) for x in claim.lines.order_by("line_number")]
    lines = tuple((code, count) for code, count in lines if count)
    if not lines:
        raise CannotBill("Nothing is left to bill. If the service did not take place, void the claim.")
    return billing.correct(claim=claim, snapshot=snapshot_of(encounter, coverage, lines, by), note=note, by=by)


def claim_of(who, encounter):
    """The newest service claim of an encounter that is no mere void, or None."""
    claims = ServiceClaim.objects.visible_to(who).filter(encounter_ref=encounter.public_id)
    return claims.exclude(frequency=ServiceClaim.Frequency.VOID).order_by("-pk").first()


def coverage_of(encounter, who):
    """The payer's span of cover that contains the day of service, the latest where several do; None where there is none."""
    day = encounter.service_on
    spans = _spans(encounter, who).filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)
    return spans.order_by("-starts_on", "-id").first()


def last_line_of_business(encounter, who):
    """What the payer's newest span says, for a claim that will be held for want of cover; '' where there is none."""
    newest = _spans(encounter, who).order_by("-starts_on", "-id").first()
    return newest.line_of_business if newest else ""


def _spans(encounter, who):
    return Coverage.objects.visible_to(who).filter(payer_id=encounter.payer_id, patient__in=encounter.patient.records)


def snapshot_of(encounter, coverage, lines, by):
    """The frozen facts of the service. The person who completed it is the one who rendered it. Whom a former record is about is
    told as the payer knows them today; the claim keeps the record's reference."""
    protocol, patient, pharmacy = protocols.find(encounter.protocol), encounter.patient.person, encounter.pharmacy
    completer = encounter.completed_by or by
    place = completer.membership_at(encounter.pharmacy_id)
    member = Member.objects.visible_to(by).filter(payer_id=encounter.payer_id, patient=patient).first()
    vaccine = protocol.vaccine(encounter.answers)
    return ClaimSnapshot(
        encounter_ref=encounter.public_id,
        payer_id=encounter.payer_id,
        patient=PatientFacts(
            ref=encounter.patient.public_id,
            name=patient.name,
            born_on=patient.born_on,
            sex=patient.sex,
            member_id=member.id_now if member else "",
            died_on=patient.died_on,
            street=patient.address,
            city=patient.city,
            state=patient.state,
            zip=patient.zip,
        ),
        coverage=coverage and _cover(coverage),
        pharmacy=PharmacyFacts(id=pharmacy.pk, **{name: getattr(pharmacy, name) for name in PHARMACY}),
        rendering=Rendering(
            name=completer.name,
            role=place.get_role_display() if place else "",
            **_named_in_claims(pharmacy, completer, by),
        ),
        protocol=encounter.protocol,
        service_on=encounter.service_on,
        documentation=Documentation(
            completed=encounter.status == Encounter.Status.COMPLETED,
            minutes=protocol.minutes(encounter.answers),
            vaccine=VaccineFacts(**vaccine) if vaccine else None,
        ),
        credentials=_papers(pharmacy, completer, by),
        client=coverage.client.code if coverage and coverage.client else "",
        program=_program(encounter, by),
        lines=tuple(lines),
    )


def _named_in_claims(pharmacy, person, by):
    """The NPI of whoever served, with the name and taxonomy beside it; nothing where none is recorded."""
    found = PersonIdentity.objects.visible_to(by).filter(pharmacy=pharmacy, person=person.pk)
    return found.values("npi", "last_name", "first_name", "taxonomy").first() or {}


def _papers(pharmacy, person, by):
    """What is on record of the pharmacy and of whoever served, expired papers too: an edit says which counts."""
    if CREDENTIAL is None:
        return ()
    papers = CREDENTIAL.objects.visible_to(by).filter(Q(person=None) | Q(person=person.pk), pharmacy=pharmacy)
    names = ("kind", "number", "state", "since", "until")
    return tuple(
        CredentialFacts(is_persons=paper.person_id is not None, **{name: getattr(paper, name) for name in names})
        for paper in papers.order_by("kind", "since", "pk")
    )


def _program(encounter, by):
    """The code of the programme in which the patient was enrolled here on the day. Before they were, that of the first
    that enrolled them here later and ran on the day: the member is the same, and so is the invoice. Else ''."""
    day = encounter.service_on
    here = Enrolment.objects.visible_to(by).filter(
        payer=encounter.payer_id, pharmacy=encounter.pharmacy_id, patient__in=encounter.patient.records
    )
    ran = here.filter(Q(program__until=None) | Q(program__until__gte=day), program__since__lte=day)
    later = ran.filter(days__startswith__gt=day).order_by("days__startswith", "pk")
    enrolled = here.filter(days__contains=day).order_by("-pk")
    found = (
        enrolled.values_list("program__code", flat=True).first()
        or later.values_list("program__code", flat=True).first()
    )
    return found or ""


def _cover(coverage):
    names = ("plan", "contract", "pbp", "line_of_business", "starts_on", "ends_on")
    return CoverageFacts(**{name: getattr(coverage, name) for name in names})

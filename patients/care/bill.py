"""The one place where an encounter becomes a service claim. Below here billing sees a frozen snapshot and no chart."""

from django.db.models import Q

from patients.models import Coverage, Member
from pharmacies.billing import actions as billing
from pharmacies.billing.models import ServiceClaim
from pharmacies.billing.snapshot import (
    ClaimSnapshot,
    CoverageFacts,
    Documentation,
    PatientFacts,
    PharmacyFacts,
    Rendering,
    VaccineFacts,
)

from . import protocols
from .models import Encounter


def open_claim(*, encounter, by):
    """Opens the service claim of a completed encounter, or gives the one that there is; None when it has nothing to bill.

    Runs inside the caller's transaction. Raises CannotBill.
    """
    coverage = coverage_on(by, payer_id=encounter.payer_id, patient_id=encounter.patient_id, day=encounter.service_on)
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
    coverage = coverage_on(by, payer_id=encounter.payer_id, patient_id=encounter.patient_id, day=encounter.service_on)
    lines = tuple(claim.lines.order_by("line_number").values_list("code", "units"))
    return billing.resubmit(claim=claim, snapshot=snapshot_of(encounter, coverage, lines, by), by=by)


def claim_of(who, encounter):
    """The service claim of an encounter, or None."""
    return ServiceClaim.objects.visible_to(who).filter(encounter_ref=encounter.public_id).first()


def coverage_on(who, *, payer_id, patient_id, day):
    """The payer's span of cover that contains the day, the latest where several do; None where there is none."""
    spans = Coverage.objects.visible_to(who).filter(payer_id=payer_id, patient_id=patient_id, starts_on__lte=day)
    return spans.filter(Q(ends_on=None) | Q(ends_on__gte=day)).order_by("-starts_on", "-id").first()


def last_line_of_business(encounter, who):
    """What the payer's newest span says, for a claim that will be held for want of cover; '' where there is none."""
    spans = Coverage.objects.visible_to(who).filter(payer_id=encounter.payer_id, patient_id=encounter.patient_id)
    newest = spans.order_by("-starts_on", "-id").first()
    return newest.line_of_business if newest else ""


def snapshot_of(encounter, coverage, lines, by):
    """The frozen facts of the service. The person who completed it is the one who rendered it."""
    protocol, patient, pharmacy = protocols.find(encounter.protocol), encounter.patient, encounter.pharmacy
    completer = encounter.completed_by or by
    place = completer.membership_at(encounter.pharmacy_id)
    member = Member.objects.visible_to(by).filter(payer_id=encounter.payer_id, patient=patient).first()
    vaccine = protocol.vaccine(encounter.answers)
    return ClaimSnapshot(
        encounter_ref=encounter.public_id,
        payer_id=encounter.payer_id,
        patient=PatientFacts(
            ref=patient.public_id,
            name=patient.name,
            born_on=patient.born_on,
            sex=patient.sex,
            member_id=member.member_id if member else "",
        ),
        coverage=coverage and _cover(coverage),
        pharmacy=PharmacyFacts(id=pharmacy.pk, npi=pharmacy.npi, name=pharmacy.name),
        rendering=Rendering(name=completer.name, role=place.get_role_display() if place else ""),
        protocol=encounter.protocol,
        service_on=encounter.service_on,
        documentation=Documentation(
            completed=encounter.status == Encounter.Status.COMPLETED,
            minutes=protocol.minutes(encounter.answers),
            vaccine=VaccineFacts(**vaccine) if vaccine else None,
        ),
        lines=tuple(lines),
    )


def _cover(coverage):
    names = ("plan", "contract", "pbp", "line_of_business", "starts_on", "ends_on")
    return CoverageFacts(**{name: getattr(coverage, name) for name in names})

"""What the demo's story does not tell, for the pictures: a draft of each protocol, a claim in each state, and their kin."""

from datetime import timedelta
from io import BytesIO
from itertools import cycle

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from carecoord.kernel.accounts.actions import invitations
from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.tenancy.context import acting_as, logged_in
from patients.care import actions as care
from patients.care import bill, protocols
from patients.care.actions import everyday
from patients.care.models import Encounter
from patients.models import Patient
from pharmacies.billing import actions as billing
from pharmacies.billing import adjudicate, invoicing
from pharmacies.billing.formats import actions as received
from pharmacies.billing.formats import files
from pharmacies.billing.models import ServiceClaim
from pharmacies.billing.reasons import Cut
from pharmacies.models import Pharmacy

from .counter import PRESSURE, READINGS
from .people import password

STATES = (
    "held", "pended", "approved", "in_part", "denied", "noticed", "to_correct", "replaced", "to_void", "withdrawn", "voided",
)  # fmt: skip
DAYS_BACK = 60


def fill():
    """Once in each demo: the pages then have each of their states to show."""
    alice, erin, olive = (User.objects.get(email=f"{name}@demo.example") for name in ("alice", "erin", "olive"))
    with acting_as(alice.scope):
        if Encounter.objects.visible_to(alice).filter(status=Encounter.Status.DRAFT).exists():
            return
        pharmacy = Pharmacy.objects.get(pk=alice.membership.organisation_id)
        patients = list(Patient.objects.visible_to(alice).filter(died_on=None).order_by("-pk"))
        here = {"pharmacy": pharmacy, "by": alice}
        for code in protocols.every():
            care.start(protocol=code, patient=patients[0], **here)
        everyday.report_death(patient=patients[1], told_by="Her daughter, by telephone", **here)
        claims = _claims(patients[2:], here)
    with acting_as(erin.scope):
        paid = _decide(claims, erin)
    with acting_as(alice.scope):
        for state in ("to_correct", "replaced"):
            bill.correct(claim=claims[state], units={}, note="The reading was entered late.", by=alice)
        for state in ("to_void", "withdrawn"):
            billing.void(claim=claims[state], reason="It was another member.", by=alice)
        claims["voided"].refresh_from_db()
        billing.void(claim=claims["voided"], reason="It did not happen.", by=alice)
        text = files.as_835(paid, alice).data
        received.load(stream=BytesIO(text), file_name="remittance.835", **here)
    with acting_as(erin.scope):
        over = [claims["withdrawn"], claims["replaced"]]
        adjudicate.approve(claims=list(ServiceClaim.objects.visible_to(erin).filter(replaces__in=over)), by=erin)
    with acting_as(olive.scope):
        invitation = invitations.invite(
            organisation=olive.membership.organisation, email="nora@demo.example", name="Nora New", role="technician",
            since=timezone.localdate(), by=olive,
        )  # fmt: skip
        invitations.sent(invitation=invitation, by=olive)
    _somebody_with_a_second_factor(pharmacy.organisation)


def _somebody_with_a_second_factor(organisation):
    """Sam, who is not among those who are printed: nobody else of the demo is asked for a code."""
    with logged_in("owner"), transaction.atomic():
        sam = User.objects.create(email="sam@demo.example", name="Sam Sorrel", password=make_password(password()))
        Membership.objects.create(user=sam, organisation=organisation, role="technician", since=timezone.localdate())
        TOTP.activate(sam, generate_totp_secret())


def _claims(patients, here):
    """state -> ServiceClaim of a blood pressure check, each on a day of its own: a small demo has few patients."""
    numbers = {}
    for n, (upper, lower) in enumerate(READINGS, start=1):
        numbers |= {f"systolic_{n}": upper, f"diastolic_{n}": lower} | ({f"minutes_{n}": "2"} if n > 1 else {})
    made = []
    for back, patient in zip(range(1, DAYS_BACK), cycle(patients), strict=False):
        visit = care.start(protocol="bp_check", patient=patient, **here)
        day = {"service_on": (timezone.localdate() - timedelta(days=back)).isoformat()}
        answers = visit.answers | PRESSURE | numbers | day
        visit = care.save(encounter=visit, answers=answers, revision=visit.revision, by=here["by"])
        claim = bill.claim_of(here["by"], care.complete(encounter=visit, by=here["by"]))
        if claim is not None and claim.status == ServiceClaim.Status.SUBMITTED:
            made.append(claim)
        if len(made) == len(STATES):
            break
    return dict(zip(STATES, made, strict=True))


def _decide(claims, by):
    """As Erin: every decision that a claim can meet. Returns the remittance."""
    today = timezone.localdate()
    for state in ("held", "voided"):
        adjudicate.send_back(claim=claims[state], reason="Which arm was it?", by=by)
    until = today + timedelta(days=10)
    adjudicate.pend(claim=claims["pended"], wait="review", until=until, reason="A second look at the visit.", by=by)
    cut = Cut(group="CO", carc="45", rarc="", cents=500)
    adjudicate.approve_in_part(claim=claims["in_part"], approved={1: 1000}, cuts={1: [cut]}, by=by)
    adjudicate.deny(claim=claims["denied"], carc="16", rarc="MA61", reason="The member id is not ours.", by=by)
    to_pay = [claims[state] for state in ("noticed", "to_correct", "replaced", "to_void", "withdrawn")]
    adjudicate.approve(claims=[claims["approved"], *to_pay], by=by)
    (remittance,) = adjudicate.pay(claims=to_pay, paid_on=today, by=by)
    adjudicate.recoup(claim=claims["noticed"], amount_cents=500, reason="Paid twice by mistake.", by=by)
    row = invoicing.to_invoice(by, today)[0]
    invoicing.issue(payer_id=row.payer_id, client=row.client, program=row.program, month=today, by=by)
    return remittance

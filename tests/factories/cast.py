"""The fixed cast. Alice and Bob share Ash Street Pharmacy, Charlie has Birch Road Pharmacy; Dana and Erin work at the PBM, which
serves payer A alone; Frank's system feeds for payer A, Gus's for payer B; Grace leads the network; Vera audits at the PBM.

`cast.a` and `cast.b` hold one of everything for payer and pharmacy A and B. No id occurs twice in any table, so that a
stranger's flag is never my encounter; texts that may leak carry the canary of their side.
"""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

from django.utils import timezone
from psycopg.types.range import DateRange

from carecoord.kernel.accounts.models import ApiClient, Invitation, Membership, Organisation, ServedPayer, User
from carecoord.kernel.npi import check_digit
from carecoord.kernel.webhooks.models import AllowedHost, Attempt, Endpoint, EndpointHealth, Message
from patients.care.models import (
    Encounter,
    Goal,
    Intervention,
    LotChange,
    OutreachTry,
    PlanChange,
    Problem,
    Snooze,
    VaccineLot,
)
from patients.claims.models import (
    ConflictRuling,
    Delivery,
    DoseGiven,
    Fill,
    PersonRuling,
    PharmacyEvent,
    Reading,
    Upload,
)
from patients.flags.models import Flag
from patients.measures.models import MeasureResult, PatientCondition
from patients.models import Client, Coverage, DeathChange, DeathReport, EverydayFact, Member, Patient, PatientAccess
from patients.programs.models import Enrolment, MemberLetter, OptOut, Participation, Program
from patients.risk.models import RafScore, RiskModel, RiskScore
from pharmacies.billing.models import (
    BillingIdentity,
    PayerIdentity,
    PersonIdentity,
    ReceivedClaim,
    ReceivedRemittance,
    ServiceClaim,
    ServiceLine,
)
from pharmacies.models import (
    Contract,
    Credential,
    Fee,
    Network,
    NetworkMembership,
    PbmParticipation,
    Pharmacy,
    RuralUplift,
    ServiceAttestation,
)

from .snapshots import snapshot_of

PASSWORD = "correct horse battery staple"
LONG_AGO = date(2020, 1, 1)
Kind = Organisation.Kind


def make():
    """Everybody and everything, as the owner. Returns a namespace."""
    c, ids, rows = SimpleNamespace(), count(1_000_000), {}

    def new(model, **fields):
        if not model._meta.pk.is_relation:
            fields.setdefault("pk", next(ids))
        row = model(**fields)
        rows.setdefault(model, []).append(row)
        return row

    def organisation(kind, code, name):
        return new(Organisation, kind=kind, code=code, name=name)

    c.pbm = organisation(Kind.PBM, "northbridge", "Northbridge PBM")
    c.network = new(
        Network, organisation=organisation(Kind.NETWORK, "lantern", "Lantern Network"), name="Lantern Network"
    )
    c.contract = new(Contract, pbm=c.pbm, network=c.network, code="2020", title="Service contract", since=LONG_AGO)
    c.fees = [
        new(Fee, contract=c.contract, code=code, label=label, amount_cents=cents, since=LONG_AGO)
        for code, label, cents in [("99606", "Adherence call", 2500), ("90471", "Vaccine given", 2000)]
    ]
    new(RuralUplift, contract=c.contract, basis_points=0, since=LONG_AGO)
    c.program = new(
        Program,
        pbm=c.pbm,
        network=c.network,
        code="htn-dm",
        title="Medicare hypertension and diabetes",
        definition="medicare_htn_dm",
        since=LONG_AGO,
    )
    for side, name in [("a", "Ash Street Pharmacy"), ("b", "Birch Road Pharmacy")]:
        setattr(c, side, _side(c, new, organisation, side, name))
    new(ServedPayer, pbm=c.pbm, payer=c.a.payer)
    people = [
        ("alice", c.a.pharmacy.organisation, "pharmacist"), ("bob", c.a.pharmacy.organisation, "technician"),
        ("charlie", c.b.pharmacy.organisation, "pharmacist"), ("dana", c.pbm, "program"), ("erin", c.pbm, "claims"),
        ("grace", c.network.organisation, "network_lead"), ("vera", c.pbm, "auditor"), ("ada", c.pbm, "admin"),
    ]  # fmt: skip
    for name, where, role in people:
        user = new(User, email=f"{name}@example.org", name=name.title())
        new(Membership, user=user, organisation=where, role=role, since=LONG_AGO)
        setattr(c, name, user)
    for name, side in [("frank", c.a), ("gus", c.b)]:
        setattr(
            c,
            name,
            new(
                ApiClient,
                organisation=side.payer,
                name=f"{name}'s system",
                public_jwks={"keys": []},
                may_read_results=True,
            ),
        )
    for side, client in [(c.a, c.frank), (c.b, c.gus)]:
        mine = {"payer": side.payer, "client": client, "format": "tuva_csv", "part": side.canary}
        side.upload = new(Upload, file_name=f"{side.canary}.csv", **mine)
        _webhook(side, new, client)
    for side, user in [(c.a, c.alice), (c.b, c.charlie)]:
        _care(side, new, user, c)
    for model, made in rows.items():  # a model comes after those that it names
        model.objects.bulk_create(made)
    return c


def _webhook(s, new, client):
    """An endpoint that is switched off, so that no other test has one, with a message that failed."""
    mine = {"payer": s.payer}
    address = f"https://{s.canary}.example.com/hook"
    s.webhook = new(Endpoint, client=client, url=address, note=s.canary, is_on=False, off_because=s.canary, **mine)
    s.webhook_health = new(EndpointHealth, endpoint=s.webhook, **mine)
    s.webhook_host = new(AllowedHost, host=f"{s.canary}.example.com", note=s.canary, **mine)
    body = f'{{"type":"delivery.loaded","data":{{"id":"{s.canary}"}}}}'
    s.webhook_message = new(
        Message, endpoint=s.webhook, type="delivery.loaded", body=body, state="failed", ended_at=timezone.now(), **mine
    )
    s.webhook_attempt = new(Attempt, message=s.webhook_message, fault=s.canary, answer=s.canary, **mine)


def npi(number):
    """An invented NPI whose check digit holds."""
    nine = f"1{number:08d}"
    return nine + check_digit(nine)


def _side(c, new, organisation, side, name):
    canary, today = f"canary-{side}", timezone.localdate()
    s = SimpleNamespace(canary=canary, payer=organisation(Kind.PAYER, f"payer-{side}", f"Payer {side.upper()}"))
    s.pharmacy = new(
        Pharmacy, organisation=organisation(Kind.PHARMACY, f"pharmacy-{side}", name), npi=npi(10 + ord(side)), name=name,
        city="Lewisburg", state="WV", zip="24901", ruca=7,
    )  # fmt: skip
    new(NetworkMembership, network=c.network, pharmacy=s.pharmacy, since=LONG_AGO)
    new(PbmParticipation, pbm=c.pbm, pharmacy=s.pharmacy, since=LONG_AGO)
    s.client = new(Client, payer=s.payer, code=f"client-{side}", name=f"Client {side.upper()}")
    s.participation = new(Participation, payer=s.payer, program=c.program, client=s.client, since=LONG_AGO)
    s.patient = new(
        Patient,
        payer=s.payer,
        first_name="Pat",
        last_name=canary,
        search_name=f"{canary} pat",
        born_on=date(1950, 5, 5),
        sex="female",
        zip="24901",
    )
    mine = {"payer": s.payer, "patient": s.patient}
    s.member = new(Member, member_id=f"M-{canary}", **mine)
    s.coverage = new(
        Coverage,
        client=s.client,
        plan="H1234-001",
        contract="H1234",
        pbp="001",
        line_of_business="medicare",
        starts_on=LONG_AGO,
        **mine,
    )
    s.access = new(
        PatientAccess, pharmacy=s.pharmacy, reason="attribution", sentence="Six of seven fills.", since=LONG_AGO, **mine
    )
    s.enrolment = new(
        Enrolment,
        program=c.program,
        pharmacy=s.pharmacy,
        days=DateRange(LONG_AGO, None),
        reason="Six of seven fills.",
        **mine,
    )
    s.condition = new(
        PatientCondition, condition="hypertension", version="1", first_met_day=18000, last_seen_day=18000, **mine
    )
    s.delivery = new(
        Delivery,
        payer=s.payer,
        format="tuva_csv",
        kind="pharmacy_claim",
        file_name=f"{canary}.csv",
        stored_as=f"{canary}",
        sha256="0" * 64,
        size_bytes=1,
    )
    s.fill = new(
        Fill, event_id=1, day=18000, days_supply=30, ndc="00000000000", pharmacy=s.pharmacy, pharmacy_ref=canary, **mine
    )
    s.result = new(
        MeasureResult, measure="pdc_rasa", version="2026", year=today.year, as_of=today, denominator=True, numerator=False, covered_days=60,
        period_days=100, full_period_days=300, threshold_bp=8000, days_left=9, run_id=1, **mine,
    )  # fmt: skip
    s.risk_score = new(
        RiskScore, since=LONG_AGO, version="points.1", points=4, tier="low", lines=[["conditions", "Chronic conditions", 4, "1 x 4"]],
        evidence={"conditions": [[1, 18000, "hypertension"]]}, **mine,
    )  # fmt: skip
    s.raf_score = new(
        RafScore, payment_year=today.year, as_of=today, version="1", is_projected=False, blended_milli=395, rx_milli=78,
        **mine,
    )  # fmt: skip
    s.risk_model = new(
        RiskModel, payer=s.payer, version=f"l.{canary}", coefficients={"constant": -3_000_000}, inputs_version="points.1", outcome={},
        report={}, report_text=canary, as_of=today,
    )  # fmt: skip
    s.flag = new(
        Flag, pharmacy=s.pharmacy, rule="low_adherence", measure="pdc_rasa", year=today.year, severity="high", reason=f"{canary}: PDC 60%.",
        do="Call.", headline="PDC 60%, 9 days left", rank=500, evidence_key="k", due_on=today + timedelta(days=5), **mine,
    )  # fmt: skip
    return s


def _conflict(s, new, user):
    """One claim told twice at one version, and an earlier version of it about which somebody has ruled."""
    told = {
        "payer": s.payer, "delivery": s.delivery, "patient": s.patient, "record_id": f"C-{s.canary}", "member_id": f"M-{s.canary}",
        "version": 20_000, "filled_on": date(2024, 10, 1), "in_conflict": True,
    }  # fmt: skip
    s.pharmacy_event = new(PharmacyEvent, line_number=2, content_hash=uuid4(), standing="paid", paid_cents=1000, **told)
    s.other_event = new(PharmacyEvent, line_number=3, content_hash=uuid4(), paid_cents=2000, **told)
    s.conflict_ruling = new(
        ConflictRuling, payer=s.payer, table="pharmacyevent", record_id=f"C-{s.canary}", record_line=1, version=19_000, action=0,
        chosen=uuid4(), against=[uuid4()], reason=s.canary, by=user,
    )  # fmt: skip
    s.person_ruling = new(
        PersonRuling,
        payer=s.payer,
        one_id=f"M-{s.canary}",
        other_id=f"Z-{s.canary}",
        is_same=False,
        reason=s.canary,
        by=user,
    )


def _frozen(s):
    """What the claim of a side freezes: the name is the canary."""
    made = snapshot_of(s, encounter_ref=s.encounter.public_id, service_on=timezone.localdate())
    return replace(made, patient=replace(made.patient, name=s.canary))


def _care(s, new, user, c):
    today = timezone.localdate()
    mine = {"payer": s.payer, "pharmacy": s.pharmacy}
    new(
        ServiceAttestation, network=c.network, pharmacy=s.pharmacy, service="personal_record", attested_by=user.name,
        evidence=s.canary, since=LONG_AGO, until=date(2099, 12, 31),
    )  # fmt: skip
    papers = [("license", None), ("license", user), ("immunization", user), ("exclusion_check", None)]
    for kind, person in papers:
        new(Credential, pharmacy=s.pharmacy, person=person, kind=kind, number=s.canary, state="WV", since=LONG_AGO)
    s.encounter = new(
        Encounter,
        patient=s.patient,
        flag=s.flag,
        protocol="adherence_call",
        answers={"note": s.canary},
        service_on=today,
        started_by=user,
        **mine,
    )
    s.service_claim = new(
        ServiceClaim, contract=c.contract, number=f"SC-{s.canary}", encounter_ref=s.encounter.public_id, patient_ref=s.patient.public_id,
        service_on=today, snapshot=_frozen(s).to_json(), status="submitted", received_at=timezone.now(), charge_cents=2500,
        icn=f"IC-{s.canary}", created_by=user, **mine,
    )  # fmt: skip
    s.invitation = new(
        Invitation, organisation=s.pharmacy.organisation, invited_from=s.pharmacy.organisation, invited_by=user, name=s.canary,
        email=f"{s.canary}@example.org", role="technician", since=today, expires_at=timezone.now() + timedelta(7), sent_at=timezone.now(),
    )  # fmt: skip
    s.service_line = new(
        ServiceLine,
        claim=s.service_claim,
        line_number=1,
        code="99606",
        label="Adherence call",
        charge_cents=2500,
        **mine,
    )
    s.received_remittance = new(
        ReceivedRemittance, pharmacy=s.pharmacy, payer_name="Payer C", trace="1", paid_on=today, total_cents=2000, sha256="0" * 64,
        file_name=f"{s.canary}.835", loaded_by=user,
    )  # fmt: skip
    s.received_claim = new(
        ReceivedClaim, pharmacy=s.pharmacy, remittance=s.received_remittance, position=1, claim=s.service_claim, control_number="1",
        status_code="1", patient_name=s.canary, charge_cents=2500, paid_cents=2000, contractual_cents=500, patient_cents=0,
        other_cents=0, way="queue", why="Look at it.",
    )  # fmt: skip
    s.billing_identity = new(
        BillingIdentity,
        pharmacy=s.pharmacy,
        tax_id="123456789",
        zip="249011234",
        contact_name="The owner",
        contact_phone="3045550100",
    )
    s.person_identity = new(
        PersonIdentity, pharmacy=s.pharmacy, person=c.grace, last_name="Lead", npi=npi(500 + s.pharmacy.pk % 100)
    )
    s.payer_identity = new(
        PayerIdentity, payer=s.payer, edi_id="PAYERA", tax_id="987654321", street="1 Main Street", city="Charleston", state="WV",
        zip="253011111", contact_name="Claims desk", contact_phone="3045550111",
    )  # fmt: skip
    s.reading = new(
        Reading, patient=s.patient, measured_on=today, code="8480-6", value=140, unit=s.canary, number=0,
        encounter_ref=s.encounter.public_id, **mine,
    )  # fmt: skip
    s.vaccine_lot = new(
        VaccineLot, pharmacy=s.pharmacy, cvx="135", product=s.canary, lot="A1", expires_on=today + timedelta(days=90),
        doses_received=10, doses_left=10, added_by=user,
    )  # fmt: skip
    s.lot_step = new(
        LotChange, pharmacy=s.pharmacy, lot=s.vaccine_lot, kind="received", doses=10, doses_left=10, by=user
    )
    s.dose_given = new(
        DoseGiven, patient=s.patient, given_on=today, cvx="135", product="High dose", lot="A1",
        expires_on=today + timedelta(days=90), patient_name=s.canary, encounter_ref=s.encounter.public_id, **mine,
    )  # fmt: skip
    plan = {"patient": s.patient, "words": s.canary, "opened_by": user, **mine}
    s.problem = new(Problem, kind="adherence", **plan)
    s.goal = new(Goal, kind="food", due_on=today + timedelta(days=30), problem=s.problem, **plan)
    s.intervention = new(Intervention, kind="teaching", problem=s.problem, **plan)
    s.plan_step = new(PlanChange, patient=s.patient, problem=s.problem, to_status="open", by=user, **mine)
    s.outreach_try = new(
        OutreachTry, patient=s.patient, flag=s.flag, number=1, channel="phone", outcome="no_answer", from_state="identified",
        state="attempting", counts=True, note=s.canary, by=user, **mine,
    )  # fmt: skip
    s.snooze = new(Snooze, flag=s.flag, until=today, why=s.canary, by=user, ended_at=timezone.now(), **mine)
    s.fact = new(EverydayFact, patient=s.patient, kind="otc", details={"product": s.canary}, recorded_by=user, **mine)
    s.report = new(DeathReport, patient=s.patient, told_by=s.canary, status="withdrawn", reported_by=user, **mine)
    s.death_step = new(DeathChange, report=s.report, to_status="reported", why=s.canary, by=user, **mine)
    s.opt_out = new(
        OptOut, payer=s.payer, program=c.program, patient=s.patient, since=LONG_AGO, until=LONG_AGO, how="other", note=s.canary,
        recorded_by=c.dana, pharmacy=s.pharmacy, patient_name=s.canary,
    )  # fmt: skip
    _conflict(s, new, c.dana)
    s.member_letter = new(
        MemberLetter, program=c.program, patient=s.patient, enrolment=None, kind="ended", made_by=c.dana, **mine
    )

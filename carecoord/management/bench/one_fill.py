"""How long a single fill, and its reversal, take from the payer's request to the pharmacy's worklist, among many members.

The payer's system sends them to the API as any does; what follows from them (load, measures, conditions, risk, flags) is
done by one worker, this process, so that a broker's few milliseconds are not in it. Then the pharmacist opens Today.
"""

import time
from datetime import date, timedelta
from http import HTTPStatus
from uuid import uuid4

from django.core.management.base import CommandError
from django.db import connections, transaction
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from carecoord.faces.api import tokens
from carecoord.kernel.accounts.models import ApiClient, Membership, Organisation, User
from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.npi import check_digit
from carecoord.kernel.tenancy import context
from patients.programs.models import Program
from pharmacies.models import Network, NetworkMembership, PbmParticipation, Pharmacy

from .members import Made

NPI, OTHER_NPI, *PRESCRIBERS = (
    stem + check_digit(stem) for stem in ("123456789", "112345678", "134567890", "145678901")
)
MEMBER = "BENCH-PAT"
COVER = (
    "member_id,person_id,gender,birth_date,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,first_name,last_name,"
    "data_source"
)
FILL = (
    "claim_id,claim_line_number,person_id,member_id,payer,plan,prescribing_provider_npi,dispensing_provider_npi,dispensing_date,"
    "ndc_code,quantity,days_supply,refills,paid_date,paid_amount,transaction_code,original_claim_id,data_source"
)
WORDS = "2 prescribers, opioid and benzodiazepine"
OTHERS = 3
"""One in so many of the other members is enrolled, too."""
ENROLLED = """insert into programs_enrolment
        (public_id, payer_id, program_id, patient_id, pharmacy_id, days, strategy, reason, data, ended_because)
    select gen_random_uuid(), m.payer_id, %(program)s, m.patient_id,
        case when m.member_id = %(member)s then %(here)s else %(elsewhere)s end,
        daterange(%(since)s, null), 'plurality_fills', '', '{}', ''
    from patients_member m where m.payer_id = %(payer)s and (m.member_id = %(member)s or m.patient_id %% %(others)s = 0)"""
MAY_SEE = """insert into patients_patientaccess (payer_id, patient_id, pharmacy_id, reason, sentence, since)
    select payer_id, patient_id, pharmacy_id, 'enrolment', '', lower(days) from programs_enrolment where payer_id = %(payer)s"""


def measure(made: Made, say) -> dict:
    """Figures by name: seconds of a fill and of its reversal, seen on Today and then gone from it.

    Raises CommandError where the API does not take a file, or Today does not show what it should.
    """
    today = timezone.localdate()
    with override_settings(SECOND_FACTOR_REQUIRED=False, ALLOWED_HOSTS=["testserver"]):
        with connections["owner"].cursor() as cursor:
            cursor.execute("delete from jobs_outbox")  # what the runs before left to do is not waited for
        system, pharmacist = _house(made)
        browser = Browser()
        browser.force_login(pharmacist)
        opioid, calming = (_package(code) for code in ("opioids", "benzodiazepines"))
        _sent(
            system,
            "cover",
            [
                COVER,
                f"{MEMBER},{MEMBER},female,1950-05-05,{today.year - 1}-01-01,{today.year}-12-31,bench,medicare,H0001-001,Pat,Bench,bench",
            ],
        )
        _sent(system, "before", [FILL, _fill("BENCH-1", today - timedelta(days=1), opioid, PRESCRIBERS[0])])
        _enrol(made, today)
        figures = {}
        fill = _fill("BENCH-2", today, calming, PRESCRIBERS[1])
        back = _fill("BENCH-3", today, calming, PRESCRIBERS[1], reverses="BENCH-2")
        for label, line, shows in (("fill", fill, True), ("reversal", back, False)):
            began = time.monotonic()
            _sent(system, label, [FILL, line])
            page = browser.get("/portal/").content.decode()
            seconds = time.monotonic() - began
            if (WORDS in page) is not shows:
                raise CommandError(f"Today does not show what follows from the {label}.")
            figures[f"a {label} sent to the API, seen on the worklist, s"] = round(seconds, 2)
            say(f"{label}: {seconds:.2f} s")
    return figures


class _System:
    """The payer's machine: its requests are signed as any system's are."""

    def __init__(self, payer: Organisation):
        self.key = ECKey.generate_key("P-384", {"kid": "bench", "use": "sig"})
        keys = {"keys": [self.key.as_dict(private=False)]}
        self.row = ApiClient.objects.create(organisation=payer, name="bench", public_jwks=keys)
        self.browser = Browser()

    def bearer(self) -> dict[str, str]:
        claims = {
            "iss": self.row.client_id, "sub": self.row.client_id, "aud": "http://testserver/api/v1/token",
            "exp": int(time.time()) + 240, "jti": uuid4().hex,
        }  # fmt: skip
        signed = jwt.encode({"alg": "ES384", "kid": "bench"}, claims, self.key, algorithms=["ES384"])
        form = {"grant_type": "client_credentials", "client_assertion_type": tokens.ASSERTION_TYPE}
        answer = self.browser.post("/api/v1/token", form | {"client_assertion": signed})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _sent(system: _System, name: str, lines: list[str]) -> None:
    """Sends a file and does all that follows from it."""
    address = f"/api/v1/deliveries?format=tuva_csv&file_name={name}.csv"
    body = "\n".join([*lines, ""])
    answer = system.browser.post(address, body, content_type="text/csv", headers=system.bearer())
    if answer.status_code != HTTPStatus.ACCEPTED:
        raise CommandError(f"The API did not take {name}: {answer.content.decode()}")
    jobs.drain()


def _fill(claim: str, day: date, ndc: str, prescriber: str, *, reverses: str = "") -> str:
    code, sign = ("B2", "-") if reverses else ("B1", "")
    return (
        f"{claim},1,{MEMBER},{MEMBER},bench,H0001-001,{prescriber},{NPI},{day},{ndc},{sign}30,30,0,{day},{sign}4.00,"
        f"{code},{reverses},bench"
    )


def _package(drug_set: str) -> str:
    found = DrugSetMember.objects.filter(set_code=drug_set).order_by("ndc11").values_list("ndc11", flat=True).first()
    if found is None:
        raise CommandError(f"No package of {drug_set} is known.")
    return found


def _house(made: Made) -> tuple[_System, User]:
    """A PBM with a network of two pharmacies and a programme, a pharmacist of the one, and the payer's system."""
    long_ago, kind = date(made.year - 1, 1, 1), Organisation.Kind
    with context.logged_in("owner"), transaction.atomic():
        pbm, lead, here, elsewhere = (
            Organisation.objects.create(kind=one, code=f"bench-{code}", name=f"Bench {code}")
            for code, one in (
                ("pbm", kind.PBM),
                ("network", kind.NETWORK),
                ("here", kind.PHARMACY),
                ("elsewhere", kind.PHARMACY),
            )  # fmt: skip
        )
        network = Network.objects.create(organisation=lead, name="Bench")
        for store, npi in ((here, NPI), (elsewhere, OTHER_NPI)):
            pharmacy = Pharmacy.objects.create(organisation=store, npi=npi, name=store.name, state="WV", zip="24901")
            NetworkMembership.objects.create(network=network, pharmacy=pharmacy, since=long_ago)
            PbmParticipation.objects.create(pbm=pbm, pharmacy=pharmacy, since=long_ago)
        Program.objects.create(
            pbm=pbm, network=network, code="bench", title="Bench", definition="medicare_htn_dm", since=long_ago
        )
        pharmacist = User.objects.create(email="bench@example.org", name="Bench")
        Membership.objects.create(user=pharmacist, organisation=here, role="pharmacist", since=long_ago)
        return _System(made.payer), pharmacist


def _enrol(made: Made, today: date) -> None:
    """The member at the pharmacist's pharmacy, and many others at the other one."""
    with context.logged_in("owner"), transaction.atomic():
        places = dict(Pharmacy.objects.values_list("npi", "pk"))
        program_id = Program.objects.get(code="bench").pk
    values = {
        "payer": made.payer.pk, "program": program_id, "here": places[NPI], "elsewhere": places[OTHER_NPI], "member": MEMBER,
        "others": OTHERS, "since": today - timedelta(days=60),
    }  # fmt: skip
    with connections["owner"].cursor() as cursor:
        for statement in (ENROLLED, MAY_SEE, "analyze programs_enrolment", "analyze patients_patientaccess"):
            cursor.execute(statement, values)

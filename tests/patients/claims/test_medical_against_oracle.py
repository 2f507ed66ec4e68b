"""837 and 835 in any order, twice, split, withdrawn and sent again: the same claims and payments as plain Python makes."""

import io

import pytest
from hypothesis import given

from carecoord.kernel.tenancy import context
from patients.claims import load as loading
from patients.claims import payments, queries
from patients.claims.encoding import ENCODERS
from patients.claims.formats import Good, open_feed
from patients.claims.models import Diagnosis, MedicalEvent
from patients.claims.records import LAYOUTS
from tests.oracles import medical_fold
from tests.oracles import strategies as st
from tests.oracles.histories import in_proportion

from .feeds import counts, fresh, load, new_payer, withdraw
from .formats.x12 import covered, enrolment, member, paid, professional, remittance, subscriber, visit
from .test_fold_against_oracle import number, undone

pytestmark = pytest.mark.django_db
PROVIDERS = [("1679576722", "111111111"), ("1234567893", "111111111"), ("", "222222222")]
SERVICES = ("99213*60*UN*1", "99214*40*UN*1", "99215*30*UN*1")
KNOWN = enrolment(member(number="M1", born="19500101", coverage=covered()))


def a_claim(at, provider, who, claim_id, frequency, of, lines):
    """The billing provider is that of the file, so a file is a claim."""
    content = professional(
        subscriber(who), visit(claim_id, frequency, of, lines=SERVICES[:lines]), at=at, npi=provider[0], tax=provider[1]
    )
    return "x12_837", content


def a_remittance(on, payee, trace, claims):
    return "x12_835", remittance(*claims, on=on, trace=trace, payee=payee)


def one_paid(claim_id, who, icn, status, lines, why):
    """The amounts follow from the status, so that the file adds up."""
    sign = {"1": 1, "4": 0, "22": -1}[status]
    told = [(SERVICES[at - 1][:5], "20", str(sign * 10 * at), str(at)) for at in lines]
    text = paid(claim_id, status, "20", str(sign * 35), "5" if status == "1" else "", icn, told)
    return text.replace("*MI*M1", f"*MI*{who}") + ("AMT*B6*15\nLQ*HE*N1\n" if told and why else "")


claims = st.builds(
    a_claim,
    st.sampled_from(["20260301*0900", "20260310*0900", "20260310*0900", "20260320*0900"]),
    st.sampled_from([PROVIDERS[0], *PROVIDERS]),
    st.sampled_from(["M1", "M1", "M2"]),
    st.sampled_from(["C1", "C1", "C2", "P1"]),
    st.sampled_from("117788"),
    st.sampled_from(["", "P1", "P2", "C1", "C2"]),
    st.integers(1, 3),
)
remittances = st.builds(
    a_remittance,
    st.sampled_from(["20260305", "20260315", "20260315", "20260325"]),
    st.sampled_from(
        ["XX*1679576722", "XX*1234567893", "FI*111111111", "FI*222222222", "XX*1447373733\nREF*TJ*222222222", "PI*7"]
    ),
    st.sampled_from(["E1", "E2", "E3"]),
    st.lists(
        st.builds(
            one_paid,
            st.sampled_from(["C1", "C1", "C2", "P1"]),
            st.sampled_from(["M1", "M2", ""]),
            st.sampled_from(["P1", "P1", "P2", ""]),
            st.sampled_from(["1", "1", "4", "22"]),
            st.lists(st.integers(1, 3), max_size=2, unique=True),
            st.booleans(),
        ),
        min_size=1,
        max_size=2,
    ),
)
histories = st.lists(st.one_of(claims, claims, remittances), min_size=2, max_size=7)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(loading, "announce", lambda *args, **kwargs: None)


def deliver(payer, file):
    return load(payer, file[1], format=file[0])


def told(files):
    """(claims, payments) of files, each as (row, digest)."""
    found = {"medical_claim": [], "claim_payment": []}
    for format, content in files:
        for item in open_feed(format, io.BytesIO(content)):
            assert isinstance(item, Good), item
            row = dict(zip(LAYOUTS[item.kind].names, item.row, strict=True))
            found[item.kind].append((row, ENCODERS[item.kind].encode(item.row)[0]))
    return found["medical_claim"], found["claim_payment"]


def standing(payer):
    """What the database holds, in the oracle's words."""
    with context.acting_as(context.worker_for(payer.pk)):
        found = {}
        for line in queries.claims_as_they_stand(payer=payer, kind="medical"):
            record = medical_fold.record_of(line.claim_id, line.provider)
            found[record, line.claim_line] = (
                *(line.state, line.version, line.paid_cents, line.allowed_cents, line.patient_cents),
                *(tuple(sorted(line.adjustments)), tuple(sorted(line.remarks)), line.paid_on),
            )
        return found


def agrees(payer, files, as_owner):
    expected = medical_fold.stand(*told(files), {"M1"})
    assert standing(payer) == expected
    of_facts = {record for (record, _), what in expected.items() if what[0] in ("paid", "denied")}
    with as_owner():
        events = MedicalEvent.objects.filter(
            payer=payer, pk__in=Diagnosis.objects.filter(payer=payer).values("event_id")
        )
        assert set(events.values_list("record_id", flat=True)) == of_facts


@in_proportion(30)
@given(files=histories, data=st.data())
def test_the_set_of_claims_and_payments_alone_decides(files, data, as_owner):
    with undone():
        check(files, data, as_owner)


def check(files, data, as_owner):
    payer = new_payer(f"medical-{next(number)}")
    again = data.draw(st.lists(st.sampled_from(files), max_size=2), label="delivered again")
    order = data.draw(st.permutations([*files, *again, ("x12_834", KNOWN)]), label="order")
    taken = [(file, deliver(payer, file)) for file in order]
    agrees(payer, files, as_owner)
    gone = data.draw(st.lists(st.integers(0, len(taken) - 1), unique=True, max_size=3), label="withdrawn")
    gone = [index for index in gone if taken[index][0][0] != "x12_834"]
    for index in gone:
        withdraw(payer, taken[index][1])
    left = [file for index, (file, _) in enumerate(taken) if index not in gone and file[0] != "x12_834"]
    agrees(payer, left, as_owner)
    for index in gone:
        deliver(payer, taken[index][0])
    agrees(payer, files, as_owner)
    for _, delivery in taken:
        lines, *others = counts(fresh(payer, delivery))
        assert lines <= sum(others)  # a claim of several lines is one line of its file


def test_the_order_of_decisions_is_one(payer):
    assert tuple(payments.RANKS) == medical_fold.RANKS

"""Same person? Suggestions with their reasons, a person's decision, and taking it back."""

import io

import pytest
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import export
from patients.claims.models import PersonRuling
from patients.models import Coverage, Member
from tests.patients.claims.conftest import leave_out_evaluation
from tests.patients.claims.feeds import claim, claims_file, load, span, spans_file
from tests.patients.claims.formats.fixed_width import cclf

pytestmark = pytest.mark.django_db
ANN = {"first_name": "Ann", "last_name": "Ash"}
OLD = {"enrollment_start_date": "2024-01-01", "enrollment_end_date": "2024-12-31"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings, tmp_path):
    settings.DELIVERIES = tmp_path
    leave_out_evaluation(monkeypatch)


@pytest.fixture
def payer(cast):
    return cast.a.payer


def deliver(payer, *spans):
    return load(payer, spans_file(*spans))


def listed(client):
    answer = client.get(reverse("pbm:pairs"))
    return {(pair.one.member_id, pair.other.member_id): pair for pair in answer.context["pairs"]}


def address(name, payer, as_owner, one="A", other="B"):
    with as_owner():
        ids = [Member.objects.get(payer=payer, member_id=each).patient.public_id for each in (one, other)]
    return reverse(name, args=ids)


def whole(payer, as_owner):
    """All that the house says of the payer's members: claims as exported, people, cover."""
    out = io.StringIO()
    with context.acting_as(context.worker_for(payer.pk)):
        export.write_claims(payer=payer, kind="pharmacy", out=out)
    with as_owner():
        people = Member.objects.filter(payer=payer).order_by("pk")
        named = ("member_id", "current_id", "merged_into", "patient__first_name", "patient__born_on", "person_id")
        covers = Coverage.objects.filter(payer=payer).order_by("patient", "starts_on")
        return (
            out.getvalue(),
            list(people.values_list(*named)),
            list(covers.values_list("patient", "starts_on", "ends_on", "plan")),
        )


@pytest.mark.parametrize(
    ("ours", "theirs", "rule", "careful"),
    [
        (ANN | OLD, ANN, "same_name", ""),
        (ANN, ANN, "same_name", "one plan on the same days"),
        (ANN | OLD, ANN | {"first_name": "Annabel"}, "short_name", "twins"),
        (ANN | {"first_name": "Baby girl"}, ANN | {"first_name": "Baby girl"}, "same_name", "newborn"),
        (ANN, ANN | {"first_name": "Beth"}, None, ""),  # twins
        (ANN, ANN | {"birth_date": "1975-01-01"}, None, ""),  # father and son
        (ANN, ANN | {"last_name": "Elm"}, None, ""),
        (ANN | {"person_id": "F"}, ANN | {"person_id": "F", "first_name": "Beth"}, "shared_number", "twins"),
        (ANN | {"person_id": "B"}, ANN | {"birth_date": "1975-01-01"}, "shared_number", "a parent and a child"),
    ],
)
def test_what_is_suggested_and_why_to_be_careful(sign_in, payer, ours, theirs, rule, careful):
    deliver(payer, span("A", **ours), span("B", **theirs))
    pair = listed(sign_in("dana")).get(("A", "B"))
    assert (pair and pair.rule) == rule
    if pair:
        assert careful in " ".join(pair.careful) and bool(careful) == bool(pair.careful)


def test_a_pair_is_united_and_parted_again_and_all_is_as_before(sign_in, payer, as_owner):
    deliver(payer, span("A", **ANN, **OLD), span("B", **ANN))
    load(payer, claims_file(claim("1", member_id="A"), claim("2", member_id="B")))
    client, before = sign_in("dana"), whole(payer, as_owner)
    page = client.get(address("pbm:pair", payer, as_owner)).content.decode()
    assert "Cover under one id begins on the day after cover under the other ends." in page and "Agrees" in page
    assert client.post(address("pbm:pair_same", payer, as_owner), {"reason": " "}).status_code == 422
    answer = client.post(address("pbm:pair_same", payer, as_owner), {"reason": "The card says so"}, follow=True)
    assert "Decided." in answer.content.decode() and "The card says so" in answer.content.decode()
    jobs.drain()
    assert listed(client) == {}
    united = whole(payer, as_owner)
    assert [len({row[0] for row in all_[2]}) for all_ in (before, united)] == [3, 2]  # one is of the cast
    with as_owner():
        ruling = PersonRuling.objects.get(payer=payer, revoked_at=None, is_same=True)
        rows = Member.objects.select_related("patient").filter(payer=payer)
        former, now = rows.get(member_id="B"), rows.get(member_id="A")
        assert AuditEvent.objects.get(event="person.united").patient_ids == sorted([former.patient_id, now.patient_id])
    answer = client.get(reverse("pbm:member", args=[former.patient.public_id]))
    assert answer.url == reverse("pbm:member", args=[now.patient.public_id])
    page = client.get(answer.url).content.decode()
    assert "A and B are one person, said" in page and "The card says so" in page
    back = reverse("pbm:person_ruling_take_back", args=[ruling.public_id])
    assert "Taken back." in client.post(back, {"reason": "By mistake"}, follow=True).content.decode()
    jobs.drain()
    assert whole(payer, as_owner) == before and ("A", "B") in listed(client)
    assert client.post(back, {"reason": "x"}).status_code == 422


def test_what_agrees_and_what_differs(sign_in, payer, as_owner):
    deliver(
        payer, span("A1", **ANN), span("A2", **(ANN | {"first_name": "ANN", "last_name": "Elm", "gender": "unknown"}))
    )
    lines = sign_in("dana").get(address("pbm:pair", payer, as_owner, "A1", "A2")).context["pair"].lines
    agrees = {line.label: line.agrees for line in lines}
    assert agrees == {
        "Member id": None, "First name": True, "Last name": False, "Sex": None, "Born on": True, "Covered": None
    }  # fmt: skip


def test_two_persons_are_not_suggested_again(sign_in, payer, as_owner):
    deliver(payer, span("A", **ANN), span("B", **ANN))
    client = sign_in("dana")
    client.post(address("pbm:pair_different", payer, as_owner), {"reason": "Cousins"})
    jobs.drain()
    assert listed(client) == {}
    assert "Two persons" in client.get(address("pbm:pair", payer, as_owner)).content.decode()


def test_who_may_look_may_not_decide(sign_in, payer, as_owner):
    deliver(payer, span("A", **ANN), span("B", **ANN))
    assert "One person" not in sign_in("erin").get(address("pbm:pair", payer, as_owner)).content.decode()
    assert sign_in("erin").post(address("pbm:pair_same", payer, as_owner), {"reason": "x"}).status_code == 403
    assert sign_in("dana").get(address("pbm:pair", payer, as_owner, "A", "A")).status_code == 404


def test_the_member_page_says_which_delivery_told_of_a_former_id(sign_in, payer, as_owner):
    deliver(payer, span("B", **ANN))
    load(payer, cclf("CCLF9", {"CRNT_NUM": "B", "PRVS_NUM": "A"}), format="cclf", name="xref.txt")
    with as_owner():
        patient = Member.objects.get(payer=payer, member_id="B").patient
    page = sign_in("dana").get(reverse("pbm:member", args=[patient.public_id])).content.decode()
    assert "Also known as" in page and "Former id of B, since" in page and "xref.txt" in page

"""The comprehensive review of the year: what it needs, what it bills, and that it counts in the measure of the plan."""

from datetime import date, timedelta

import pytest

from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import bill, protocols
from patients.claims.models import Diagnosis, Fill
from patients.measures import actions as measures
from patients.measures import definitions, queries
from patients.measures.models import MeasureResult
from patients.models import Coverage
from tests.conftest import as_owner

TODAY = date(2026, 11, 21)
REVIEW = {
    "service_on": "2026-11-21", "outcome": "done", "talked_with": "patient", "held": "in_person", "agreed": "yes",
    "medicines": "Lisinopril 20 mg, metformin 500 mg, fish oil", "without_prescription": "yes", "found": ["cost"],
    "to_do": "Ask Dr. Reed about the generic.", "disposal": "yes", "summary_on": "2026-11-21", "minutes": "40",
}  # fmt: skip
PROTOCOL = protocols.find("comprehensive_review")


def missing(answers):
    return {each.field for each in PROTOCOL.missing(answers, today=TODAY)}


def test_a_whole_review_lacks_nothing():
    assert missing(REVIEW) == set()
    assert PROTOCOL.summary(REVIEW, {}) == "Review held; summary on 21 Nov 2026"


@pytest.mark.parametrize("field", sorted(REVIEW))
def test_a_review_needs(field):
    assert field in missing({k: v for k, v in REVIEW.items() if k != field})


def test_somebody_in_place_of_the_patient_is_named_with_the_reason():
    assert missing(REVIEW | {"talked_with": "representative"}) == {"representative"}


@pytest.mark.parametrize(
    ("sent", "fields"), [("2026-11-20", {"summary_on"}), ("2026-12-05", set()), ("2026-12-06", {"summary_on"})]
)
def test_the_summary_goes_out_within_fourteen_days(sent, fields):
    assert missing(REVIEW | {"summary_on": sent}) == fields


@pytest.mark.parametrize("outcome", ["message", "no_answer", "wrong_number", "declined"])
def test_a_review_that_was_not_held_needs_no_more_and_does_not_count(outcome):
    answers = {"service_on": "2026-11-21", "outcome": outcome}
    assert missing(answers) == set()
    assert not PROTOCOL.given(answers) and PROTOCOL.lines(answers, "medicare") == ()


@pytest.mark.parametrize(
    ("minutes", "further"), [("15", 0), ("22", 0), ("23", 1), ("37", 1), ("38", 2), ("40", 2), ("128", 8), ("240", 8)]
)
def test_it_bills_the_first_quarter_of_an_hour_and_each_further_one(minutes, further):
    added = (("99607", further),) if further else ()
    assert PROTOCOL.lines(REVIEW | {"minutes": minutes}, "medicare") == (("99606", 1), *added)
    assert PROTOCOL.lines(REVIEW | {"minutes": minutes, "is_first": "yes"}, "medicare") == (("99605", 1), *added)


@pytest.fixture
def eligible(that_day, cast, monkeypatch):
    """Pat has three core diseases and eight medicines at 4,000 dollars; one measure is known."""
    only = {"cmr_completion": definitions.find("cmr_completion")}
    monkeypatch.setattr(definitions, "every", lambda: only)
    whose = {"payer": cast.a.payer, "patient": cast.a.patient}
    with as_owner():
        for model in (Fill, Diagnosis, Coverage, MeasureResult):
            model.objects.filter(**whose).delete()
        Coverage.objects.create(line_of_business="medicare", plan="H1234-001", starts_on=date(2024, 1, 1), **whose)
        for place in range(16):
            Fill.objects.create(
                event_id=place, day=day_number(TODAY - timedelta(days=40 + place)), days_supply=30, paid_cents=25_000,
                ndc=f"{place % 8:09d}01", pharmacy_ref="P1", **whose,
            )  # fmt: skip
        for place, code in enumerate(("I10", "E119", "E785") * 2):
            Diagnosis.objects.create(
                event_id=100 + place,
                day=day_number(TODAY - timedelta(days=90 + place)),
                code=code,
                setting="carrier",
                **whose,
            )
    return cast


def judged(cast):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        patients = [cast.a.patient.pk]
        measures.evaluate(payer=cast.a.payer, year=2026, as_of=TODAY, patient_ids=patients, cause="test")
    with as_owner():
        return MeasureResult.objects.get(patient=cast.a.patient, measure="cmr_completion", as_of=TODAY)


def document(cast, protocol, answers):
    with context.acting_as(cast.alice.scope):
        visit = care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol=protocol, by=cast.alice)
        visit = care.save(encounter=visit, answers=answers, revision=visit.revision, by=cast.alice)
        return care.complete(encounter=visit, by=cast.alice)


@pytest.mark.django_db
def test_a_review_that_a_pharmacist_documents_is_in_the_numerator(eligible):
    before = judged(eligible)
    assert (before.denominator, before.numerator) == (True, False)
    document(eligible, "comprehensive_review", {"service_on": "2026-11-21", "outcome": "declined"})
    assert judged(eligible).numerator is False
    visit = document(eligible, "comprehensive_review", REVIEW)
    after = judged(eligible)
    assert (after.denominator, after.numerator, after.value_day) == (True, True, day_number(TODAY))
    with context.acting_as(eligible.alice.scope):
        assert list(bill.claim_of(eligible.alice, visit).lines.values_list("code", "units")) == [
            ("99606", 1),
            ("99607", 2),
        ]
    with context.acting_as(context.worker_for(eligible.a.payer.pk)):
        told = queries.explain(
            payer=eligible.a.payer, patient_id=eligible.a.patient.pk, measure="cmr_completion", as_of=TODAY, year=2026
        )
    assert [(one["day"], one["what"]) for one in told["claims"] if one["role"] == "meets"] == [
        ("2026-11-21", "Comprehensive review")
    ]


@pytest.mark.django_db
def test_a_targeted_review_is_not_the_yearly_one(eligible):
    targeted = {
        "service_on": "2026-11-21", "occasion": ["other"], "outcome": "done", "agreed": "yes", "lists": ["fills"],
        "medicines": "Lisinopril", "found": ["none"], "plan": ["no_change"], "minutes": "15",
    }  # fmt: skip
    document(eligible, "medication_review", targeted)
    assert judged(eligible).numerator is False

"""Everyday facts: who said what when; and a death, which stops everything and can be taken back."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import everyday
from patients.care.actions import everyday as deeds
from patients.care.actions import outreach
from patients.care.answers import UnknownAnswer
from patients.flags import actions as flags
from patients.flags.models import Flag
from patients.models import Consent, DeathReport, EverydayFact

pytestmark = pytest.mark.django_db
PHONE = {"number": "512-555-0188", "whose": "mobile"}
TODAY = date(2026, 11, 21)


@pytest.fixture
def about(cast, story):
    with context.acting_as(cast.bob.scope):
        yield {"patient": cast.a.patient, "pharmacy": cast.a.pharmacy, "by": cast.bob}


def words(about):
    return [each.words for each in everyday.facts_of(about["by"], patient=about["patient"])]


def test_a_second_number_takes_over_and_the_first_stays_in_the_history(about):
    deeds.record_fact(kind="phone", details=PHONE, **about)
    deeds.record_fact(kind="phone", details={"number": "512-555-0199"}, **about)
    assert words(about) == ["512-555-0199"]
    old = EverydayFact.objects.exclude(ended_at=None).get(patient=about["patient"])
    assert (old.details["number"], old.recorded_by, old.ended_by) == ("512-555-0188", about["by"], about["by"])


def test_several_allergies_stand_side_by_side_and_one_can_be_corrected(about):
    first = deeds.record_fact(kind="allergy", details={"substance": "Penicillin", "severity": "severe"}, **about)
    deeds.record_fact(kind="allergy", details={"substance": "Latex", "severity": "mild"}, **about)
    deeds.record_fact(
        kind="allergy", details={"substance": "Amoxicillin", "severity": "severe"}, replaces=first, **about
    )
    assert words(about) == ["Amoxicillin, Severe", "Latex, Mild"]
    deeds.end_fact(fact=EverydayFact.objects.get(details__substance="Latex"), by=about["by"])
    assert words(about) == ["Amoxicillin, Severe"]


@pytest.mark.parametrize(
    "kind, details, missing",
    [
        ("phone", {}, {"number"}),
        ("caregiver", {"name": "Ada"}, {"role", "may_hear"}),
        ("allergy", {"substance": "x", "severity": "deadly"}, {"severity"}),
        ("address", {"why": "temporary", "line": "x", "until": "soon"}, {"until"}),
        ("best_time", {"times": ["midnight"]}, {"times"}),
    ],
)
def test_what_is_missing_is_named(about, kind, details, missing):
    with pytest.raises(deeds.Incomplete) as refusal:
        deeds.record_fact(kind=kind, details=details, **about)
    assert {each.field for each in refusal.value.missing} == missing


def test_what_no_form_has_is_refused(about):
    with pytest.raises(UnknownAnswer):
        deeds.record_fact(kind="phone", details=PHONE | {"is_admin": "yes"}, **about)
    with pytest.raises(deeds.CannotRecord, match="no such kind"):
        deeds.record_fact(kind="moonwalk", details={}, **about)


def test_the_database_keeps_one_number(about):
    fact = deeds.record_fact(kind="phone", details=PHONE, **about)
    twin = {name: getattr(fact, name) for name in ("payer_id", "pharmacy_id", "patient_id", "kind", "recorded_by_id")}
    with pytest.raises(IntegrityError), transaction.atomic():
        EverydayFact.objects.create(**twin)


def test_what_matters_before_a_call_is_said_first(about):
    deeds.record_fact(kind="interpreter", details={"language": "Spanish", "interpreter_id": "4711"}, **about)
    deeds.record_fact(kind="otc", details={"product": "Ibuprofen"}, **about)
    care.record_consent(kind="voicemail", is_given=False, since=TODAY, **about)
    facts = everyday.facts_of(about["by"], patient=about["patient"])
    consents = Consent.objects.filter(patient=about["patient"])
    said = everyday.before_a_call(facts, consents)
    assert said[0] == ("Messages", "Leave no message on a machine", True)
    assert ("Interpreter", "Spanish, 4711", False) in said
    assert not any("Ibuprofen" in each[1] for each in said)


def open_flags(about):
    return Flag.objects.filter(patient=about["patient"], status="open").count()


def test_a_reported_death_stops_everything_and_taking_it_back_brings_it_back(cast, about, story):
    before = open_flags(about)
    assert before
    report = deeds.report_death(told_by="His sister", died_on=date(2026, 11, 20), **about)
    assert open_flags(about) == 0
    with pytest.raises(care.CannotDocument, match="reported dead"):
        care.start(protocol="adherence_call", **about)
    flag = Flag.objects.get(pk=story[0].pk)
    assert flag.dismissal == "deceased"
    deeds.confirm_death(report=report, how="Obituary", by=cast.bob)
    deeds.withdraw_death(report=report, why="His brother it was", by=cast.bob)
    assert open_flags(about) == before
    assert care.start(protocol="adherence_call", **about).status == "draft"
    assert [c.to_status for c in report.changes.order_by("id")] == ["reported", "confirmed", "withdrawn"]
    with pytest.raises(deeds.CannotRecord, match="withdrawn already"):
        deeds.confirm_death(report=report, how="x", by=cast.bob)


def test_the_nightly_pass_raises_no_flag_for_the_dead_and_again_when_it_was_a_mistake(cast, story):
    about = {"patient": cast.a.patient, "pharmacy": cast.a.pharmacy, "by": cast.bob}
    with context.acting_as(cast.bob.scope):
        before = open_flags(about)
        report = deeds.report_death(told_by="The clinic", **about)

    def by_night():
        with context.acting_as(context.worker_for(cast.a.payer.pk)):
            flags.raise_and_close(payer=cast.a.payer, as_of=TODAY)

    by_night()
    with context.acting_as(cast.bob.scope):
        assert open_flags(about) == 0 < before
        deeds.withdraw_death(report=report, why="Another patient was meant", by=cast.bob)
    by_night()
    with context.acting_as(cast.bob.scope):
        assert open_flags(about) == before


def test_nobody_calls_the_dead_even_where_a_flag_still_stands(cast, about, story, as_owner):
    deeds.report_death(told_by="The clinic", **about)
    with as_owner():
        Flag.objects.filter(pk=story[0].pk).update(status="open", dismissal="")
    with context.acting_as(cast.bob.scope), pytest.raises(outreach.CannotTry, match="nobody calls"):
        outreach.log_try(flag=story[0], channel="phone", outcome="no_answer", by=cast.bob)


@pytest.mark.parametrize(
    "facts, match",
    [
        ({"told_by": " "}, "Say who"),
        ({"told_by": "x", "died_on": date(2027, 1, 1)}, "between birth and today"),
        ({"told_by": "x", "died_on": date(1940, 1, 1)}, "between birth and today"),
    ],
)
def test_a_report_that_cannot_be(about, facts, match):
    with pytest.raises(deeds.CannotRecord, match=match):
        deeds.report_death(**facts, **about)


def test_a_death_is_reported_once(about):
    deeds.report_death(told_by="x", **about)
    with pytest.raises(deeds.CannotRecord, match="already"):
        deeds.report_death(told_by="y", **about)
    assert DeathReport.objects.filter(patient=about["patient"]).count() == 1


def test_every_status_has_its_transitions():
    assert set(DeathReport.TRANSITIONS) == set(DeathReport.Status)
    assert set(everyday.KINDS) == set(EverydayFact.Kind)

"""Who is enrolled where, who is not and why, and which pharmacy may see them for it."""

from datetime import date, timedelta

import pytest

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill
from patients.models import Client, Consent, PatientAccess
from patients.programs import actions
from patients.programs.models import Decision, Enrolment, EnrolmentRun, Participation
from pharmacies.models import NetworkMembership, PbmParticipation, Pharmacy
from tests.conftest import as_owner
from tests.factories.cast import npi
from tests.factories.history import diagnosis, fill, hypertensive, member

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


def enrol(cast, as_of=TODAY, dry_run=False):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return actions.enrol(program=cast.program, payer=cast.a.payer, as_of=as_of, dry_run=dry_run, by=None)


def outcomes(patient):
    with as_owner():
        return Decision.objects.get(patient=patient)


@pytest.fixture
def empty(cast):
    """The cast before any programme was decided."""
    with as_owner():
        Enrolment.objects.filter(patient=cast.a.patient).delete()
        PatientAccess.objects.filter(patient=cast.a.patient).delete()
        Fill.objects.filter(patient=cast.a.patient).delete()
    return cast


@pytest.fixture
def regular(empty):
    """Pat fills at Ash Street and has hypertension."""
    with as_owner():
        for day in ("2026-02-01", "2026-05-01", "2026-08-01"):
            fill(empty.a, day, 90)
        fill(empty.a, "2026-09-01", 30, pharmacy=empty.b.pharmacy)
        hypertensive(empty.a)
    return empty


def test_a_member_who_fits_is_enrolled_and_their_pharmacy_may_see_them(regular):
    run = enrol(regular)
    assert run.counts["enrolled"] == 1 and sum(run.counts.values()) == 1
    with as_owner():
        one = Enrolment.objects.get(patient=regular.a.patient)
        access = PatientAccess.objects.get(patient=regular.a.patient)
        decision = Decision.objects.get(patient=regular.a.patient)
    assert one.pharmacy_id == regular.a.pharmacy.pk and (one.days.lower, one.days.upper) == (TODAY, None)
    assert one.reason == "3 of 4 retail fills between 1 Feb and 1 Sep 2026 were at Ash Street Pharmacy."
    assert one.data["attribution"]["pharmacies"][0]["fills"] == 3 and one.data["conditions"] == ["hypertension"]
    assert (access.pharmacy_id, access.since, access.until) == (regular.a.pharmacy.pk, TODAY, None)
    assert access.sentence == f"Enrolled in Medicare hypertension and diabetes: {one.reason}"
    assert decision.sentence.startswith("Hypertension found in claims. 3 of 4")


def test_twice_is_once(regular):
    first, second = enrol(regular), enrol(regular)
    assert first.counts == second.counts
    with as_owner():
        assert Enrolment.objects.filter(patient=regular.a.patient).count() == 1
        assert PatientAccess.objects.filter(patient=regular.a.patient).count() == 1
        assert Decision.objects.filter(patient=regular.a.patient).count() == 1
        assert EnrolmentRun.objects.count() == 2


def test_a_dry_run_counts_and_changes_nothing(regular):
    assert enrol(regular, dry_run=True).counts == enrol(regular, dry_run=True).counts
    with as_owner():
        assert not Enrolment.objects.filter(patient=regular.a.patient).exists()
        assert not Decision.objects.exists() and not EnrolmentRun.objects.exists() and not Outbox.objects.exists()
        assert AuditEvent.objects.filter(event="program.tried").count() == 2


def everybody(cast):
    """One member for each reason; their member ids say which."""
    a, b = cast.a, cast.b
    stranger = Client.objects.create(payer=a.payer, code="other", name="Never joined")
    ended = Client.objects.create(payer=a.payer, code="left", name="Left")
    Participation.objects.create(
        payer=a.payer, program=cast.program, client=ended, since=date(2020, 1, 1), until=TODAY - timedelta(days=1)
    )
    outside, elsewhere = (new_pharmacy(n) for n in (901, 902))
    NetworkMembership.objects.create(network=cast.network, pharmacy=elsewhere, since=date(2020, 1, 1))
    people = {
        "deceased": member(a, "deceased", died_on=TODAY),
        "not_covered": member(a, "not_covered", until="2026-11-20"),
        "not_medicare": member(a, "not_medicare", line="commercial"),
        "not_opted_in": member(a, "not_opted_in", client=stranger),
        "no_condition": member(a, "no_condition"),
        "no_pharmacy": member(a, "no_pharmacy"),
        "unknown_pharmacy": member(a, "unknown_pharmacy"),
        "not_in_network": member(a, "not_in_network"),
        "not_in_pbm_network": member(a, "not_in_pbm_network"),
        "opted_out": member(a, "opted_out"),
    }
    left = member(a, "left", client=ended)
    where = {
        "unknown_pharmacy": {"pharmacy": None, "ref": "S-77"},
        "not_in_network": {"pharmacy": outside},
        "not_in_pbm_network": {"pharmacy": elsewhere},
    }
    for name, patient in [*people.items(), ("left", left)]:
        if name != "no_condition":
            hypertensive(a, patient=patient)
        for day in ("2026-02-01", "2026-05-01", "2026-06-01"):
            mail = {"channel": "mail"} if name == "no_pharmacy" and day != "2026-02-01" else {}
            fill(a, day, patient=patient, **mail, **where.get(name, {}))
    for day in ("2026-10-01", "2026-11-01"):
        fill(a, day, patient=people["unknown_pharmacy"])  # the second pharmacy, which never inherits
    for is_given, since in ((True, date(2026, 1, 1)), (False, date(2026, 4, 1))):
        Consent.objects.create(
            payer=a.payer, patient=people["opted_out"], pharmacy=b.pharmacy, kind="services", is_given=is_given,
            since=since, recorded_by=cast.alice,
        )  # fmt: skip
    return people | {"not_opted_in (left)": left}


def new_pharmacy(number):
    organisation = Organisation.objects.create(kind="pharmacy", code=f"p{number}", name=f"Pharmacy {number}")
    return Pharmacy.objects.create(organisation=organisation, npi=npi(number), name=f"Pharmacy {number}")


def test_everybody_else_is_excluded_with_the_reason(regular):
    with as_owner():
        people = everybody(regular)
    run = enrol(regular)
    found = {name: outcomes(patient) for name, patient in people.items()}
    assert {name: one.outcome for name, one in found.items()} == {name: name.split()[0] for name in people}
    assert all(one.sentence.endswith(".") for one in found.values())
    assert run.counts == {**dict.fromkeys(Decision.Outcome.values, 1), "not_opted_in": 2}
    assert "the feed calls S-77" in found["unknown_pharmacy"].sentence
    assert found["not_in_network"].sentence.endswith("That pharmacy is not in Lantern Network.")


def test_a_consent_given_again_takes_over(regular):
    said = {"payer": regular.a.payer, "patient": regular.a.patient, "pharmacy": regular.a.pharmacy, "kind": "services"}
    with as_owner():
        Consent.objects.create(**said, is_given=False, since=date(2026, 4, 1), recorded_by=regular.alice)
    assert enrol(regular).counts["opted_out"] == 1
    with as_owner():
        Consent.objects.create(**said, is_given=True, since=date(2026, 5, 1), recorded_by=regular.alice)
    assert enrol(regular).counts["enrolled"] == 1


def test_fills_before_the_look_back_do_not_count_and_the_limit_is_a_parameter(empty):
    with as_owner():
        hypertensive(empty.a)
        fill(empty.a, "2025-11-21")
        fill(empty.a, "2025-11-22")
    assert enrol(empty).counts["no_pharmacy"] == 1
    with as_owner():
        ParameterValue.objects.create(
            code="programs.attribution_look_back_days", value=366, since=TODAY, reason="a leap year"
        )
    assert enrol(empty).counts["enrolled"] == 1


def test_a_member_who_moves_is_enrolled_at_the_new_pharmacy_and_the_old_one_sees_them_no_more(regular):
    enrol(regular)
    with as_owner():
        for day in range(10, 15):
            fill(regular.a, f"2026-11-{day}", pharmacy=regular.b.pharmacy)
    later = TODAY + timedelta(days=30)
    enrol(regular, as_of=later)
    with as_owner():
        old, new = Enrolment.objects.filter(patient=regular.a.patient).order_by("days")
        before, after = PatientAccess.objects.filter(patient=regular.a.patient).order_by("since")
    assert (old.pharmacy_id, old.days.upper, old.ended_because) == (regular.a.pharmacy.pk, later, "moved_pharmacy")
    assert (new.pharmacy_id, new.days.lower, new.days.upper) == (regular.b.pharmacy.pk, later, None)
    assert (before.pharmacy_id, before.until) == (regular.a.pharmacy.pk, later - timedelta(days=1))
    assert (after.pharmacy_id, after.since, after.until) == (regular.b.pharmacy.pk, later, None)


def test_moved_on_the_very_day_the_old_pharmacy_loses_sight_at_once(regular):
    enrol(regular)
    with as_owner():
        for day in range(10, 15):
            fill(regular.a, f"2026-11-{day}", pharmacy=regular.b.pharmacy)
    enrol(regular)
    with as_owner():
        assert Enrolment.objects.get(patient=regular.a.patient).pharmacy_id == regular.b.pharmacy.pk
        assert PatientAccess.objects.get(patient=regular.a.patient).pharmacy_id == regular.b.pharmacy.pk
        assert AuditEvent.objects.get(event="access.withdrawn").detail["pharmacy_id"] == regular.a.pharmacy.pk


def test_who_no_longer_fits_is_ended_and_care_given_keeps_its_own_access(regular):
    enrol(regular)
    with as_owner():
        regular.a.patient.died_on = TODAY
        regular.a.patient.save()
        care = PatientAccess.objects.create(
            payer=regular.a.payer, patient=regular.a.patient, pharmacy=regular.a.pharmacy, reason="care",
            sentence="Call on 3 May.", since=date(2026, 5, 3),
        )  # fmt: skip
    assert enrol(regular, as_of=TODAY + timedelta(days=1)).counts["deceased"] == 1
    with as_owner():
        assert Enrolment.objects.get(patient=regular.a.patient).ended_because == "deceased"
        assert list(PatientAccess.objects.filter(until=None, patient=regular.a.patient)) == [care]


def test_an_earlier_day_can_only_be_tried(regular):
    enrol(regular)
    with pytest.raises(actions.CannotEnrol, match="dry run"):
        enrol(regular, as_of=TODAY - timedelta(days=1))
    assert enrol(regular, as_of=TODAY - timedelta(days=1), dry_run=True).counts["enrolled"] == 1


def test_a_programme_is_not_decided_outside_its_days(regular):
    with pytest.raises(actions.CannotEnrol, match="does not run on 2019-12-31"):
        enrol(regular, as_of=date(2019, 12, 31))


def test_a_pharmacy_that_left_the_pbms_network_yesterday_gets_nobody(regular):
    with as_owner():
        PbmParticipation.objects.filter(pharmacy=regular.a.pharmacy).update(until=TODAY - timedelta(days=1))
    assert enrol(regular).counts["not_in_pbm_network"] == 1


def test_a_local_network_is_part_of_the_national_one(regular):
    with as_owner():
        parent = regular.network
        organisation = Organisation.objects.create(kind="network", code="local", name="Local")
        local = type(parent).objects.create(organisation=organisation, name="Local", parent=parent)
        NetworkMembership.objects.filter(pharmacy=regular.a.pharmacy).update(network=local)
    assert enrol(regular).counts["enrolled"] == 1


def test_one_visit_is_no_hypertension(empty):
    with as_owner():
        diagnosis(empty.a, "2026-03-01")
        diagnosis(empty.a, "2026-03-01")
    assert enrol(empty).counts["no_condition"] == 1


def test_what_follows_is_handed_on(regular):
    run = enrol(regular)
    with as_owner():
        row = Outbox.objects.get(topic="payer.enrolled")
    assert (row.payer_id, row.subject_id) == (regular.a.payer.pk, run.pk)

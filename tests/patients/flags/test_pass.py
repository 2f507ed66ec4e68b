"""One pass raises, keeps and closes; a person's closing is respected until the evidence changes."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill, ServiceGiven
from patients.flags import actions
from patients.flags.models import Flag, FlagChange
from patients.measures import actions as measures
from patients.measures.models import MeasureResult
from patients.models import Consent, PatientAccess
from patients.programs import actions as programs
from patients.programs.models import Enrolment
from pharmacies.billing.fees import price
from pharmacies.models import Contract, Fee, Network, Pharmacy, RuralUplift
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, hypertensive
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(cast):
    """Pat has hypertension, is enrolled at Ash Street, and ran out of lisinopril too often."""
    with as_owner():
        for model in (Flag, Enrolment, PatientAccess, Fill, MeasureResult):
            model.objects.filter(patient=cast.a.patient).exclude(
                pk=getattr(cast.a.flag, "pk", 0) if model is Flag else 0
            ).delete()
        Flag.objects.filter(pk=cast.a.flag.pk).update(status="closed", closed_at=date_time())
        drugs()
        hypertensive(cast.a)
        for day in ("2026-01-10", "2026-03-01", "2026-05-15", "2026-08-01"):
            fill(cast.a, day, 60)
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        programs.enrol(program=cast.program, payer=cast.a.payer, as_of=TODAY, by=None)
    return cast


def date_time():
    from django.utils import timezone

    return timezone.now()


def run(cast, as_of=TODAY, patient_ids=None):
    """Evaluates and passes, as the worker does after a delivery or at night."""
    payer = cast.a.payer
    with context.acting_as(context.worker_for(payer.pk)):
        measures.evaluate(payer=payer, year=as_of.year, as_of=as_of, patient_ids=patient_ids, cause="test")
        return actions.raise_and_close(payer=payer, patient_ids=patient_ids, as_of=as_of)


def flags(cast, **filters):
    with as_owner():
        return list(Flag.objects.filter(patient=cast.a.patient, **filters).exclude(pk=cast.a.flag.pk).order_by("pk"))


def only(cast, **filters):
    (flag,) = flags(cast, **filters)
    return flag


def as_alice(cast):
    return context.acting_as(cast.alice.scope)


def test_a_flag_is_raised_with_its_numbers_and_what_they_are_worth(world):
    assert run(world) == {"raised": 1, "kept": 0, "reopened": 0, "closed": 0, "respected": 0}
    flag = only(world)
    assert (flag.pharmacy_id, flag.rule, flag.measure, flag.year) == (
        world.a.pharmacy.pk,
        "low_adherence",
        "pdc_rasa",
        2026,
    )
    # 10 Jan to 21 Nov: 316 days. Four times 60 days, the early refill carried on after the first supply.
    assert (flag.evidence["covered_days"], flag.evidence["period_days"]) == (240, 316)
    assert flag.headline == "PDC 75%, cannot reach 80% this year" and flag.severity == "routine"
    assert flag.value_cents == 2500 and flag.rank == sum(points for _, points in flag.arithmetic)
    assert flag.evidence["limits"] == {"flags.rest_days_after_service": 7}
    with as_owner():
        (change,) = FlagChange.objects.filter(flag=flag)
    assert (change.from_status, change.to_status, change.by) == ("", "open", None)


@pytest.mark.parametrize(
    "ruca, basis_points, rural_cents", [(7, 1250, None), (7, 1250, 4000), (1, 1250, 4000), (7, 0, None)]
)
def test_a_flag_is_worth_what_its_claim_would_be_priced_at(world, ruca, basis_points, rural_cents):
    terms = {"contract": world.contract, "since": date(2020, 1, 1)}
    with as_owner():
        Pharmacy.objects.filter(pk=world.a.pharmacy.pk).update(ruca=ruca)
        RuralUplift.objects.filter(contract=world.contract).update(basis_points=basis_points)
        if rural_cents:
            Fee.objects.create(code="99606", label="Call", amount_cents=rural_cents, area=Fee.Area.RURAL, **terms)
        newer = terms | {"since": TODAY - timedelta(days=9)}
        elsewhere = Contract.objects.create(
            pbm=world.pbm, network=other_network(), code="2026", title="x", since=newer["since"]
        )
        Fee.objects.create(code="99606", label="Call", amount_cents=9900, **newer | {"contract": elsewhere})
    run(world)
    with as_alice(world):
        claim = price(snapshot=snapshot_of(world.a, service_on=TODAY), who=world.alice)
    assert [line.code for line in claim.lines] == ["99606"] and claim.charge_cents > 0
    assert only(world).value_cents == claim.charge_cents


def other_network():
    organisation = Organisation.objects.create(kind="network", code="other", name="Another network")
    return Network.objects.create(organisation=organisation, name="Another network")


def test_twice_is_once_and_the_next_day_refreshes_the_numbers(world):
    run(world)
    before = only(world)
    assert run(world)["kept"] == 1
    assert only(world).refreshed_at == before.refreshed_at
    with time_machine.travel(TODAY + timedelta(days=1), tick=False):
        assert run(world, as_of=TODAY + timedelta(days=1))["kept"] == 1
    flag = only(world)
    assert (flag.pk, flag.evidence["period_days"]) == (before.pk, 317) and flag.refreshed_at > before.refreshed_at
    assert flag.evidence_key == before.evidence_key


def test_a_fill_that_mends_it_closes_the_flag(world):
    run(world)
    raised = flags(world)
    with as_owner():
        Fill.objects.filter(patient=world.a.patient).update(days_supply=90)
    assert run(world)["closed"] == len(raised) == 1
    flag = only(world)
    assert flag.status == "closed" and flag.closed_by is None
    with as_owner():
        assert FlagChange.objects.filter(flag=flag).last().why == "The numbers no longer ask for it."


def test_nobody_is_flagged_who_is_not_enrolled(world):
    with as_owner():
        Enrolment.objects.filter(patient=world.a.patient).delete()
    assert run(world)["raised"] == 0


def test_no_days_supply_raises_nothing(world):
    with as_owner():
        one = Fill.objects.filter(patient=world.a.patient).order_by("-day").first()
        Fill.objects.filter(pk=one.pk).update(days_supply=None)
    assert run(world)["raised"] == 0
    with as_owner():
        assert MeasureResult.objects.get(patient=world.a.patient, measure="pdc_rasa").not_computed == "no_days_supply"


def test_a_member_who_moves_leaves_one_worklist_and_appears_on_the_other(world):
    run(world)
    with as_owner():
        for day in ("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05"):
            fill(world.a, day, 1, "metformin", pharmacy=world.b.pharmacy)
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        programs.enrol(program=world.program, payer=world.a.payer, as_of=TODAY, by=None)
    counts = run(world)
    assert counts["closed"] == 1 and counts["raised"] >= 1
    old, new = flags(world, measure="pdc_rasa")
    assert (old.pharmacy_id, old.status) == (world.a.pharmacy.pk, "closed")
    assert (new.pharmacy_id, new.status) == (world.b.pharmacy.pk, "open")
    with as_owner():
        assert FlagChange.objects.filter(flag=old).last().why == "No longer enrolled at this pharmacy."
    with context.acting_as(world.alice.scope):
        assert not Flag.objects.visible_to(world.alice).filter(status="open", patient=world.a.patient).exists()


def dismiss(cast, until=TODAY + timedelta(days=30), reason="declined"):
    flag = only(cast, status="open")
    with as_alice(cast):
        return actions.dismiss(flag=flag, reason=reason, until=until, note="Asked twice", by=cast.alice)


def test_a_dismissal_is_respected_tonight_and_tomorrow(world):
    run(world)
    dismiss(world)
    assert run(world) == {"raised": 0, "kept": 0, "reopened": 0, "closed": 0, "respected": 1}
    with time_machine.travel(TODAY + timedelta(days=20), tick=False):
        assert run(world, as_of=TODAY + timedelta(days=20))["respected"] == 1
    assert only(world).status == "dismissed"


def test_it_comes_back_when_its_day_has_passed(world):
    run(world)
    dismiss(world, until=TODAY + timedelta(days=3))
    with time_machine.travel(TODAY + timedelta(days=4), tick=False):
        assert run(world, as_of=TODAY + timedelta(days=4))["reopened"] == 1
    flag = only(world)
    assert (flag.status, flag.dismissal, flag.dismissed_until) == ("open", "", None)
    with as_owner():
        assert FlagChange.objects.filter(flag=flag).last().why == "The dismissal ended."


def test_it_comes_back_when_claims_change(world):
    run(world)
    dismiss(world)
    with as_owner():
        fill(world.a, "2026-11-20", 5)
    assert run(world)["reopened"] == 1
    with as_owner():
        assert FlagChange.objects.filter(flag=only(world)).last().why == "Claims changed."


def test_a_dismissal_covers_the_measure_whichever_rule_speaks_later(world):
    """On the 10th the way back is open, on the 21st it is closed. The claims are the same, and so is the answer."""
    earlier = date(2026, 11, 10)
    with time_machine.travel(earlier, tick=False):
        run(world, as_of=earlier)
        first = only(world)
        assert (first.rule, first.headline) == ("about_to_fail", "PDC 78%, 6 days left, act by 17 Nov")
        dismiss(world, until=TODAY + timedelta(days=30))
    assert run(world)["respected"] == 1
    assert only(world).pk == first.pk and only(world).status == "dismissed"


def test_a_resolved_flag_stays_closed_until_the_evidence_changes(world):
    run(world)
    flag = only(world)
    with as_alice(world):
        actions.resolve(flag=flag, why="Adherence call done.", by=world.alice)
    assert run(world) == {"raised": 0, "kept": 0, "reopened": 0, "closed": 0, "respected": 1}
    with as_owner():
        fill(world.a, "2026-11-20", 5)
    assert run(world)["raised"] == 1
    closed, opened = flags(world)
    assert closed.closed_by_id == world.alice.pk and opened.status == "open"


def test_a_call_silences_for_a_week_and_a_dismissal_outlives_it(world):
    run(world)
    dismiss(world)
    with as_owner():
        given(world, TODAY)
    assert run(world)["respected"] == 1
    assert only(world).status == "dismissed"


def test_an_open_flag_closes_after_a_call_and_is_raised_again_a_week_later(world):
    run(world)
    with as_owner():
        given(world, TODAY)
    assert run(world)["closed"] == 1
    later = TODAY + timedelta(days=7)
    with time_machine.travel(later, tick=False):
        assert run(world, as_of=later)["raised"] == 1


def given(cast, day):
    ServiceGiven.objects.create(
        payer=cast.a.payer, patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="adherence_call", given_on=day,
        encounter_ref=cast.a.encounter.public_id,
    )  # fmt: skip


def test_whoever_declines_services_is_left_in_peace(world):
    run(world)
    with as_owner():
        Consent.objects.create(
            payer=world.a.payer, patient=world.a.patient, pharmacy=world.a.pharmacy, kind="services", is_given=False,
            since=TODAY, recorded_by=world.alice,
        )  # fmt: skip
    assert run(world)["closed"] == 1


def test_a_new_year_closes_the_flags_of_the_old_one(world):
    run(world)
    new_year = date(2027, 1, 2)
    with time_machine.travel(new_year, tick=False):
        assert run(world, as_of=new_year)["closed"] == 1
    with as_owner():
        assert FlagChange.objects.filter(flag=only(world)).last().why == "The measurement year 2026 is over."


def test_a_pass_over_some_leaves_the_others_alone(world):
    run(world)
    assert run(world, patient_ids=[]) == {"raised": 0, "kept": 0, "reopened": 0, "closed": 0, "respected": 0}
    assert only(world).status == "open"


def test_nothing_is_closed_for_want_of_an_evaluation(world):
    with (
        context.acting_as(context.worker_for(world.a.payer.pk)),
        pytest.raises(actions.NotEvaluated, match="evaluate first"),
    ):
        actions.raise_and_close(payer=world.a.payer, as_of=TODAY)


def test_another_payers_flags_are_not_touched(world):
    with as_owner():
        before = Flag.objects.values().get(pk=world.b.flag.pk)
    run(world)
    with as_owner():
        assert Flag.objects.values().get(pk=world.b.flag.pk) == before
    assert isinstance(before, dict) and SimpleNamespace(**before).status == "open"


def test_who_filled_once_is_flagged_until_there_is_a_second_fill(world):
    with as_owner():
        Fill.objects.filter(patient=world.a.patient).exclude(day=(date(2026, 8, 1) - date(1970, 1, 1)).days).delete()
    run(world)
    flag = only(world)
    assert (flag.rule, flag.measure, flag.status) == ("first_fill_only", "pdc_rasa", "open")
    assert flag.segments == ["abandoned", "first_fill_only"] and "on 1 Aug; supply ended on 29 Sep" in flag.reason
    with as_owner():
        fill(world.a, "2026-11-20", 60)
    run(world)
    assert only(world, rule="first_fill_only").status == "closed"

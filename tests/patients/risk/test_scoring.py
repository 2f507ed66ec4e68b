"""From facts to stored scores: which claims count, what cannot be known, and that a score can be made again later."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command

from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill, MedicalEvent, Service, Stay
from patients.measures import actions as measures
from patients.measures.models import PatientCondition
from patients.models import Coverage
from patients.risk import actions, points, queries
from patients.risk.hcc import person
from patients.risk.models import RafScore, RiskModel, RiskScore
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, member

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 11, 21)
LINES = [0]


@pytest.fixture
def side(cast):
    with as_owner():
        for model in (Fill, Diagnosis, Stay, Service, PatientCondition, RiskScore, RafScore):
            model.objects.filter(payer=cast.a.payer).delete()
        Coverage.objects.filter(payer=cast.a.payer).delete()
        cast.a.patient.sex, cast.a.patient.born_on = "female", date(1952, 3, 4)
        cast.a.patient.save()
        cover(cast.a)
    return cast.a


def cover(side, patient=None, since="2020-01-01", until=None, **more):
    return Coverage.objects.create(
        **{
            "payer": side.payer,
            "patient": patient or side.patient,
            "client": side.client,
            "line_of_business": "medicare",
            "starts_on": date.fromisoformat(since),
            "ends_on": until and date.fromisoformat(until),
            "contract": "H1234",
        }
        | more
    )


def claim(side, day, codes, *, setting="carrier", service="99213", bill="", ends=None, patient=None):
    """One claim of one line with its facts; returns the event's id."""
    LINES[0] += 1
    starts = date.fromisoformat(day)
    event = MedicalEvent.objects.create(
        payer=side.payer,
        delivery=side.delivery,
        line_number=LINES[0],
        record_id=f"risk-{LINES[0]}",
        content_hash=f"00000000-0000-0000-0000-{LINES[0]:012d}",
        member_id="m",
        patient=patient or side.patient,
        standing="paid",
        setting=setting,
        starts_on=starts,
        ends_on=date.fromisoformat(ends or day),
        hcpcs=service,
        bill_type=bill,
        diagnoses=codes.split(),
    )
    about = {"payer": side.payer, "patient": event.patient, "event_id": event.pk}
    for code in codes.split():
        Diagnosis.objects.create(**about, day=day_number(starts), code=code, setting=setting)
    if service:
        Service.objects.create(**about, day=day_number(starts), code=service, setting=setting)
    if setting == "inpatient":
        Stay.objects.create(**about, from_day=day_number(starts), to_day=day_number(event.ends_on), kind="inpatient")
    return event.pk


def evaluate(side, as_of=AS_OF, patient_ids=None):
    with context.acting_as(context.worker_for(side.payer.pk)):
        return actions.evaluate(payer=side.payer, as_of=as_of, patient_ids=patient_ids)


def stored(side, patient=None):
    with as_owner():
        return RiskScore.objects.filter(patient=patient or side.patient).order_by("-since").first()


def raf(side, year, patient=None, label=0):
    with as_owner():
        return RafScore.objects.get(patient=patient or side.patient, payment_year=year, sensitivity=label)


def test_diagnoses_of_last_year_are_paid_this_year_and_those_to_date_next_year(side):
    with as_owner():
        last = claim(side, "2025-06-01", "E1122 N184")
        this = claim(side, "2026-06-01", "I5022")
        claim(side, "2026-12-01", "F200")  # after the as-of day
    evaluate(side)
    paid, projected = raf(side, 2026), raf(side, 2027)
    assert paid.inputs["diagnoses"] == {"E1122": [[last, 20240]], "N184": [[last, 20240]]} and not paid.is_projected
    assert set(projected.inputs["diagnoses"]) == {"I5022"} and projected.is_projected
    assert projected.inputs["diagnoses"]["I5022"][0][0] == this
    assert paid.inputs["person"]["age"] == 73 and projected.inputs["person"]["age"] == 74  # on 1 February
    v28 = next(one for one in paid.answer if one["code"] == "v28")
    assert paid.blended_milli == v28["payment_milli"] and v28["segment"] == "CNA"


COUNTS = [
    # setting, service, bill type: does it count, and if not why
    ("inpatient", "", "", True, ""),
    ("inpatient", "", "0111", True, ""),
    ("outpatient", "99213", "0131", True, ""),
    ("outpatient", "A0428", "131", False, "no_eligible_service"),
    ("outpatient", "", "131", False, "no_service_code"),
    ("outpatient", "99213", "0141", False, "bill_type"),  # laboratory alone
    ("carrier", "99213", "", True, ""),
    ("carrier", "80053", "", False, "no_eligible_service"),
    ("snf", "99213", "0211", False, "setting_snf"),
    ("hha", "99213", "0322", False, "setting_hha"),
    ("hospice", "99213", "0811", False, "setting_hospice"),
    ("dme", "99213", "", False, "setting_dme"),
]


@pytest.mark.parametrize(("setting", "service", "bill", "counts", "why"), COUNTS)
def test_which_claims_count(side, setting, service, bill, counts, why):
    with as_owner():
        claim(side, "2025-06-01", "E1122", setting=setting, service=service, bill=bill)
    evaluate(side)
    inputs = raf(side, 2026).inputs
    assert list(inputs["diagnoses"]) == (["E1122"] if counts else [])
    assert inputs["left_out"] == ({} if counts else {why: 1})


def test_a_stay_over_new_year_belongs_to_the_year_in_which_it_ended(side):
    with as_owner():
        claim(side, "2024-12-28", "I5022", setting="inpatient", ends="2025-01-04")
        claim(side, "2025-12-28", "E1122", setting="inpatient", ends="2026-01-04")
    evaluate(side)
    assert list(raf(side, 2026).inputs["diagnoses"]) == ["I5022"]
    assert list(raf(side, 2027).inputs["diagnoses"]) == ["E1122"]


def test_status_comes_from_coverage(side):
    with as_owner():
        Coverage.objects.filter(payer=side.payer).delete()
        cover(side, until="2026-01-31", dual_status="02", original_reason="1")
        cover(side, since="2026-02-01", dual_status="06", low_income="3", contract="S5555")
    evaluate(side)
    told = raf(side, 2026).inputs["person"]
    assert (told["dual"], told["low_income"], told["original_reason"], told["channel"]) == ("06", True, "1", "pdp")
    assert not told["new_enrollee"] and told["months"] == 12


def test_less_than_twelve_months_is_new(side):
    with as_owner():
        Coverage.objects.filter(payer=side.payer).delete()
        cover(side, since="2025-02-01")
        claim(side, "2025-06-01", "E1122")
    evaluate(side)
    row = raf(side, 2026)
    assert row.inputs["person"]["new_enrollee"] and row.inputs["person"]["months"] == 11
    v28 = next(one for one in row.answer if one["code"] == "v28")
    assert v28["segment"] == "NE" and [one["kind"] for one in v28["factors"]] == ["demographic"]


def test_a_year_to_date_asks_for_the_months_that_can_be_known(side):
    """Coverage told month by month up to October, looked at in November, is no new enrollee; somebody since March is."""
    with as_owner():
        other = member(side, "since-march", since=None, sex="male")
        Coverage.objects.filter(payer=side.payer).delete()
        cover(side, until="2026-10-31")
        cover(side, other, since="2026-03-01", until="2026-10-31")
    evaluate(side)
    told = [raf(side, 2027, one).inputs["person"] for one in (side.patient, other)]
    assert [(one["new_enrollee"], one["months"]) for one in told] == [(False, 10), (True, 8)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"born_on": None}, "no_birth_date"),
        ({"sex": "unknown"}, "no_sex"),
        ({"line_of_business": "medicaid"}, "not_medicare"),
        ({"ends_on": date(2024, 12, 31)}, "no_coverage"),
        ({"is_esrd": True}, "esrd"),
    ],
)
def test_what_is_missing_is_said(side, change, why):
    with as_owner():
        for model, row in ((Coverage, {"payer": side.payer}), (type(side.patient), {"pk": side.patient.pk})):
            names = {one.name for one in model._meta.concrete_fields}
            if set(change) <= names:
                model.objects.filter(**row).update(**change)
    evaluate(side)
    row = raf(side, 2026)
    assert (row.not_computed, row.blended_milli) == (why, None)


def test_every_line_and_its_claims(side):
    with as_owner():
        drugs()
        visits = [
            claim(side, day, "R079", setting="outpatient", service="99284") for day in ("2026-08-01", "2026-09-01")
        ]
        claim(side, "2026-09-01", "R079", setting="outpatient", service="99284")  # the same day
        claim(side, "2026-01-10", "R079", setting="outpatient", service="99284")  # longer ago than 180 days
        stay = claim(side, "2026-11-01", "I5022", setting="inpatient", ends="2026-11-05", service="")
        for number, code in enumerate(("hypertension", "depression", "mood_disorders")):
            evidence = [{"event_id": 100 + number, "day": 20400, "code": "X", "setting": "carrier"}]
            found = {"condition": code, "version": "1", "evidence": evidence, "first_met_day": 1, "last_seen_day": 1}
            PatientCondition.objects.create(payer=side.payer, patient=side.patient, **found)
        fill(side, "2026-10-01")
    evaluate(side)
    score = stored(side)
    lines = {line[0]: line[2:] for line in score.lines}
    assert lines["conditions"] == [8, "2 x 4"]
    assert lines["emergency_visits"] == [16, "2 x 8"] and lines["stays"] == [15, "1 x 15"]
    assert lines["recent_discharge"] == [15, "yes"]
    assert lines["medicines"] == [0, "1, below 8"]
    assert score.points == sum(line[2] or 0 for line in score.lines)
    assert [row[0] for row in score.evidence["emergency_visits"]] == visits
    assert score.evidence["stays"] == [[stay, day_number(date(2026, 11, 5)), "stay"]]
    assert {row[2] for row in score.evidence["conditions"]} == {"hypertension", "mood_disorders"}


def test_without_medical_claims_nothing_medical_is_known(side):
    with as_owner():
        drugs()
        fill(side, "2026-10-01")
    evaluate(side)
    score = stored(side)
    unknown = {line[0] for line in score.lines if line[2] is None}
    assert {"conditions", "raf_milli", "emergency_visits", "stays", "recent_discharge"} <= unknown
    assert score.inputs["stays"] is None and score.unknown == len(unknown)
    assert {line[3] for line in score.lines if line[2] is None} == {"Cannot be known"}


def test_without_days_supply_adherence_is_not_known(side):
    with as_owner():
        drugs()
        for day in ("2026-01-10", "2026-04-01", "2026-07-01"):
            fill(side, day, None)
    with context.acting_as(context.worker_for(side.payer.pk)):
        measures.evaluate(payer=side.payer, year=2026, as_of=AS_OF, cause="test")
    evaluate(side)
    assert stored(side).inputs["low_adherence"] is None
    with as_owner():
        Fill.objects.filter(payer=side.payer).update(days_supply=30)
    with context.acting_as(context.worker_for(side.payer.pk)):
        measures.evaluate(payer=side.payer, year=2026, as_of=AS_OF, cause="test")
    evaluate(side)
    assert stored(side).inputs["low_adherence"] == 1 and stored(side).evidence["low_adherence"][0][2] == "pdc_rasa"


def test_a_score_is_made_again_from_what_is_stored_with_the_parameters_of_its_day(side):
    with as_owner():
        claim(side, "2026-06-01", "I5022", setting="inpatient", ends="2026-06-05", service="")
        ParameterValue.objects.create(code="risk.points_stay", value=40, since=date(2026, 11, 1), reason="test")
        ParameterValue.objects.create(code="risk.points_stay", value=99, since=date(2026, 11, 22), reason="later")
    evaluate(side)
    score = stored(side)
    assert {line[0]: line[2] for line in score.lines}["stays"] == 40
    with as_owner():
        ParameterValue.objects.all().delete()
        again = queries.recompute(score)
        factors = queries.recompute_raf(raf(side, 2027))
    assert (again.points, again.tier, points.stored(again)) == (score.points, score.tier, score.lines)
    assert (factors.answer, factors.blended_milli) == (raf(side, 2027).answer, raf(side, 2027).blended_milli)
    evaluate(side, date(2026, 11, 23))
    assert {line[0]: line[2] for line in stored(side).lines}["stays"] == 15  # the parameters are gone again
    with context.acting_as(context.worker_for(side.payer.pk)):
        assert queries.score_on(payer=side.payer, patient_id=side.patient.pk, day=AS_OF).points == score.points


def test_the_same_is_not_written_twice(side):
    with as_owner():
        claim(side, "2026-06-01", "I5022")
    assert evaluate(side) >= 1
    assert evaluate(side) == 0 and evaluate(side, date(2026, 11, 22)) == 0
    assert stored(side).since == AS_OF


def test_those_touched_come_to_what_all_come_to(side):
    with as_owner():
        other = member(side, "zoe", sex="male")
        claim(side, "2026-06-01", "I5022")
        claim(side, "2026-06-01", "E1122", patient=other)
    evaluate(side)
    of_all = {one: (stored(side, one).lines, raf(side, 2027, one).answer) for one in (side.patient, other)}
    with as_owner():
        RiskScore.objects.all().delete()
        RafScore.objects.all().delete()
    evaluate(side, patient_ids=[other.pk])
    assert stored(side) is None
    assert (stored(side, other).lines, raf(side, 2027, other).answer) == of_all[other]


def test_batches_are_one_after_the_other(side, monkeypatch):
    with as_owner():
        people = [member(side, f"b{number}", sex="male") for number in range(5)]
        claim(side, "2026-06-01", "I5022")
    monkeypatch.setattr(actions, "BATCH", 2)
    evaluate(side)
    assert all(stored(side, one) for one in [side.patient, *people])


def test_substance_use_leaves_no_trace_in_what_pharmacies_see(side):
    """The score of somebody with it, and of the same person without it, are equal to the last word."""
    with as_owner():
        drugs()
        names = {"buprenorphine": "00000000505", "oxycodone": "00000000606", "diazepam": "00000000707"}
        for name, ndc in names.items():
            product = Product.objects.create(ndc11=ndc, name=name, ingredients=[name], source="test", version="1")
            code = {"oxycodone": "opioids", "diazepam": "benzodiazepines"}.get(name)
            if code:
                ingredient = Ingredient.objects.create(name=name)
                DrugSetMember.objects.create(
                    set_code=code, product=product, ndc11=ndc, ingredient_name=name, ingredient=ingredient
                )
        plain, hidden = (member(side, one, sex="female") for one in ("plain", "hidden"))
        for one in (plain, hidden):
            claim(side, "2025-06-01", "E1122", patient=one)
            claim(side, "2026-06-01", "I10", patient=one)
            fill(side, "2026-10-01", patient=one)
        claim(side, "2025-07-01", "F1120 K7030", patient=hidden)
        about = {"payer": side.payer, "patient": hidden, "channel": "retail", "days_supply": 30}
        Fill.objects.create(
            **about, event_id=77, day=day_number(date(2026, 10, 2)), ndc=names["buprenorphine"], paid_cents=90_000
        )
        found = {"version": "1", "evidence": [], "first_met_day": 1, "last_seen_day": 1}
        PatientCondition.objects.create(payer=side.payer, patient=hidden, condition="drug_use", sensitivity=1, **found)
    evaluate(side)
    with_it, without = stored(side, hidden), stored(side, plain)
    assert (with_it.lines, with_it.inputs, with_it.tier) == (without.lines, without.inputs, without.tier)
    assert with_it.inputs["conditions"] == 0 and with_it.inputs["raf_milli"] > 0  # known, not unknown
    assert "77" not in str(with_it.evidence) and "drug_use" not in str(with_it.evidence)
    full, told, same = raf(side, 2026, hidden, label=1), raf(side, 2026, hidden), raf(side, 2026, plain)
    assert told.blended_milli == same.blended_milli < full.blended_milli
    assert {code[:3] for code in full.inputs["diagnoses"]} == {"E11", "F11", "K70"}
    assert [told.inputs["diagnoses"].keys(), told.inputs["left_out"]] == [
        same.inputs["diagnoses"].keys(),
        same.inputs["left_out"],
    ]
    with as_owner():
        assert not RafScore.objects.filter(patient=plain, sensitivity=1).exists()
        Diagnosis.objects.filter(patient=hidden, code__startswith="F11").delete()
        Diagnosis.objects.filter(patient=hidden, code="K7030").delete()
    evaluate(side)
    with as_owner():
        assert not RafScore.objects.filter(patient=hidden, payment_year=2026, sensitivity=1).exists()


def test_the_label_is_honoured_by_both_walls(side, cast):
    """Whoever may not see substance use sees one row a year, made without it, and cannot tell that there is another."""
    with as_owner():
        claim(side, "2025-06-01", "E1122 F1120")
    evaluate(side)
    for sees, labels in ((False, [0]), (True, [1])):
        scope = replace(cast.dana.scope, sees_substance_use=sees)
        with context.acting_as(scope):
            found = [row for row in queries.rafs(patient=side.patient, who=scope) if row.payment_year == 2026]
            assert [row.sensitivity for row in found] == labels
            assert sorted(RafScore.objects.values_list("sensitivity", flat=True).distinct()) == sorted({0, *labels})


def test_an_opioid_with_a_benzodiazepine(side):
    with as_owner():
        drugs()
        ndcs = {}
        for name, code in (("oxycodone", "opioids"), ("diazepam", "benzodiazepines")):
            ndcs[name] = f"0000000{len(name):04d}"
            product = Product.objects.create(
                ndc11=ndcs[name], name=name, ingredients=[name], source="test", version="1"
            )
            ingredient = Ingredient.objects.create(name=name)
            DrugSetMember.objects.create(
                set_code=code, product=product, ndc11=product.ndc11, ingredient_name=name, ingredient=ingredient
            )
        about = {"payer": side.payer, "patient": side.patient, "channel": "retail", "days_supply": 30}
        Fill.objects.create(**about, event_id=1, day=day_number(date(2026, 10, 2)), ndc=ndcs["oxycodone"])
    evaluate(side)
    assert stored(side).inputs["opioid_and_benzodiazepine"] == 0
    with as_owner():
        Fill.objects.create(**about, event_id=2, day=day_number(date(2026, 11, 2)), ndc=ndcs["diazepam"])
    evaluate(side)
    score = stored(side)
    assert {line[0]: line[2] for line in score.lines}["opioid_and_benzodiazepine"] == 12
    assert [row[0] for row in score.evidence["opioid_and_benzodiazepine"]] == [1, 2]


def test_a_model_in_force_decides_the_tier_from_its_day_on(side):
    with as_owner():
        claim(side, "2026-11-01", "I5022", setting="inpatient", ends="2026-11-05", service="")
        about = {
            "payer": side.payer,
            "inputs_version": "1",
            "outcome": {},
            "report": {},
            "report_text": "",
            "as_of": AS_OF,
        }
        RiskModel.objects.create(
            version="l.1", coefficients={"constant": -4_000_000, "stays": 4_000_000}, since=date(2026, 11, 20), **about
        )
    evaluate(side, date(2026, 11, 19))
    before = stored(side)
    assert (before.chance_ppm, before.model, before.version) == (None, {}, points.VERSION)
    evaluate(side)
    score = stored(side)
    assert (score.chance_ppm, score.tier, score.version) == (500_000, "very_high", "l.1")
    assert queries.recompute(score).chance_ppm == 500_000


def test_a_delivery_leads_to_scores_before_flags(side):
    with as_owner():
        claim(side, "2026-06-01", "I5022")
    with context.acting_as(context.worker_for(side.payer.pk)):
        measures.evaluate(payer=side.payer, year=2026, as_of=AS_OF, cause="test")
        jobs.hand_on(
            topic="patients.evaluated", payer_id=side.payer.pk, subject_id=1, detail={"as_of": AS_OF.isoformat()}
        )
    assert jobs.drain() == 3  # the run itself asks for the rates of pharmacies
    assert stored(side) is not None


def test_explain_names_every_claim(side, capsys):
    with as_owner():
        claim(side, "2026-11-01", "I5022", setting="inpatient", ends="2026-11-05", service="")
        record = MedicalEvent.objects.get(patient=side.patient, record_id=f"risk-{LINES[0]}").record_id
    evaluate(side)
    call_command("explain_risk", str(side.patient.public_id), "--payer", side.payer.code, "--as-of", AS_OF.isoformat())
    said = capsys.readouterr().out
    assert f'"claim_id": "{record}"' in said and '"limits"' in said and '"raf"' in said


def test_months_of_coverage():
    span = Coverage(starts_on=date(2025, 3, 15), ends_on=date(2025, 5, 1))
    assert [month for month in range(1, 13) if person._covers(span, 2025, month)] == [3, 4, 5]
    assert person._covers(Coverage(starts_on=date(2024, 1, 1), ends_on=None), 2025, 12)

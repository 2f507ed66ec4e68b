"""Few members are judged in another way than many, and touched ones in another way than everybody: results are the same."""

import pytest
from django.db import connection

from carecoord.kernel.tenancy import context
from carecoord.management.bench import members
from patients.measures import actions, results_sql
from patients.measures.models import MeasureResult, PatientCondition

pytestmark = pytest.mark.django_db(transaction=True)
NOT_SAID = ("id", "run_id")


def said(model, payer, **asked):
    """What rows say, without which run said it."""
    columns = [field.attname for field in model._meta.concrete_fields if field.attname not in NOT_SAID]
    return sorted(map(repr, model.objects.filter(payer=payer, **asked).values_list(*columns)))


def test_many_touched_members_have_the_results_of_a_full_run_of_few(monkeypatch):
    made = members.make(members=300, year=2025, code="many")
    day = members.as_of(made)
    everybody = list(range(made.first_id, made.last_id + 1))
    touched = [one for one in everybody if one % 3]
    with context.acting_as(context.worker_for(made.payer.pk)):
        asked = {"payer": made.payer, "year": made.year}
        actions.evaluate(**asked, as_of=day, cause="few")
        few = {model: said(model, made.payer) for model in (MeasureResult, PatientCondition)}
        monkeypatch.setattr(results_sql, "MANY", 1)
        run = actions.evaluate(**asked, as_of=day, patient_ids=touched, cause="many")
        written = set(MeasureResult.objects.filter(run_id=run.pk).values_list("patient_id", flat=True))
        assert written <= set(touched) and len(written) > 160
        many = {model: said(model, made.payer) for model in (MeasureResult, PatientCondition)}
        assert len(few[MeasureResult]) > 500 and len(few[PatientCondition]) > 20
        assert few == many
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from claims_fill")
            assert cursor.fetchone()[0] > 300 * 20, "what stood in for the facts of everybody is gone again"

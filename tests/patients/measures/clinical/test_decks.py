"""The published eCQM 2026 test decks that lie in the third-party data: no difference is unexplained."""

import pytest

from patients.measures.clinical import charts, terminology
from patients.measures.clinical.compare import compare

pytestmark = pytest.mark.shared_data
# patients, populations, of which equal
DECKS = {
    "CMS122FHIRDiabetesAssessGT9Pct": (35, 140, 140),
    "CMS131FHIRDiabetesEyeExam": (38, 152, 149),
    "CMS138FHIRTobaccoScrnCessation": (19, 228, 228),
    "CMS156FHIRHighRiskMedsElderly": (29, 348, 348),
    "CMS165FHIRControllingHighBP": (34, 136, 136),
    "CMS347FHIRStatinPreventionTxCVD": (96, 1920, 1920),
    "CMS506FHIRSafeUseofOpioids": (24, 96, 96),
    "CMS951FHIRKidneyHealthEval": (28, 112, 112),
}


@pytest.fixture(scope="module")
def terms(shared_data):
    return terminology.load(shared_data / "codes" / "ecqm2025_valuesets_subset.csv")


@pytest.mark.parametrize("measure", DECKS)
def test_equal_or_explained(shared_data, terms, measure):
    source = charts.read(shared_data / "measures" / f"{measure}.zip")
    assert source.faults == []
    (found,) = compare(source, terms).values()
    assert (found.unusable, found.unexplained) == ([], [])
    assert (found.patients, found.compared, found.equal) == DECKS[measure]

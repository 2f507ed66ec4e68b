"""What the measures of people with diabetes share: whom they are about, their years, and the limits of A1c."""

from ..measure import Years
from .diagnosed import Diagnosed
from .last_result import LastResult

# One gap of at most 45 days and cover on 31 December: Hopkins on KED and GSD ("the measurement year"), general rule of the
# HEDIS-like measures, background knowledge. The rules of 2024 to 2026 are the same (before: other names, other exclusions).
CLINICAL_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=45),)

# Two diagnoses on different days of this year or the one before, or one with insulin or another medicine for diabetes.
WITH_DIABETES = Diagnosed("diabetes", medicines=("diabetes_non_insulin", "insulins"))

_A1C = {
    "population": WITH_DIABETES,
    "results": ("a1c_results", "glucose_management_indicator"),
    "ifcc": "a1c_results_ifcc",
    "ranges": (("a1c_below_7", 6_999), ("a1c_7_to_8", 7_999), ("a1c_8_to_9", 9_000), ("a1c_above_9", 25_000)),
    "tests": "a1c_tests",
}
A1C_CONTROL = LastResult(**_A1C, limit_milli=8_000)
A1C_POOR = LastResult(**_A1C, limit_milli=9_000, is_poor=True)

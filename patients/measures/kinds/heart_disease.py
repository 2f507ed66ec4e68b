"""Whom the statin measures of cardiovascular disease are about, and what takes people out of them (heart_disease.sql)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..code_lists import in_sql
from ..measure import Exclusion, Years
from . import two_years
from .sources import Reads

_INFARCTION, _DISEASE = "myocardial_infarction", "ischemic_vascular_disease"
_PROCEDURES = ("coronary_bypass", "coronary_intervention", "other_revascularization")

EXCLUDED = (
    Exclusion.hospice_or_billed(),
    Exclusion.palliative(),
    Exclusion.institutional(),
    Exclusion.frail_and_ill(),
    Exclusion("pregnancy_two_years", diagnoses="pregnancy", years_back=1),
    Exclusion("in_vitro_fertilization", services="in_vitro_fertilization", years_back=1),
    Exclusion(
        "kidney_failure_two_years",
        diagnoses="esrd_or_dialysis",
        services="dialysis_services",
        coverage_flag="is_esrd",
        years_back=1,
    ),
    Exclusion("cirrhosis_two_years", diagnoses="cirrhosis", years_back=1),
    Exclusion("muscle_pain", diagnoses="muscle_pain"),
    Exclusion("fertility_two_years", drugs="fertility", years_back=1),
)


@dataclass(frozen=True)
class HeartDisease:
    """women_later: how many years later than men women come into the measure."""

    women_later: int

    def reads(self, rules: Years) -> Reads:
        """Events and diagnoses of both years, cover of any kind and with medicines."""
        return Reads(
            diagnoses=frozenset({_INFARCTION, _DISEASE}),
            services=frozenset(_PROCEDURES),
            spans=two_years.SPANS,
            ever=frozenset({_INFARCTION}),
            years_back=1,
        )

    def text(self) -> str:
        """Common table expressions from `asking` down to `heart_disease`, the year (year_period.sql) among them."""
        return _template("heart_disease.sql").format(
            infarction=in_sql([_INFARCTION]),
            disease=in_sql([_DISEASE]),
            procedures=in_sql(_PROCEDURES),
            period=_template("year_period.sql"),
            cover=two_years.text(),
        )

    def parameters(self) -> dict[str, int]:
        """The limit that heart_disease.sql applies."""
        return {"women_later": self.women_later}

    def asks(self, rules: Years) -> str:
        """Whom it is about, as sentences."""
        return (
            "Members with a discharge after a heart attack, a bypass, a coronary intervention or another revascularization in "
            "the year before, or with a diagnosis of ischemic vascular disease in both years; covered in both years, with "
            f"medicines in this one, each with one gap of at most {rules.enrolment_gap_days} days. Women come in {self.women_later} "
            "years later than men."
        )


@cache
def _template(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8").rstrip()

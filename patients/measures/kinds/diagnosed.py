"""Whom a measure of a disease is about (diagnosed.sql)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql, title
from .sources import Reads, path

# A day in the year before, as days before the first day of the measurement year, and 30 June as days before its last day.
YEAR_BEFORE = "%(since_day)s"
JUNE_30 = "%(last_day)s - 184"


@dataclass(frozen=True)
class Diagnosed:
    """diagnoses: a code list, on `least_days` different days since the year before; or on one, with a fill of `medicines`.

    not_settings: claims that are no visits. until_june: the days end on 30 June of the measurement year. this_year: they begin
    with it.
    """

    diagnoses: str
    medicines: tuple[str, ...] = ()
    least_days: int = 2
    not_settings: tuple[str, ...] = ("dme",)
    until_june: bool = False
    this_year: bool = False

    def reads(self, rules) -> Reads:
        """Diagnoses and medicines since the year before, and cover of any kind."""
        return Reads(
            drug_sets=frozenset(self.medicines),
            diagnoses=frozenset({self.diagnoses}),
            spans=frozenset({("any", 0)}),
            years_back=1,
        )

    def text(self) -> str:
        """Common table expressions down to `population`."""
        return _template().format(
            diagnoses=in_sql([self.diagnoses]),
            medicines=in_sql(self.medicines) or "''",
            not_settings=in_sql(self.not_settings),
            asks_since="%(first_day)s" if self.this_year else YEAR_BEFORE,
            asks_until=JUNE_30 if self.until_june else "%(known_day)s",
            least_days=int(self.least_days),
        )

    def asks(self, rules) -> str:
        """Whom it is about, as a sentence."""
        until = "30 June of the year" if self.until_june else "the end of the year"
        since = "1 January of the year" + ("" if self.this_year else " before")
        on = "one day" if self.least_days == 1 else f"{self.least_days} different days"
        medicines = " or ".join(sets.title(code) for code in self.medicines)
        return (
            f"Members with a diagnosis ({title(path(self.diagnoses))}) on {on} from {since} to {until}"
            + (f", or on one and a fill of {medicines}" if medicines else "")
            + f"; covered all year (one gap of at most {rules.enrolment_gap_days} days is allowed) and alive."
        )

    def limits(self) -> dict:
        """For explain."""
        return {"least_days_with_diagnosis": self.least_days, "or_one_and_medicines": list(self.medicines)}


@cache
def _template() -> str:
    return Path(__file__).with_name("diagnosed.sql").read_text(encoding="utf-8")

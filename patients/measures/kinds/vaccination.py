"""Vaccines of adults: everybody of an age, and the doses within a window (vaccination.sql, year_period.sql).

Doses come from registries and feeds (CVX), from medical claims (CPT and HCPCS), from pharmacy claims (fills of the vaccine: Part D
pays for several) and from what pharmacies gave themselves. Doses of one day are one; of two days they are two, even where a registry
and a claim may mean the same shot. What was paid in cash is no claim. People who are too young or too old have no row.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .row import ValueRow
from .sources import Reads

# One gap of at most 45 days: general rule of the HEDIS-like measures, background knowledge.
VACCINE_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=45),)


class Window(StrEnum):
    """From when to when a dose counts."""

    SEASON = "season"  # 1 July of the year before to 30 June of the measurement year
    TEN_YEARS = "ten_years"  # 1 January nine years before to the end of the measurement year
    EVER = "ever"


_FROM = {Window.SEASON: "%(first_day)s - 184", Window.TEN_YEARS: "%(tenth_year_day)s", Window.EVER: "{since}"}
_UNTIL = {Window.SEASON: "%(last_day)s - 184"}


@dataclass(frozen=True)
class Schedule:
    """So many doses of a vaccine, the last so long after the first.

    Lists vaccine_<name> (CVX) and vaccine_<name>_services, drug set vaccine_<name>_products.
    """

    vaccine: str
    doses: int = 1
    apart_days: int = 0

    @property
    def lists(self) -> tuple[str, str, str]:
        return tuple(f"vaccine_{self.vaccine}{end}" for end in ("", "_services", "_products"))


@dataclass(frozen=True)
class Vaccination:
    """Any schedule suffices. since_day: no dose before it counts (day number). least_age: nor before that birthday.

    illness: a list of diagnoses that make the vaccine needless. value_milli counts the days with a dose; limit_milli the doses of
    the first schedule.
    """

    schedules: tuple[Schedule, ...]
    window: Window
    since_day: int = 0
    least_age: int = 0
    illness: str = ""
    has_most_age: bool = False

    file = "vaccination.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Doses of any time, and cover of any kind."""
        vaccines, services, products = map(frozenset, zip(*(one.lists for one in self.schedules), strict=True))
        illness = frozenset({self.illness} - {""})
        return Reads(
            drug_sets=products,
            diagnoses=illness,
            services=services,
            ever=products | services | illness,
            vaccines=vaccines,
            spans=frozenset({("any", 0)}),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of vaccination.sql."""
        rows = (
            f"({place}, {in_sql([name])}, {one.doses}, {one.apart_days})"
            for place, one in enumerate(self.schedules)
            for name in one.lists
        )
        window_ends = _UNTIL.get(self.window, "%(last_day)s")
        return {
            "vaccines": in_sql([one.lists[0] for one in self.schedules]),
            "services": in_sql([one.lists[1] for one in self.schedules]),
            "products": in_sql([one.lists[2] for one in self.schedules]),
            "schedules": ", ".join(rows),
            "from_day": _FROM[self.window].format(since=int(self.since_day)),
            "to_day": f"least({window_ends}, %(known_day)s)",
            "window_ends": window_ends,
            "least_age": str(int(self.least_age)),
            "doses": str(self.schedules[0].doses),
            "illness": in_sql([self.illness]) if self.illness else "''",
            "not_too_old": "AND (p.born_on IS NULL OR p.born_on > %(born_after)s)" if self.has_most_age else "",
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """None: all is in the text."""
        return {}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        windows = {
            Window.SEASON: "from 1 July of the year before to 30 June of the year",
            Window.TEN_YEARS: "from 1 January nine years before to the end of the year",
            Window.EVER: "up to the end of the year",
        }
        ways = (
            f"{one.doses} dose{'s' * (one.doses > 1)} of {one.vaccine.replace('_', ' ')} vaccine"
            + (f", the last at least {one.apart_days} days after the first" if one.apart_days else "")
            for one in self.schedules
        )
        return InWords(
            asks=f"Everybody of that age who is covered all year (one gap of at most {rules.enrolment_gap_days} days is allowed).",
            counts=f"{'; or '.join(ways)}, {windows[self.window]}. Doses of a registry or another record count, those of medical and "
            "pharmacy claims, and what a pharmacy says that it gave; doses of one day are one.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: every dose that counts."""
        limits = {
            "window": str(self.window),
            "schedules": [[one.vaccine, one.doses, one.apart_days] for one in self.schedules],
        }
        return evidence.explain(cursor, measure, scope, result=result, limits=limits)

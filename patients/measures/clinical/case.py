"""One patient under one measure: the question, and the trail of how it was answered."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .moments import Span, years_between
from .records import Chart, Coding, Encounter
from .terminology import Terms


class Step(NamedTuple):
    """A criterion that was judged: its words, whether it is met, the records that met it, and its parts."""

    label: str
    is_met: bool
    evidence: tuple[str, ...] = ()
    parts: tuple["Step", ...] = ()

    def lines(self, depth=0):
        mark = "yes" if self.is_met else "no"
        told = f": {', '.join(self.evidence)}" if self.evidence else ""
        yield f"{'  ' * depth}{mark:>3} {self.label}{told}"
        for part in self.parts:
            yield from part.lines(depth + 1)


@dataclass(frozen=True, slots=True)
class Case:
    """`year` is the measurement period, `episode` the encounter that is judged where a measure counts encounters. `unmatched`
    gathers (value set, coding) of what was looked up in vain. `asks_profiles` is false where the profiles that resources declare are
    not asked for: what a difference is tried with."""

    chart: Chart
    terms: Terms
    year: Span
    episode: Encounter | None = None
    unmatched: set = field(default_factory=set)
    asks_profiles: bool = True

    @property
    def first_day(self):
        return self.year.starts.day

    @property
    def last_day(self):
        return self.year.ends.day

    def age_on(self, day):
        born_on = self.chart.patient.born_on
        return None if born_on is None else years_between(born_on, day)

    def is_in(self, codings, sets):
        """Whether one of the codings is in one of the sets: titles of value sets, or Codings that stand for themselves."""
        return any(self._has(one, coding) for one in sets for coding in codings)

    def _has(self, one, coding):
        if isinstance(one, Coding):
            return one[:2] == coding[:2]
        found = self.terms.has(one, coding)
        if not found:
            self.unmatched.add((one, coding))
        return found

    def of(self, kind, sets, *tests):
        """Records of a type whose code is in one of the sets, and that pass every test(case, record)."""
        found = [one for one in self.chart.of(kind) if not sets or self.is_in(one.codes, sets)]
        return [one for one in found if all(test(self, one) for test in tests)]

    def about(self, episode):
        return replace(self, episode=episode)

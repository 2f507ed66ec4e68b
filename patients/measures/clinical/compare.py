"""Our populations beside those of MeasureReports: what differs, and what would make it equal.

A difference is explained by a row of `data/explained.csv` that names its patient, else by one of three changes of reading that
makes all of the patient's populations equal: up to three codes that no value set brought knows count as members of sets, profiles
are not asked for, resources that refer to another patient are left out. An explanation says what the report follows from, not
which side is right; what no row and no change explains is left unexplained.
"""

import csv
import io
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations, islice, product
from pathlib import Path
from typing import NamedTuple

from . import definitions
from .case import Case
from .measure import evaluate
from .moments import days

EXPLAINED = Path(__file__).with_name("data") / "explained.csv"
MOST_TRIALS = 4000  # ways to place two or three codes that are tried for one patient
MOST_NAMED = 4
ANY = "*"


class Row(NamedTuple):
    kind: str
    measure: str
    patient: str
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`group` counts from 1. `kind` and `reason` are '' when nothing explains it. `trail`: lines of how ours came about."""

    measure: str
    patient_id: str
    title: str
    group: int
    population: str
    ours: int
    theirs: int
    kind: str
    reason: str
    trail: tuple[str, ...]


@dataclass(slots=True)
class Comparison:
    """One measure's reports in one source. `unusable`: (patient id, why) of reports that cannot be compared."""

    measure: str
    patients: int = 0
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    unusable: list[tuple[str, str]] = field(default_factory=list)

    @property
    def equal(self):
        return self.compared - len(self.differences)

    @property
    def unexplained(self):
        return [one for one in self.differences if not one.kind]


@cache
def explained():
    """The rows of the table."""
    text = EXPLAINED.read_text("utf-8")
    lines = (line for line in io.StringIO(text, newline="") if not line.startswith("#"))
    return tuple(Row(**row) for row in csv.DictReader(lines))


def compare(source, terms):
    """A Comparison for each measure of the source's reports, by name."""
    found = {}
    for report in source.reports:
        comparison = found.setdefault(report.measure, Comparison(report.measure))
        comparison.patients += 1
        if why := _unusable(report, source):
            comparison.unusable.append((report.patient_id, why))
            continue
        comparison.compared += sum(map(len, report.groups))
        comparison.differences += _differences(report, source, terms)
    return dict(sorted(found.items()))


def _unusable(report, source):
    measure = definitions.every().get(report.measure)
    if measure is None:
        return f"There is no clinical measure {report.measure}."
    if report.patient_id not in source.charts:
        return "The file holds no Patient of the report."
    if len(measure.groups) != len(report.groups):
        return f"The report has {len(report.groups)} groups, the measure {len(measure.groups)}."
    return ""


def _differences(report, source, terms):
    measure = definitions.every()[report.measure]
    case = Case(source.charts[report.patient_id], terms, days(report.first_day, report.last_day))
    counted = evaluate(measure, case)
    unlike = _unlike(counted, report)
    if not unlike:
        return []
    row, what = _explain(measure, case, report, source)
    reason = " ".join(filter(None, (row.reason, what))) if row else ""
    return [
        Difference(
            measure=report.measure,
            patient_id=report.patient_id,
            title=report.title,
            group=index + 1,
            population=name,
            ours=counted[index].counts[name],
            theirs=theirs,
            kind=row.kind if row else "",
            reason=reason,
            trail=tuple(line for step in counted[index].steps for line in step.lines()),
        )
        for index, name, theirs in unlike
    ]


def _unlike(counted, report):
    """(group, population, their count) of what differs."""
    each = zip(counted, report.groups, strict=True)
    return [
        (index, name, count)
        for index, (ours, theirs) in enumerate(each)
        for name, count in theirs.items()
        if ours.counts.get(name, 0) != count
    ]


def _explain(measure, case, report, source):
    """(row of the table, what was changed), or (None, '')."""

    def follows(changed):
        return not _unlike(evaluate(measure, changed), report)

    rules = {one.kind: one for one in explained() if one.patient == ANY}
    named = [one for one in explained() if (one.measure, one.patient) == (report.measure, report.patient_id)]
    strays = source.strays.get(report.patient_id, ())
    if named:
        return named[0], ""
    if strays and follows(replace(case, chart=case.chart.less(strays))):
        return rules["stray"], f"{', '.join(strays)}."
    if follows(replace(case, asks_profiles=False)):
        return rules["profile"], ""
    what = _supposed(case, follows)
    return (rules["terminology"], what) if what else (None, "")


def _supposed(case, follows):
    """Which unknown codes, three at most, counted as members of which sets make it equal; '' when none do."""
    sets = {}
    for title, coding in sorted({pair for pair in case.unmatched if case.terms.may_lack(*pair)}, key=str):
        sets.setdefault(coding, []).append(title)
    found = [f"{coding} in {_listed(coding, titles)}" for coding, titles in _alone(case, sets, follows)]
    if found:
        return "; ".join(found) + "."
    for pairs in islice(_together(sets), MOST_TRIALS):
        if follows(_supposing(case, *pairs)):
            return "; ".join(f"{coding} in {title}" for title, coding in pairs) + "."
    return ""


def _alone(case, sets, follows):
    """(code, the sets of which it may be a member) of each code that suffices."""
    for coding, titles in sets.items():
        fitting = [title for title in titles if follows(_supposing(case, (title, coding)))]
        if fitting:
            yield coding, fitting


def _together(sets):
    """Tuples of (set, code), of two codes and then of three, likely sets first."""
    ranked = {coding: _ranked(coding, titles) for coding, titles in sets.items()}
    for size in (2, 3):
        for codings in combinations(ranked, size):
            for titles in product(*(ranked[one] for one in codings)):
                yield tuple(zip(titles, codings, strict=True))


def _supposing(case, *pairs):
    terms = case.terms.supposing(*((title, coding[:2]) for title, coding in pairs))
    return replace(case, terms=terms, unmatched=set())


def _listed(coding, titles):
    return " or ".join(_ranked(coding, titles)[:MOST_NAMED])


def _ranked(coding, titles):
    """The sets, those first that share most words with the code's name."""
    words = set(coding.display.casefold().split())
    return sorted(titles, key=lambda title: (-len(words & set(title.casefold().split())), title))

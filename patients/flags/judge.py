"""What should be flagged, and what should happen to the flags that stand. Pure: cases and rows in, a plan out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from . import rules, segments
from .case import Case
from .models import Flag
from .rule import Rule
from .worklist import arithmetic, rank

Subject = tuple[int, int, str, int]
"""(patient, pharmacy, measure, year): what a dismissal is about."""
KEEPS_DISMISSALS = "service_given"


@dataclass(frozen=True)
class Wanted:
    """A flag that should stand."""

    case: Case
    rule: Rule
    evidence_key: str

    @property
    def subject(self) -> Subject:
        return self.case.patient_id, self.case.pharmacy_id, self.case.measure, self.case.year

    @property
    def key(self) -> tuple:
        return (*self.subject, self.rule.code)


@dataclass
class Plan:
    """What the pass does: rows to raise, refresh, reopen (with why) and close (with why)."""

    to_raise: list[Wanted] = field(default_factory=list)
    to_refresh: list[tuple[Flag, Wanted]] = field(default_factory=list)
    to_reopen: list[tuple[Flag, Wanted, str]] = field(default_factory=list)
    to_close: list[tuple[Flag, str]] = field(default_factory=list)
    respected: int = 0


def evidence_key(case: Case, rule: Rule) -> str:
    """Changes with what claims show of the matter, not with the calendar."""
    return sha256(json.dumps(case.facts() + rule.facts(case), default=str).encode()).hexdigest()


def judge(cases: Iterable[Case], *, today: date) -> tuple[dict[tuple, Wanted], dict[Subject, tuple[str, str]]]:
    """Wanted flags by key, and what was suppressed: subject -> (code, sentence)."""
    wanted, suppressed = {}, {}
    for case in cases:
        spoken = set()
        for rule in rules.every().values():
            if not isinstance(case, rule.about) or spoken & set(rule.yields_to) or not rule.when(case):
                continue
            spoken.add(rule.code)
            one = Wanted(case, rule, evidence_key(case, rule))
            reasons = ((s.code, s.why(case, today)) for s in rule.suppress)
            why = next((pair for pair in reasons if pair[1]), None)
            if why:
                suppressed[one.subject] = why
            else:
                wanted[one.key] = one
    return wanted, suppressed


def plan(
    *,
    wanted: dict[tuple, Wanted],
    suppressed: dict[Subject, tuple[str, str]],
    live: list[Flag],
    settled: set[tuple],
    enrolled: set[tuple[int, int]],
    today: date,
    year: int,
    aside: Iterable[tuple[Flag, Subject]] = (),
) -> Plan:
    """`live`: flags not closed. `settled`: (*key, evidence key) of flags that a person closed.

    `enrolled`: (patient, pharmacy) of enrolments in force. `aside`: dismissed flags of former records, each with what it is
    about now: they stay as they are, and silence the same matter.
    """
    result = Plan()
    by_subject: dict[Subject, list[Wanted]] = {}
    for one in wanted.values():
        by_subject.setdefault(one.subject, []).append(one)
    quiet = {about for flag, about in aside if _is_respected(flag, by_subject.get(about, []), today)}
    result.respected = len(quiet)
    silenced, handled = set(quiet), set()
    for flag in live:
        subject = (flag.patient_id, flag.pharmacy_id, flag.measure, flag.year)
        one = wanted.get((*subject, flag.rule))
        if flag.status == Flag.Status.DISMISSED:
            rivals = by_subject.get(subject, [])
            if _is_respected(flag, rivals, today) or suppressed.get(subject, ("",))[0] == KEEPS_DISMISSALS:
                silenced.add(subject)
                result.respected += 1
                continue
        if one is None:
            result.to_close.append((flag, _why_close(flag, subject, suppressed, enrolled, year)))
            continue
        handled.add(one.key)
        if flag.status == Flag.Status.DISMISSED:
            why = "Claims changed." if flag.evidence_key != one.evidence_key else "The dismissal ended."
            result.to_reopen.append((flag, one, why))
        elif one.subject in quiet or (*one.key, one.evidence_key) in settled:
            result.to_close.append((flag, "The claims are those about which somebody has decided already."))
        else:
            result.to_refresh.append((flag, one))
    new = [one for key, one in wanted.items() if key not in handled and one.subject not in silenced]
    result.to_raise = [one for one in new if (*one.key, one.evidence_key) not in settled]
    result.respected += len(new) - len(result.to_raise)
    return result


def _is_respected(flag: Flag, rivals: list[Wanted], today: date) -> bool:
    """A dismissal stands while its day has not passed and the claims behind it are the same, whichever rule speaks now."""
    has_passed = flag.dismissed_until is not None and flag.dismissed_until < max(
        [today, *(r.case.as_of for r in rivals)]
    )
    return not has_passed and any(one.evidence_key == flag.evidence_key for one in rivals)


def _why_close(flag: Flag, subject: Subject, suppressed, enrolled, year: int) -> str:
    if (flag.patient_id, flag.pharmacy_id) not in enrolled:
        return "No longer enrolled at this pharmacy."
    if subject in suppressed:
        return suppressed[subject][1]
    if flag.year != year:
        return f"The measurement year {flag.year} is over."
    return "The numbers no longer ask for it."


def numbers(one: Wanted, value_cents: int) -> dict:
    """The fields of a flag that a pass writes anew."""
    case, severity = one.case, one.rule.severity(one.case)
    due_on = one.rule.due_on(case)
    lines = arithmetic(case, severity, due_on, value_cents)
    return {
        "severity": str(severity),
        "reason": one.rule.reason(case),
        "do": one.rule.do(case),
        "headline": one.rule.headline(case),
        "who": str(one.rule.who),
        "sensitivity": int(one.rule.is_about_substance_use(case)),
        "segments": segments.of(case),
        "due_on": due_on,
        "rank": rank(lines),
        "arithmetic": lines,
        "value_cents": value_cents,
        "evidence": case.evidence()
        | one.rule.beside(case)
        | {"limits": {limit.code: case.limits[limit] for limit in one.rule.limits}},
        "evidence_key": one.evidence_key,
    }

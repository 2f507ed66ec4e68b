"""What a protocol is: the form of one service, what it needs to be complete, and what it bills. Data, not code per page.

Answers are kept as typed: a field name -> text, or a list of codes for a field where several can be chosen. A draft may hold
anything that fits; `missing` says, in sentences, what stands between it and a completed service.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from carecoord.kernel.periods import FIRST_YEAR, LAST_YEAR

from .setting import Setting

NOWHERE = Setting()
LONGEST_TEXT = 4000
LONGEST_WORD = 200
LONGEST_BACK_DAYS = 731
"""A slip of the keys, not a late note: no payer waits that long, and the chart would show a reading of 1899."""


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DAY = "day"
    TIME = "time"
    """Of day, as 24 hours: 14:30."""
    ONE = "one"
    """One of the choices, all in view."""
    LIST = "list"
    """One of the choices, in a list that opens."""
    SEVERAL = "several"
    YES = "yes"
    LOT = "lot"
    """A lot on the pharmacy's shelf, by its public id."""
    BARCODE = "barcode"
    """What a scanner types; separators are kept (see gs1.py)."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What is not there or not right: the field (empty: the whole form) and the sentence for the person at the form."""

    field: str
    sentence: str

    def __str__(self):
        return self.sentence


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the answers come to so far, said to the person at the form; `tone`: info, ok, high or urgent."""

    tone: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One value measured: LOINC code, whole number, unit, and which reading it is (0: what the visit comes to)."""

    code: str
    value: int
    unit: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a visit puts into the care plan: `what` is problem, goal or intervention, `kind` a code of that model."""

    what: str
    kind: str
    words: str
    due_on: date | None = None
    medicine: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question. `needed`: must be answered, when `when` holds: a field and the answers that make this one matter, or a
    function of all answers.

    `ask` is the sentence for an answer that is missing. `low` and `high` bound a number.
    """

    name: str
    label: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    when: tuple[str, tuple[str, ...]] | Callable[[Mapping], bool] | None = None
    ask: str = ""
    help: str = ""
    low: int = 0
    high: int = 0
    group: str = ""

    def matters(self, answers):
        """Whether the question is to be asked at all, as the answers stand."""
        if callable(self.when):
            return self.when(answers)
        return self.when is None or answers.get(self.when[0]) in self.when[1]


@dataclass(frozen=True, kw_only=True)
class ChartFacts:
    """What claims already say, for filling a form in. Days are dates; `line_of_business` is a code or ''."""

    today: date
    person: str = ""
    line_of_business: str = ""
    medicines: tuple[str, ...] = ()
    last_fill_on: date | None = None
    supply_ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One service. `given(answers)`: whether it took place, so that it counts and can be billed; a call that nobody took did not.

    `lines(answers, line_of_business)`: (service code, units) to bill. `check(answers, service_on)`: Missing beyond the single
    fields. `prefill(facts)`: answers that claims know. `minutes` and `vaccine` read documentation facts from the answers.

    `fill(before, answers, setting)`: the answers as saved, with what a chosen lot or a scanned code fills in.
    `allowed(answers, service_on, setting)`: Missing that depend on the patient or the pharmacy. `dose(answers)`: the facts of a
    vaccine given, as the pharmacy's own record keeps them. `planned(answers)`: what goes into the care plan, problems first.
    `attempt(answers)`: the outcome of an OutreachTry that the service was, or ''.

    `result(answers, service_on)`: what they come to, with the limits that it was judged by; frozen when the service is
    completed. `summary(answers, result)` and `measured(answers, result)` read it. `notes(answers, service_on, setting)`: the
    same as sentences while the form is filled in.
    """

    code: str
    title: str
    start: str = "Start the visit"
    icon: str
    fields: tuple[Field, ...]
    given: Callable[[Mapping], bool]
    lines: Callable[[Mapping, str], tuple[tuple[str, int], ...]]
    prefill: Callable[[ChartFacts], dict]
    check: Callable[[Mapping, date], tuple[Missing, ...]] = lambda answers, service_on: ()
    minutes: Callable[[Mapping], int | None] = lambda answers: None
    vaccine: Callable[[Mapping], dict | None] = lambda answers: None
    result: Callable[[Mapping, date], dict] = lambda answers, service_on: {}
    fill: Callable[[Mapping, Mapping, Setting], dict] = lambda before, answers, setting: answers
    allowed: Callable[[Mapping, date, Setting], tuple[Missing, ...]] = lambda answers, service_on, setting: ()
    attempt: Callable[[Mapping], str] = lambda answers: ""
    planned: Callable[[Mapping], tuple[Planned, ...]] = lambda answers: ()
    dose: Callable[[Mapping], dict | None] = lambda answers: None
    notes: Callable[[Mapping, date, Setting], tuple[Note, ...]] = lambda answers, service_on, setting: ()
    measured: Callable[[Mapping, Mapping], tuple[Measured, ...]] = lambda answers, result: ()
    summary: Callable[[Mapping, Mapping], str] = lambda answers, result: ""
    source: str
    reviewed_on: date
    review_due: date
    by_name: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "by_name", {each.name: each for each in self.fields})

    def missing(self, answers, *, today, setting=NOWHERE):
        """A tuple of Missing: empty when the service can be completed. `today` is the pharmacy's own day."""
        found = [problem for each in self.fields if (problem := wrong(each, answers))]
        on = day(answers.get("service_on"))
        if on and on > today:
            found.append(Missing(field="service_on", sentence="The day of service has not come yet."))
        if on and (today - on).days > LONGEST_BACK_DAYS:
            found.append(Missing(field="service_on", sentence="That day is more than two years ago: look at the year."))
        return (*found, *((*self.check(answers, on), *self.allowed(answers, on, setting)) if on else ()))


def day(text):
    """'2026-11-21' -> date; None for anything else, and for a year that is not of our time."""
    try:
        on = date.fromisoformat(text) if text else None
    except (ValueError, TypeError):
        return None
    return on if on and FIRST_YEAR <= on.year <= LAST_YEAR else None


def number(text):
    """'15' -> 15; None for anything but plain digits."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 7 else None


def minute(text):
    """'14:30' -> minutes after midnight; None for anything else."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * 60 + int(found[2]) if found else None


_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def wrong(each, answers):
    """The Missing of one Field, or None."""
    if not each.matters(answers):
        return None
    value = answers.get(each.name)
    if not value:
        return Missing(field=each.name, sentence=each.ask or f"{each.label} is missing.") if each.needed else None
    sentence = _WRONG[each.kind](each, value)
    return Missing(field=each.name, sentence=sentence) if sentence else None


def _wrong_number(each, value):
    if number(value) is None or not each.low <= number(value) <= each.high:
        return f"{each.label}: a whole number from {each.low} to {each.high}."
    return ""


def _wrong_choice(each, value):
    chosen = value if isinstance(value, list) else [value]
    return "" if set(chosen) <= {code for code, _ in each.choices} else f"{each.label}: choose from the list."


_WRONG = {
    Kind.TEXT: lambda each, value: "",
    Kind.LONG_TEXT: lambda each, value: "",
    Kind.NUMBER: _wrong_number,
    Kind.TIME: lambda each, value: "" if minute(value) is not None else f"{each.label}: a time such as 14:30.",
    Kind.DAY: lambda each, value: "" if day(value) else f"{each.label}: a date as year-month-day.",
    Kind.ONE: _wrong_choice,
    Kind.LIST: _wrong_choice,
    Kind.SEVERAL: _wrong_choice,
    Kind.YES: lambda each, value: "",
    Kind.LOT: lambda each, value: "",
    Kind.BARCODE: lambda each, value: "",
}

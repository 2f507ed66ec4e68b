"""The policy of outreach: how often, how far apart, at which hours, with whose consent; and where a row of tries leads. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from carecoord.kernel.parameters.parameter import Parameter
from patients.models import Consent

from .models import OutreachTry, State
from .zones import zones_of

Channel, Outcome = OutreachTry.Channel, OutreachTry.Outcome
TRIES = Parameter(
    "care.outreach_tries",
    default=3,
    unit="tries",
    low=2,
    high=10,
    why="After three tries on different days somebody counts as not reachable (domain/workflows.md 7).",
)
DAYS_APART = Parameter(
    "care.outreach_days_apart",
    default=7,
    unit="days",
    low=0,
    high=60,
    why="Tries of one week say little about another: at least seven days apart (domain/workflows.md 7).",
)
NOT_BEFORE = Parameter(
    "care.outreach_not_before_hour",
    default=8,
    unit="hour of day",
    low=0,
    high=12,
    why="No call before 8 in the morning where the patient is (47 CFR 64.1200(c)(1)).",
)
NOT_FROM = Parameter(
    "care.outreach_not_from_hour",
    default=21,
    unit="hour of day",
    low=12,
    high=24,
    why="No call after 9 in the evening where the patient is (47 CFR 64.1200(c)(1)).",
)
STATES = {
    Outcome.REACHED: State.REACHED,
    Outcome.CALL_BACK: State.CALL_BACK,
    Outcome.DECLINED: State.DECLINED,
    Outcome.WRONG_NUMBER: State.WRONG_NUMBER,
    Outcome.VOICEMAIL: State.ATTEMPTING,
    Outcome.NO_ANSWER: State.ATTEMPTING,
}
IN_VAIN = (Outcome.VOICEMAIL, Outcome.NO_ANSWER, Outcome.WRONG_NUMBER)
ENDS_A_ROUND = (State.UNABLE, State.DECLINED)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The policy in force on a day."""

    tries: int
    days_apart: int
    not_before: int
    not_from: int


@dataclass(frozen=True, kw_only=True)
class Next:
    """What a try leads to: the state, whether it counts, and the day of the next one (None: none is planned)."""

    state: State
    counts: bool
    next_on: date | None


def limits_on(day):
    return Limits(
        tries=TRIES.on(day), days_apart=DAYS_APART.on(day), not_before=NOT_BEFORE.on(day), not_from=NOT_FROM.on(day)
    )


def quiet(at, *, state, fallback, limits):
    """The sentence about the hour where the patient may be, or ''. A state in two zones has to be awake in both."""
    for zone in zones_of(state) or (fallback,):
        there = at.astimezone(ZoneInfo(zone))
        if not limits.not_before <= there.hour < limits.not_from:
            return (
                f"It is {there:%-I:%M %p} where the patient lives; calls and texts are made from "
                f"{_hour(limits.not_before)} to {_hour(limits.not_from)}."
            )
    return ""


def _hour(hour):
    """8 -> '8 AM', 21 -> '9 PM'."""
    return f"{(hour - 1) % 12 + 1} {'AM' if hour % 24 < 12 else 'PM'}"


def against(*, channel, outcome, consents, quiet_words, last_state):
    """Sentences of what the policy says against such a try. `consents`: the newest of each kind, as kind -> is_given."""
    said = []
    is_asked_for = last_state == State.CALL_BACK
    if channel in (Channel.PHONE, Channel.TEXT) and quiet_words and not is_asked_for:
        said.append(quiet_words)
    if channel == Channel.PHONE and consents.get(Consent.Kind.CALLS) is False and not is_asked_for:
        said.append("The patient does not want to be called.")
    if channel == Channel.TEXT and not consents.get(Consent.Kind.TEXTS):
        said.append("There is no consent to text messages.")
    if outcome == Outcome.VOICEMAIL and channel == Channel.PHONE and consents.get(Consent.Kind.VOICEMAIL) is False:
        said.append("The patient does not want messages on a machine.")
    if consents.get(Consent.Kind.SERVICES) is False:
        said.append("The patient declined the pharmacy's services.")
    return tuple(said)


def the_round(tries):
    """The tries since somebody declined or counted as not reachable, in their order."""
    since = next((place for place in range(len(tries), 0, -1) if tries[place - 1].state in ENDS_A_ROUND), 0)
    return tries[since:]


def state_of(tries):
    return State(tries[-1].state) if tries else State.IDENTIFIED


def lead(*, tries, outcome, on, is_against, call_back_on, limits):
    """The Next of a try on a day, after the earlier ones of its flag."""
    earlier = [each for each in the_round(tries) if each.counts]
    last_on = earlier[-1].at.date() if earlier else None
    is_in_vain = outcome in IN_VAIN
    counts = is_in_vain and not is_against and (last_on is None or (on - last_on).days >= limits.days_apart)
    count = len(earlier) + counts
    if is_in_vain and count >= limits.tries:
        return Next(state=State.UNABLE, counts=counts, next_on=None)
    state = STATES[outcome]
    if outcome == Outcome.CALL_BACK:
        return Next(state=state, counts=False, next_on=call_back_on)
    if not is_in_vain:
        return Next(state=state, counts=False, next_on=None)
    start = on if counts or last_on is None else last_on
    return Next(state=state, counts=counts, next_on=max(start + timedelta(days=limits.days_apart), on))


def words(each: OutreachTry, zone) -> str:
    """One try in a line: 'Telephone, left a message'."""
    said = f"{each.get_channel_display()}, {each.get_outcome_display().lower()}"
    back: datetime | None = each.call_back_at
    return f"{said} {back.astimezone(ZoneInfo(zone)):%-d %b, %-I:%M %p}" if back else said

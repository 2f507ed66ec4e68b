"""Talking about food: what was talked about, what the patient sets out to do, and how long it took.

A pharmacist bills it under the programme's own contract code, never under a dietitian's (97802 to 97804, G0270, G0271).
"""

from datetime import date, timedelta

from carecoord.kernel.parameters.parameter import Parameter
from patients.flags.case import Limits

from ..protocol import Field, Kind, Missing, Note, Planned, Protocol, day, minute, number

CONTRACT_CODE = "NUTR-15"
"""The programme's own code, as the contract's fee schedule names it: one unit is UNIT_MINUTES."""
UNIT_MINUTES = Parameter(
    "care.nutrition_unit_minutes",
    default=15,
    unit="minutes",
    low=5,
    high=60,
    why="The contract pays by the quarter of an hour.",
)
LEAST_OF_A_UNIT = Parameter(
    "care.nutrition_least_minutes_of_a_unit",
    default=8,
    unit="minutes",
    low=1,
    high=60,
    why="The rule of more than half: a unit that is begun counts from its eighth minute (domain/billing.md 5.6, edit 10).",
)
MOST_UNITS = Parameter(
    "care.nutrition_most_units", default=4, unit="units", low=1, high=16, why="An hour a visit; more is another visit."
)
JUDGED_BY = (UNIT_MINUTES, LEAST_OF_A_UNIT, MOST_UNITS)
LONGEST = 240
LATEST_FOLLOW_UP = timedelta(days=366)
GOALS = 3


def minutes(answers):
    """From beginning to end where both are known, else as it was added up; None when neither is."""
    begun, ended = minute(answers.get("started_at")), minute(answers.get("ended_at"))
    if begun is not None and ended is not None:
        return ended - begun
    return number(answers.get("minutes", ""))


def units(total, limits):
    """Whole units, and the last one from LEAST_OF_A_UNIT on; at most MOST_UNITS."""
    whole, rest = divmod(max(total or 0, 0), limits[UNIT_MINUTES])
    return min(whole + (rest >= limits[LEAST_OF_A_UNIT]), limits[MOST_UNITS])


def result(answers, service_on):
    limits, total = Limits(service_on), minutes(answers)
    used = {each.code: limits[each] for each in JUDGED_BY}
    return {"minutes": total, "units": units(total, limits), "limits": used}


def given(answers):
    return bool(answers.get("agreed") and minutes(answers))


def lines(answers, line_of_business):
    service_on = day(answers.get("service_on"))
    count = units(minutes(answers), Limits(service_on)) if service_on and given(answers) else 0
    return ((CONTRACT_CODE, count),) if count else ()


def prefill(facts):
    return {"service_on": facts.today.isoformat()}


def check(answers, service_on):
    found = []
    begun, ended, total = minute(answers.get("started_at")), minute(answers.get("ended_at")), minutes(answers)
    typed = number(answers.get("minutes", ""))
    if (begun is None) != (ended is None) and typed is None:
        name, word = ("ended_at", "end") if ended is None else ("started_at", "beginning")
        found.append(Missing(field=name, sentence=f"The {word} is missing; or give the minutes alone."))
    elif total is None:
        found.append(Missing(field="minutes", sentence="Give the beginning and the end, or the minutes."))
    elif begun is not None and ended is not None and total <= 0:
        found.append(Missing(field="ended_at", sentence="The end does not lie after the beginning."))
    elif typed is not None and typed != total:
        sentence = f"From beginning to end there are {total} minutes, and {typed} are given."
        found.append(Missing(field="minutes", sentence=sentence))
    elif total > LONGEST:
        found.append(Missing(field="ended_at", sentence=f"More than {LONGEST} minutes is not one conversation."))
    again = day(answers.get("follow_up_on"))
    if again and again <= service_on:
        found.append(Missing(field="follow_up_on", sentence="The follow-up does not lie after this visit."))
    elif again and again > service_on + LATEST_FOLLOW_UP:
        found.append(Missing(field="follow_up_on", sentence="The follow-up lies within a year."))
    return tuple(found)


def notes(answers, service_on, setting):
    total = minutes(answers)
    if not total or total < 0:
        return ()
    limits = Limits(service_on)
    count = units(total, limits)
    if not count:
        sentence = f"Under {limits[LEAST_OF_A_UNIT]} minutes nothing can be billed."
        return (Note(tone="high", sentence=sentence),)
    said = (
        f"{total} minutes: {count} unit{'s' if count > 1 else ''} of {limits[UNIT_MINUTES]} minutes ({CONTRACT_CODE})"
    )
    return (Note(tone="info", sentence=f"{said}, the most of a visit." if count == limits[MOST_UNITS] else f"{said}."),)


def planned(answers):
    """Its goals, until the follow-up."""
    until = day(answers.get("follow_up_on"))
    said = [answers.get(f"goal_{n}") for n in range(1, GOALS + 1)]
    return tuple(Planned(what="goal", kind="food", words=words, due_on=until) for words in said if words)


def summary(answers, result):
    words = dict(PROTOCOL.by_name["topics"].choices)
    topics = ", ".join(words[code].lower() for code in answers.get("topics") or () if code in words)
    total = minutes(answers)
    return ": ".join(filter(None, [f"{total} minutes" if total else "", topics]))


TIME, TALK, PLAN = "Time", "What was talked about", "What the patient sets out to do"
PROTOCOL = Protocol(
    code="nutrition_counselling",
    title="Nutrition counselling",
    icon="apple",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    minutes=lambda answers: minutes(answers) if given(answers) else None,
    result=result,
    notes=notes,
    planned=planned,
    summary=summary,
    fields=(
        Field(name="service_on", label="Day", kind=Kind.DAY, needed=True, group=TIME),
        Field(name="started_at", label="Begun at", kind=Kind.TIME, group=TIME),
        Field(name="ended_at", label="Ended at", kind=Kind.TIME, group=TIME),
        Field(
            name="minutes",
            label="Minutes",
            kind=Kind.NUMBER,
            low=1,
            high=LONGEST,
            group=TIME,
            help="Needed where beginning and end are not known.",
        ),
        Field(
            name="agreed",
            label="Agreed to the counselling",
            kind=Kind.YES,
            needed=True,
            group=TALK,
            ask="Confirm that the patient agreed to the counselling.",
        ),
        Field(
            name="topics",
            label="Topics",
            kind=Kind.SEVERAL,
            needed=True,
            group=TALK,
            ask="Say what was talked about.",
            choices=(
                ("salt", "Less salt"),
                ("carbohydrates", "Carbohydrates and blood sugar"),
                ("portions", "Portions and weight"),
                ("vegetables", "Vegetables, fruit, whole grain"),
                ("fats", "Fats"),
                ("labels", "Reading labels"),
                ("drinks", "Sweet drinks and alcohol"),
                ("meals", "Regular meals and medicines"),
                ("access", "Getting and paying for good food"),
                ("interactions", "Food and medicines that do not go together"),
            ),
        ),
        Field(
            name="habits",
            label="What the patient eats and drinks now",
            kind=Kind.LONG_TEXT,
            group=TALK,
            help="As the patient says it.",
        ),
        Field(
            name="materials",
            label="Given along",
            kind=Kind.SEVERAL,
            group=TALK,
            choices=(
                ("plate", "Picture of a plate"),
                ("salt_sheet", "Sheet on salt"),
                ("sugar_sheet", "Sheet on sugar"),
                ("diary", "Food diary"),
                ("shopping", "Shopping list"),
                ("food_bank", "Where to get food"),
                ("dietitian", "Address of a dietitian"),
            ),
        ),
        *(
            Field(
                name=f"goal_{n}",
                label=f"Goal {n}",
                kind=Kind.TEXT,
                needed=n == 1,
                group=PLAN,
                ask="Write down at least one goal, in the patient's words.",
                help="Such as: water instead of soda, five days a week." if n == 1 else "",
            )
            for n in range(1, GOALS + 1)
        ),
        Field(
            name="confidence",
            label="How sure the patient is to do it, 0 to 10",
            kind=Kind.NUMBER,
            low=0,
            high=10,
            group=PLAN,
            help="Below 7: make the goal smaller.",
        ),
        Field(
            name="follow_up_on",
            label="Follow-up",
            kind=Kind.DAY,
            needed=True,
            group=PLAN,
            ask="Agree on a day for the follow-up.",
        ),
        Field(name="note", label="Note", kind=Kind.LONG_TEXT, group=PLAN),
    ),
    source="domain/billing.md, corrections (own contract code) and 5.6 edit 10 (units from minutes)",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

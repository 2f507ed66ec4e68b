"""A call to somebody who is running out of a medicine, or has run out: what stands in the way, and what was agreed."""

from datetime import date

from ..protocol import Field, Kind, Missing, Planned, Protocol, day, number

REACHED = "reached"
IF_REACHED = ("outcome", (REACHED,))
ESTABLISHED_PATIENT_FIRST_15_MINUTES = "99606"


def given(answers):
    """A message on a machine is an attempt, not a service."""
    return answers.get("outcome") == REACHED


def lines(answers, line_of_business):
    return ((ESTABLISHED_PATIENT_FIRST_15_MINUTES, 1),) if given(answers) else ()


def prefill(facts):
    return {
        "service_on": facts.today.isoformat(),
        "medicine": ", ".join(facts.medicines),
        "last_fill_on": facts.last_fill_on.isoformat() if facts.last_fill_on else "",
        "supply_ends_on": facts.supply_ends_on.isoformat() if facts.supply_ends_on else "",
    }


def check(answers, service_on):
    again = day(answers.get("next_contact_on"))
    if again and again < service_on:
        return (Missing(field="next_contact_on", sentence="The next contact lies before this call."),)
    return ()


def minutes(answers):
    return number(answers.get("minutes", "")) if given(answers) else None


ATTEMPTS = {REACHED: "reached", "message": "voicemail", "no_answer": "no_answer", "wrong_number": "wrong_number"}


def attempt(answers):
    """Every call is a try to reach somebody."""
    return ATTEMPTS.get(answers.get("outcome"), "")


COST = {"cost"}
NO_BARRIER = {"none", "has_supply"}
INTERVENTIONS = {
    "delivery": "delivery",
    "sync": "sync",
    "organiser": "organiser",
    "reminder": "organiser",
    "prescriber": "prescriber",
    "cost_help": "cost",
}


def planned(answers):
    """What stands in the way as a problem, and what was agreed as its interventions."""
    barriers = [code for code in answers.get("barriers") or () if code not in NO_BARRIER]
    if not given(answers) or not barriers:
        return ()
    words = dict(PROTOCOL.by_name["barriers"].choices)
    agreed = dict(PROTOCOL.by_name["plan"].choices)
    medicine = answers.get("medicine", "")
    problem = Planned(
        what="problem",
        kind="access" if set(barriers) <= COST else "adherence",
        words=", ".join(words[code] for code in barriers if code in words),
        medicine=medicine,
    )
    done = [code for code in answers.get("plan") or () if code in INTERVENTIONS]
    return (problem, *(Planned(what="intervention", kind=INTERVENTIONS[code], words=agreed[code]) for code in done))


def summary(answers, result):
    words = dict(PROTOCOL.by_name["outcome"].choices)
    plan = dict(PROTOCOL.by_name["plan"].choices)
    agreed = ", ".join(plan[code].lower() for code in answers.get("plan") or () if code in plan)
    said = words.get(answers.get("outcome"), "")
    return f"{said}; agreed: {agreed}" if agreed else said


PROTOCOL = Protocol(
    code="adherence_call",
    title="Adherence call",
    start="Start the call",
    icon="phone",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    minutes=minutes,
    attempt=attempt,
    planned=planned,
    summary=summary,
    fields=(
        Field(name="service_on", label="Day of the call", kind=Kind.DAY, needed=True, group="The medicine"),
        Field(
            name="medicine",
            label="Medicine",
            kind=Kind.TEXT,
            needed=True,
            group="The medicine",
            help="From claims; correct it if the patient takes another one.",
            ask="Name the medicine that the call was about.",
        ),
        Field(name="last_fill_on", label="Last filled", kind=Kind.DAY, help="From claims.", group="The medicine"),
        Field(
            name="supply_ends_on",
            label="Supply ends",
            kind=Kind.DAY,
            help="Counted from claims, with carried-over days.",
            group="The medicine",
        ),
        Field(
            name="outcome",
            label="What came of the call",
            kind=Kind.ONE,
            needed=True,
            group="The call",
            ask="Say what came of the call.",
            choices=(
                (REACHED, "Talked to the patient or caregiver"),
                ("message", "Left a message"),
                ("no_answer", "No answer"),
                ("wrong_number", "Wrong number"),
            ),
        ),
        Field(
            name="talked_with",
            label="Talked with",
            kind=Kind.ONE,
            needed=True,
            when=IF_REACHED,
            group="The call",
            ask="Say whom you talked with.",
            choices=(("patient", "The patient"), ("caregiver", "A caregiver or representative")),
        ),
        Field(
            name="agreed",
            label="Agreed to talk about their medicines",
            kind=Kind.YES,
            needed=True,
            when=IF_REACHED,
            group="The call",
            ask="Confirm that the patient agreed to the conversation.",
        ),
        Field(
            name="barriers",
            label="What stands in the way",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_REACHED,
            group="What was said",
            help="As the patient says it.",
            ask="Say what stands in the way; \u201cNothing\u201d is an answer too.",
            choices=(
                ("cost", "Cost"),
                ("forgets", "Forgets"),
                ("side_effects", "Side effects"),
                ("no_ride", "No way to get here"),
                ("no_need", "Sees no need"),
                ("unclear", "Directions are unclear"),
                ("no_refills", "No refills left"),
                ("has_supply", "Still has supply"),
                ("other", "Something else"),
                ("none", "Nothing"),
            ),
        ),
        Field(
            name="plan",
            label="What was agreed",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_REACHED,
            group="What was said",
            ask="Say what was agreed; \u201cNo change\u201d is an answer too.",
            choices=(
                ("fill_now", "Fill now"),
                ("delivery", "Delivery"),
                ("sync", "Fill all medicines on one day"),
                ("long_supply", "90-day supply"),
                ("organiser", "Pill organiser"),
                ("reminder", "Reminders"),
                ("prescriber", "Ask the prescriber"),
                ("cost_help", "Help with cost"),
                ("no_change", "No change"),
            ),
        ),
        Field(
            name="minutes",
            label="Minutes",
            kind=Kind.NUMBER,
            needed=True,
            when=IF_REACHED,
            low=1,
            high=240,
            group="What was said",
            ask="Say how many minutes the conversation took.",
        ),
        Field(name="next_contact_on", label="Next contact", kind=Kind.DAY, group="What was said"),
        Field(
            name="note",
            label="Note",
            kind=Kind.LONG_TEXT,
            group="What was said",
            help="For colleagues. It stays in this pharmacy's chart.",
        ),
    ),
    source="domain/billing.md 5.1 (99606: established patient, first 15 minutes), domain/workflows.md 7",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)

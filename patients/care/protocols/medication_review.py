"""A targeted review of medicines: after a hospital stay, after emergency visits, or for a medicine that is missing."""

from datetime import date

from ..protocol import Field, Kind, Missing, Protocol, day, number

DONE = "done"
IF_DONE = ("outcome", (DONE,))
ESTABLISHED_PATIENT_FIRST_15_MINUTES = "99606"


def given(answers):
    """Only a review that was held counts; an attempt does not."""
    return answers.get("outcome") == DONE


def lines(answers, line_of_business):
    return ((ESTABLISHED_PATIENT_FIRST_15_MINUTES, 1),) if given(answers) else ()


def prefill(facts):
    return {"service_on": facts.today.isoformat(), "medicines": ", ".join(facts.medicines)}


def check(answers, service_on):
    home = day(answers.get("discharged_on"))
    if home and home > service_on:
        return (Missing(field="discharged_on", sentence="The discharge lies after this review."),)
    return ()


def minutes(answers):
    return number(answers.get("minutes", "")) if given(answers) else None


ATTEMPTS = {"message": "voicemail", "no_answer": "no_answer", "wrong_number": "wrong_number", "declined": "declined"}


def attempt(answers):
    """A try to hold it that came to nothing, or to a no. A review that was held closes its flag, wherever it was held."""
    return ATTEMPTS.get(answers.get("outcome"), "")


def summary(answers, result):
    said = dict(PROTOCOL.by_name["outcome"].choices).get(answers.get("outcome"), "")
    plan = dict(PROTOCOL.by_name["plan"].choices)
    agreed = ", ".join(plan[code].lower() for code in answers.get("plan") or () if code in plan)
    return f"{said}; agreed: {agreed}" if agreed else said


PROTOCOL = Protocol(
    code="medication_review",
    title="Medicines review",
    start="Start the review",
    icon="clipboard-check",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    minutes=minutes,
    attempt=attempt,
    summary=summary,
    fields=(
        Field(name="service_on", label="Day of the review", kind=Kind.DAY, needed=True, group="The occasion"),
        Field(
            name="occasion",
            label="Why now",
            kind=Kind.SEVERAL,
            needed=True,
            group="The occasion",
            ask="Say what the review is about.",
            choices=(
                ("discharge", "Home from hospital"),
                ("emergency", "Emergency visits"),
                ("statin", "Diabetes without a statin"),
                ("other", "Something else"),
            ),
        ),
        Field(
            name="discharged_on",
            label="Discharged on",
            kind=Kind.DAY,
            group="The occasion",
            help="If home from hospital.",
        ),
        Field(
            name="outcome",
            label="What came of it",
            kind=Kind.ONE,
            needed=True,
            group="The review",
            ask="Say what came of it.",
            choices=(
                (DONE, "Review held with the patient or caregiver"),
                ("message", "Left a message"),
                ("no_answer", "No answer"),
                ("wrong_number", "Wrong number"),
                ("declined", "Patient declined"),
            ),
        ),
        Field(
            name="agreed",
            label="Agreed to talk about their medicines",
            kind=Kind.YES,
            needed=True,
            when=IF_DONE,
            group="The review",
            ask="Confirm that the patient agreed to the conversation.",
        ),
        Field(
            name="lists",
            label="What was compared",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_DONE,
            group="The review",
            ask="Say which lists were compared.",
            choices=(
                ("fills", "Fills by claims"),
                ("discharge", "Discharge list"),
                ("bottles", "What is at home"),
                ("prescriber", "The prescriber's list"),
            ),
        ),
        Field(
            name="medicines",
            label="Medicines in use",
            kind=Kind.LONG_TEXT,
            needed=True,
            when=IF_DONE,
            group="The review",
            help="From claims; correct it by what the patient takes.",
            ask="List the medicines in use.",
        ),
        Field(
            name="found",
            label="What was found",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_DONE,
            group="What was found",
            ask="Say what was found; \u201cNothing\u201d is an answer too.",
            choices=(
                ("missing", "A medicine is missing"),
                ("double", "Two of the same kind"),
                ("stopped", "Stopped in hospital, still taken"),
                ("dose", "Dose differs"),
                ("side_effect", "A side effect"),
                ("interaction", "An interaction"),
                ("not_taken", "Not taken as written"),
                ("none", "Nothing"),
            ),
        ),
        Field(
            name="plan",
            label="What was agreed",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_DONE,
            group="What was found",
            ask="Say what was agreed; \u201cNo change\u201d is an answer too.",
            choices=(
                ("prescriber", "Ask the prescriber"),
                ("statin", "Propose a statin to the prescriber"),
                ("stop", "Stop what was stopped in hospital"),
                ("list", "New list given to the patient"),
                ("visit", "Visit at the pharmacy"),
                ("no_change", "No change"),
            ),
        ),
        Field(
            name="minutes",
            label="Minutes",
            kind=Kind.NUMBER,
            needed=True,
            when=IF_DONE,
            low=1,
            high=240,
            group="What was found",
            ask="Say how many minutes the review took.",
        ),
        Field(name="next_contact_on", label="Next contact", kind=Kind.DAY, group="What was found"),
        Field(
            name="note",
            label="Note",
            kind=Kind.LONG_TEXT,
            group="What was found",
            help="For colleagues. It stays in this pharmacy's chart.",
        ),
    ),
    source="domain/billing.md 5.1 (99606: established patient, first 15 minutes), domain/measures.md 3.2 (TRC-MRP, SUPD)",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

"""The comprehensive medication review of the year: all medicines, with the patient, and a written summary that goes home."""

from datetime import date, timedelta

from pharmacies.billing.limits import timed

from ..protocol import Field, Kind, Missing, Protocol, day, number

DONE = "done"
IF_DONE = ("outcome", (DONE,))
IN_PLACE = "representative"
FIRST_VISIT, LATER_VISIT, EACH_FURTHER = "99605", "99606", "99607"
SUMMARY_WITHIN = timedelta(days=14)


def given(answers):
    """Only a review that was held counts; who declines it stays in the programme."""
    return answers.get("outcome") == DONE


def minutes(answers):
    return number(answers.get("minutes", "")) if given(answers) else None


def lines(answers, line_of_business):
    """The first quarter of an hour, and each further one."""
    if not given(answers):
        return ()
    further = timed()[EACH_FURTHER].units_in(minutes(answers) or 0)
    first = (FIRST_VISIT if answers.get("is_first") else LATER_VISIT, 1)
    return (first, (EACH_FURTHER, further)) if further else (first,)


def prefill(facts):
    return {"service_on": facts.today.isoformat(), "medicines": ", ".join(facts.medicines)}


def check(answers, service_on):
    """The summary goes out from the day of the review to the fourteenth day after it."""
    sent = day(answers.get("summary_on"))
    if not given(answers) or sent is None:
        return ()
    if sent < service_on:
        return (Missing(field="summary_on", sentence="The summary lies before this review."),)
    if sent > service_on + SUMMARY_WITHIN:
        sentence = f"The summary goes out within {SUMMARY_WITHIN.days} days of the review."
        return (Missing(field="summary_on", sentence=sentence),)
    return ()


ATTEMPTS = {"message": "voicemail", "no_answer": "no_answer", "wrong_number": "wrong_number", "declined": "declined"}


def attempt(answers):
    """A try to hold it that came to nothing, or to a no."""
    return ATTEMPTS.get(answers.get("outcome"), "")


def summary(answers, result):
    said = dict(PROTOCOL.by_name["outcome"].choices).get(answers.get("outcome"), "")
    sent = day(answers.get("summary_on"))
    return f"{said}; summary on {sent:%-d %b %Y}" if given(answers) and sent else said


OCCASION, REVIEW, SUMMARY = "The visit", "The review", "The summary"
PROTOCOL = Protocol(
    code="comprehensive_review",
    title="Comprehensive medication review",
    start="Start the yearly review",
    icon="clipboard-check",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    minutes=minutes,
    attempt=attempt,
    summary=summary,
    fields=(
        Field(name="service_on", label="Day of the review", kind=Kind.DAY, needed=True, group=OCCASION),
        Field(
            name="outcome",
            label="What came of it",
            kind=Kind.ONE,
            needed=True,
            group=OCCASION,
            ask="Say what came of it.",
            choices=(
                (DONE, "Review held"),
                ("message", "Left a message"),
                ("no_answer", "No answer"),
                ("wrong_number", "Wrong number"),
                ("declined", "Patient declined"),
            ),
        ),
        Field(
            name="talked_with",
            label="Held with",
            kind=Kind.ONE,
            needed=True,
            when=IF_DONE,
            group=OCCASION,
            ask="Say with whom it was held.",
            choices=(("patient", "The patient"), (IN_PLACE, "Somebody in place of the patient, who cannot take part")),
        ),
        Field(
            name="representative",
            label="Who, and why the patient cannot take part",
            kind=Kind.TEXT,
            needed=True,
            when=("talked_with", (IN_PLACE,)),
            group=OCCASION,
            ask="Say who it was and why the patient cannot take part: only then it counts.",
        ),
        Field(
            name="held",
            label="Held",
            kind=Kind.ONE,
            needed=True,
            when=IF_DONE,
            group=OCCASION,
            ask="Say how it was held.",
            choices=(("in_person", "In person"), ("telephone", "By telephone"), ("video", "By video")),
        ),
        Field(
            name="is_first",
            label="The patient's first medication therapy visit here",
            kind=Kind.YES,
            when=IF_DONE,
            group=OCCASION,
            help="Billed as such once a year.",
        ),
        Field(
            name="agreed",
            label="Agreed to talk about all medicines",
            kind=Kind.YES,
            needed=True,
            when=IF_DONE,
            group=REVIEW,
            ask="Confirm that there was consent to the conversation.",
        ),
        Field(
            name="medicines",
            label="All medicines in use",
            kind=Kind.LONG_TEXT,
            needed=True,
            when=IF_DONE,
            group=REVIEW,
            help="From claims; add what is bought without a prescription, herbs and supplements.",
            ask="List all medicines in use.",
        ),
        Field(
            name="without_prescription",
            label="Asked about medicines without a prescription, herbs and supplements",
            kind=Kind.YES,
            needed=True,
            when=IF_DONE,
            group=REVIEW,
            ask="Ask about medicines without a prescription, and confirm it.",
        ),
        Field(
            name="found",
            label="What was found",
            kind=Kind.SEVERAL,
            needed=True,
            when=IF_DONE,
            group=REVIEW,
            ask="Say what was found; \u201cNothing\u201d is an answer too.",
            choices=(
                ("missing", "A medicine is missing"),
                ("unneeded", "A medicine is not needed"),
                ("double", "Two of the same kind"),
                ("dose", "Dose too high or too low"),
                ("side_effect", "A side effect"),
                ("interaction", "An interaction"),
                ("not_taken", "Not taken as written"),
                ("cost", "Too expensive"),
                ("none", "Nothing"),
            ),
        ),
        Field(
            name="to_do",
            label="Recommended to-do list",
            kind=Kind.LONG_TEXT,
            needed=True,
            when=IF_DONE,
            group=SUMMARY,
            help="As it stands in the summary: what was talked about, and what the patient should do.",
            ask="Write the to-do list.",
        ),
        Field(
            name="disposal",
            label="Safe disposal of medicines explained",
            kind=Kind.YES,
            needed=True,
            when=IF_DONE,
            group=SUMMARY,
            ask="Explain safe disposal, in the summary or beside it, and confirm it.",
        ),
        Field(
            name="summary_on",
            label="Summary given or sent on",
            kind=Kind.DAY,
            needed=True,
            when=IF_DONE,
            group=SUMMARY,
            help=f"Cover letter, to-do list and medication list (CMS-10396), within {SUMMARY_WITHIN.days} days.",
            ask="Say when the summary was given or sent.",
        ),
        Field(
            name="minutes",
            label="Minutes",
            kind=Kind.NUMBER,
            needed=True,
            when=IF_DONE,
            low=1,
            high=240,
            group=SUMMARY,
            ask="Say how many minutes the review took.",
        ),
        Field(name="next_contact_on", label="Next contact", kind=Kind.DAY, group=SUMMARY),
        Field(
            name="note",
            label="Note",
            kind=Kind.LONG_TEXT,
            group=SUMMARY,
            help="For colleagues. It stays in this pharmacy's chart.",
        ),
    ),
    source="42 CFR 423.153(d)(1)(vii) (interactive, with a written summary in CMS's format, safe disposal); CMS-10396 and fourteen days: "
    "domain/workflows.md; 99605 to 99607: domain/billing.md 5.1. What the measure asks beyond that: domain/measures.md 3.2",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)

"""A blood pressure taken here: at rest, more than once, averaged by rule; and what is done when it is an emergency."""

from datetime import date

from patients.flags.case import Limits

from .. import blood_pressure as bp
from ..protocol import Field, Kind, Missing, Note, Protocol, day

CONTRACT_CODE = "BP-CHECK"
"""The programme's own code, as the contract's fee schedule names it."""
EMERGENCY = "emergency"
NO_SYMPTOMS = "none"
PARTS = (("systolic", "Systolic (upper)", 50, 300), ("diastolic", "Diastolic (lower)", 20, 200))


def _in_crisis(answers):
    service_on = day(answers.get("service_on"))
    return bool(service_on and bp.crisis(bp.taken(answers), Limits(service_on)))


def given(answers):
    return bool(bp.taken(answers))


def lines(answers, line_of_business):
    return ((CONTRACT_CODE, 1),) if given(answers) else ()


def prefill(facts):
    return {"service_on": facts.today.isoformat(), "position": "sitting"}


def check(answers, service_on):
    limits, readings = Limits(service_on), bp.taken(answers)
    found = [each for n in range(1, bp.MOST_READINGS + 1) for each in _whole(answers, n)]
    found += _turned_round(readings)
    for place, each in enumerate(readings):
        if place and each.minutes is None and not answers.get(f"minutes_{each.number}"):
            sentence = f"Say how many minutes lie between reading {each.number} and the one before."
            found.append(Missing(field=f"minutes_{each.number}", sentence=sentence))
    counted, needed = len(bp.counted(readings, limits)), limits[bp.READINGS_NEEDED]
    if counted < needed and not (counted and answers.get("crisis_action") == EMERGENCY):
        sentence = (
            f"{needed} readings that count are needed, at least {limits[bp.MINUTES_APART]} minute apart; there "
            f"{'is' if counted == 1 else 'are'} {counted}. With emergency help on the way, one is enough."
        )
        found.append(Missing(field=f"systolic_{min(len(readings) + 1, bp.MOST_READINGS)}", sentence=sentence))
    return (*found, *(_in_an_emergency(answers) if bp.crisis(readings, limits) else ()))


def _whole(answers, n):
    """A reading has both of its numbers."""
    there = [name for name, *_ in PARTS if answers.get(f"{name}_{n}")]
    if not there and not answers.get(f"pulse_{n}"):
        return ()
    return tuple(
        Missing(field=f"{name}_{n}", sentence=f"Reading {n} lacks the {name} number.")
        for name, *_ in PARTS
        if name not in there
    )


def _turned_round(readings):
    return [
        Missing(
            field=f"diastolic_{each.number}",
            sentence=f"Reading {each.number}: the lower number has to be lower than the upper one.",
        )
        for each in readings
        if each.diastolic >= each.systolic
    ]


def _in_an_emergency(answers):
    symptoms = answers.get("symptoms") or ()
    if NO_SYMPTOMS in symptoms and len(symptoms) > 1:
        sentence = "\u201cNone of these\u201d does not go with a symptom."
        yield Missing(field="symptoms", sentence=sentence)
    elif symptoms and NO_SYMPTOMS not in symptoms and answers.get("crisis_action") not in ("", None, EMERGENCY):
        sentence = "Such a blood pressure with a symptom is an emergency: call 911, and say so here."
        yield Missing(field="crisis_action", sentence=sentence)


def notes(answers, service_on, setting):
    """The average so far, and what it asks for."""
    limits, readings = Limits(service_on), bp.taken(answers)
    found, came_to = [], bp.result(answers, service_on)
    if bp.crisis(readings, limits):
        found.append(
            Note(
                tone="urgent",
                sentence=f"A reading is in the crisis range ({limits[bp.CRISIS_SYSTOLIC]} or over, or "
                f"{limits[bp.CRISIS_DIASTOLIC]} or over). Ask about the symptoms below now. With any of them: call 911. "
                "Without: let the patient rest, measure again, and reach the prescriber today.",
            )
        )
    if came_to:
        numbers = ", ".join(map(str, came_to["counted"]))
        pulse = f", pulse {came_to['pulse']}" if came_to["pulse"] else ""
        which = f"reading{'s' if len(came_to['counted']) > 1 else ''} {numbers}"
        found.append(Note(tone="info", sentence=f"Average {_over(came_to)}{pulse}, from {which}."))
    if len(readings) == 2 and abs(readings[0].systolic - readings[1].systolic) > limits[bp.ANOTHER_IF_APART]:
        found.append(Note(tone="high", sentence="The two readings lie far apart: take a third one."))
    if came_to and (came_to["systolic"] < limits[bp.LOW_SYSTOLIC] or came_to["diastolic"] < limits[bp.LOW_DIASTOLIC]):
        found.append(Note(tone="high", sentence="That is low. Ask about dizziness, falls and new medicines."))
    return tuple(found)


def summary(answers, result):
    if not result:
        return ""
    count = len(result["counted"])
    crisis = "; in the crisis range" if result["is_crisis"] else ""
    return f"{_over(result)} mmHg, average of {count}{crisis}" if count > 1 else f"{_over(result)} mmHg{crisis}"


def _over(result):
    return f"{result['systolic']}/{result['diastolic']}"


def _reading(n):
    group = f"Reading {n}" + ("" if n < 3 else ", if you take one")
    first = n == 1
    for name, label, low, high in PARTS:
        yield Field(
            name=f"{name}_{n}",
            label=label,
            kind=Kind.NUMBER,
            needed=first,
            low=low,
            high=high,
            group=group,
            ask=f"The {name} number of the first reading is missing.",
        )
    yield Field(name=f"pulse_{n}", label="Pulse", kind=Kind.NUMBER, low=20, high=250, group=group)
    if not first:
        yield Field(
            name=f"minutes_{n}", label="Minutes after the one before", kind=Kind.NUMBER, low=0, high=120, group=group
        )


BEFORE, CRISIS, AFTER = "Before", "If a reading is in the crisis range", "Afterwards"
PROTOCOL = Protocol(
    code="bp_check",
    title="Blood pressure check",
    icon="heart-pulse",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    result=bp.result,
    notes=notes,
    measured=bp.measured,
    summary=summary,
    fields=(
        Field(name="service_on", label="Measured on", kind=Kind.DAY, needed=True, group=BEFORE),
        Field(
            name="rested",
            label="Has sat still for five minutes; no coffee, smoking or exercise in the half hour before",
            kind=Kind.YES,
            needed=True,
            group=BEFORE,
            ask="Let the patient rest for five minutes, and confirm it.",
        ),
        Field(
            name="position",
            label="Position",
            kind=Kind.ONE,
            needed=True,
            group=BEFORE,
            choices=(("sitting", "Sitting, back and feet supported"), ("standing", "Standing"), ("lying", "Lying")),
        ),
        Field(
            name="arm",
            label="Arm",
            kind=Kind.ONE,
            needed=True,
            group=BEFORE,
            choices=(("left", "Left"), ("right", "Right")),
            ask="Say on which arm it was measured.",
            help="At heart level; the same arm for all readings.",
        ),
        Field(
            name="cuff",
            label="Cuff",
            kind=Kind.LIST,
            needed=True,
            group=BEFORE,
            choices=(
                ("small", "Small adult"),
                ("adult", "Adult"),
                ("large", "Large adult"),
                ("thigh", "Extra large"),
                ("wrist", "Wrist device"),
            ),
            ask="Say which cuff was used.",
        ),
        *(field for n in range(1, bp.MOST_READINGS + 1) for field in _reading(n)),
        Field(
            name="symptoms",
            label="Symptoms now",
            kind=Kind.SEVERAL,
            needed=True,
            when=_in_crisis,
            group=CRISIS,
            ask="A reading is in the crisis range: ask about the symptoms. \u201cNone of these\u201d is an answer too.",
            choices=(
                ("chest_pain", "Chest pain"),
                ("breath", "Short of breath"),
                ("back_pain", "Sudden back pain"),
                ("weakness", "Numbness or weakness"),
                ("vision", "Change in vision"),
                ("speech", "Trouble speaking or confusion"),
                ("headache", "Severe headache"),
                (NO_SYMPTOMS, "None of these"),
            ),
        ),
        Field(
            name="crisis_action",
            label="What was done",
            kind=Kind.ONE,
            needed=True,
            when=_in_crisis,
            group=CRISIS,
            ask="A reading is in the crisis range: say what was done.",
            choices=(
                (EMERGENCY, "911 called, or brought to an emergency department"),
                ("prescriber", "Prescriber reached and told; to be seen today"),
                ("urgent_care", "Sent to urgent care today; prescriber told"),
            ),
        ),
        Field(
            name="referred_to",
            label="Who was told",
            kind=Kind.TEXT,
            needed=True,
            when=_in_crisis,
            group=CRISIS,
            help="Name and telephone of the prescriber or the place.",
            ask="A reading is in the crisis range: say whom you told.",
        ),
        Field(
            name="told",
            label="The patient knows the warning signs and when to call 911",
            kind=Kind.YES,
            needed=True,
            when=_in_crisis,
            group=CRISIS,
            ask="A reading is in the crisis range: tell the patient the warning signs, and confirm it.",
        ),
        Field(
            name="advice",
            label="Talked about",
            kind=Kind.SEVERAL,
            group=AFTER,
            choices=(
                ("medicines", "Taking the medicines"),
                ("home", "Measuring at home"),
                ("salt", "Salt and food"),
                ("movement", "Moving more"),
                ("tobacco", "Tobacco and alcohol"),
                ("otc", "Medicines that raise blood pressure"),
            ),
        ),
        Field(name="next_check_on", label="Next check", kind=Kind.DAY, group=AFTER),
        Field(name="note", label="Note", kind=Kind.LONG_TEXT, group=AFTER),
    ),
    source=f"{bp.GUIDELINE}; 2018 ESC/ESH guideline (third reading); domain/measures.md 3.2 (CBP)",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

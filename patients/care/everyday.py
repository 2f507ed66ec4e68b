"""Facts of everyday use: the form of each kind, how a fact reads, and what matters before a call."""

from dataclasses import dataclass, field

from patients.models import Consent, DeathReport, EverydayFact

from .protocol import Field, Kind, day, wrong

Facts = EverydayFact.Kind


@dataclass(frozen=True, kw_only=True)
class FactKind:
    """One kind of fact: its form (the fields of a protocol), and whether a patient can have several at a time."""

    code: str
    title: str
    icon: str
    fields: tuple[Field, ...]
    by_name: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "by_name", {each.name: each for each in self.fields})

    @property
    def is_several(self):
        return self.code in EverydayFact.SEVERAL

    def missing(self, details):
        """A tuple of Missing."""
        return tuple(filter(None, (wrong(each, details) for each in self.fields)))

    def reads(self, details):
        """Its answers in words, in one line."""
        said = [_words(each, details[each.name]) for each in self.fields if details.get(each.name)]
        return ", ".join(said)


def _words(each, value):
    known = dict(each.choices)
    if each.kind == Kind.SEVERAL:
        words = ", ".join(known.get(code, code).lower() for code in value)
        return f"{each.label.lower()}: {words}" if each.name == "may_hear" else words
    if each.kind == Kind.DAY and (on := day(value)):
        return f"{each.label.lower()} {on:%-d %b %Y}"
    return known.get(value, value)


def _text(name, label, needed=False, help="", **more):
    return Field(name=name, label=label, kind=Kind.TEXT, needed=needed, help=help, **more)


def _one(name, label, *choices, needed=False, several=False):
    return Field(name=name, label=label, kind=Kind.SEVERAL if several else Kind.LIST, choices=choices, needed=needed)


KINDS = {
    each.code: each
    for each in (
        FactKind(
            code=Facts.PHONE,
            title=Facts.PHONE.label,
            icon="phone",
            fields=(
                _text("number", "Number", needed=True),
                _one("whose", "Whose", ("mobile", "Mobile"), ("home", "At home"), ("work", "At work")),
            ),
        ),
        FactKind(
            code=Facts.BEST_TIME,
            title=Facts.BEST_TIME.label,
            icon="clock",
            fields=(
                _one(
                    "times",
                    "Times",
                    ("morning", "Morning"),
                    ("noon", "Around noon"),
                    ("afternoon", "Afternoon"),
                    ("evening", "Evening"),
                    ("weekend", "Saturday"),
                    needed=True,
                    several=True,
                ),
                _text("words", "More", help="Such as: not on dialysis days."),
            ),
        ),
        FactKind(
            code=Facts.INTERPRETER,
            title=Facts.INTERPRETER.label,
            icon="languages",
            fields=(
                _text("language", "Language", needed=True),
                _text("interpreter_id", "Interpreter's id", help="Of the interpreter or service that was used last."),
                _text("service", "Service and telephone"),
            ),
        ),
        FactKind(
            code=Facts.TTY,
            title=Facts.TTY.label,
            icon="keyboard",
            fields=(
                _one(
                    "way",
                    "How",
                    ("tty", "TTY"),
                    ("relay", "Relay service (711)"),
                    ("video", "Video relay"),
                    needed=True,
                ),
                _text("number", "Number"),
            ),
        ),
        FactKind(
            code=Facts.CAREGIVER,
            title=Facts.CAREGIVER.label,
            icon="users",
            fields=(
                _text("name", "Name", needed=True),
                _one(
                    "role",
                    "Role",
                    ("caregiver", "Caregiver"),
                    ("representative", "Authorised representative"),
                    ("emergency", "For an emergency alone"),
                    needed=True,
                ),
                _text("phone", "Telephone"),
                _one(
                    "may_hear",
                    "May be told about",
                    ("nothing", "Nothing"),
                    ("pickup", "Picking up and delivery"),
                    ("medicines", "Medicines"),
                    ("conditions", "Illnesses and results"),
                    ("billing", "Bills"),
                    needed=True,
                    several=True,
                ),
                _text("document", "Document", help="What shows it, and where it is kept."),
            ),
        ),
        FactKind(
            code=Facts.ALLERGY,
            title=Facts.ALLERGY.label,
            icon="triangle-alert",
            fields=(
                _text("substance", "To what", needed=True),
                _text("reaction", "What happens"),
                _one(
                    "severity", "How bad", ("mild", "Mild"), ("severe", "Severe"), ("unknown", "Not known"), needed=True
                ),
            ),
        ),
        FactKind(
            code=Facts.OTC,
            title=Facts.OTC.label,
            icon="pill",
            fields=(_text("product", "What", needed=True), _text("how", "How much, how often")),
        ),
        FactKind(
            code=Facts.ADDRESS,
            title=Facts.ADDRESS.label,
            icon="house",
            fields=(
                _one(
                    "why",
                    "Why",
                    ("temporary", "Temporary"),
                    ("care_home", "Care home or nursing facility"),
                    ("hospital", "Hospital or rehabilitation"),
                    needed=True,
                ),
                _text("line", "Address", needed=True),
                _text("phone", "Telephone there"),
                Field(name="until", label="Until", kind=Kind.DAY),
            ),
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """A fact that holds, in words."""

    it: EverydayFact
    kind: FactKind
    words: str


def facts_of(who, *, patient):
    """Every fact that holds, in the order of the kinds, the newest first."""
    rows = (
        EverydayFact.objects.visible_to(who)
        .filter(patient__in=patient.records, ended_at=None)
        .select_related("recorded_by")
    )
    known = [
        Known(it=row, kind=KINDS[row.kind], words=KINDS[row.kind].reads(row.details))
        for row in rows.order_by("-recorded_at", "-id")
        if row.kind in KINDS
    ]
    order = list(KINDS)
    return tuple(sorted(known, key=lambda each: order.index(each.it.kind)))


def death_of(who, *, patient):
    """The live DeathReport of the pharmacy, or None."""
    reports = (
        DeathReport.objects.visible_to(who)
        .filter(patient__in=patient.records)
        .exclude(status=DeathReport.Status.WITHDRAWN)
    )
    return reports.select_related("reported_by").first()


BEFORE_A_CALL = (Facts.PHONE, Facts.BEST_TIME, Facts.INTERPRETER, Facts.TTY, Facts.CAREGIVER, Facts.ADDRESS)


def before_a_call(facts, consents):
    """(term, words, whether it is a warning) of what one has to know before picking up the telephone."""
    said = [(each.kind.title, each.words, False) for each in facts if each.it.kind in BEFORE_A_CALL]
    refused = {each.kind for each in consents if not each.is_given}
    if Consent.Kind.CALLS in refused:
        said.insert(0, ("Calls", "Does not want to be called", True))
    if Consent.Kind.VOICEMAIL in refused:
        said.insert(0, ("Messages", "Leave no message on a machine", True))
    if not any(each.kind == Consent.Kind.TEXTS and each.is_given for each in consents):
        said.append(("Texts", "No consent to text messages", False))
    return tuple(said)

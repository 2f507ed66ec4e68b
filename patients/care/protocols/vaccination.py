"""One vaccine, given here: what went in, from which lot, where, by whom, and which information sheet the patient got."""

from datetime import date

from carecoord.kernel.drugs.ndc import NotAnNdc, to_ndc11

from .. import authority, gs1, screening, vaccines
from ..protocol import Field, Kind, Missing, Note, Protocol, day

SITES = (
    ("left_arm", "Left upper arm"),
    ("right_arm", "Right upper arm"),
    ("left_thigh", "Left thigh"),
    ("right_thigh", "Right thigh"),
    ("nose", "Nose"),
    ("other", "Elsewhere"),
)
ROUTES = (("im", "Into the muscle"), ("sc", "Under the skin"), ("id", "Into the skin"), ("nasal", "Nasal spray"))
VACCINES = tuple((each.cvx, f"{each.label} (CVX {each.cvx})") for each in vaccines.every().values())


GIVE, POSTPONE = "give", "postpone"
SCREENING = tuple((each.code, each.words) for each in screening.QUESTIONS)


def _vaccine(answers):
    return vaccines.every().get(answers.get("cvx"))


def _outcomes(answers):
    """(stops, asks) of what was answered with yes; a question counts for every vaccine until one is chosen."""
    said, known = answers.get("screening") or (), _vaccine(answers)
    return screening.outcomes(said, known) if known else ((), ())


def _has_findings(answers):
    return any(_outcomes(answers))


def _has_stops(answers):
    return bool(_outcomes(answers)[0]) and answers.get("decision") == GIVE


def _is_given(answers):
    return answers.get("decision") != POSTPONE


def given(answers):
    return bool(answers.get("cvx")) and _is_given(answers)


def lines(answers, line_of_business):
    code = vaccines.administration_code(answers.get("cvx"), line_of_business) if given(answers) else None
    return ((code, 1),) if code else ()


def prefill(facts):
    return {"service_on": facts.today.isoformat(), "vis_on": facts.today.isoformat(), "administered_by": facts.person}


def fill(before, answers, setting):
    """A lot chosen anew, or a code scanned anew, fills product, lot, expiry and NDC in."""
    chosen, code = answers.get("lot_ref"), answers.get("barcode")
    if chosen and chosen != before.get("lot_ref"):
        found = next((each for each in setting.lots() if each.ref == chosen), None)
        return answers | _on_the_shelf(found) if found else answers
    if code and code != before.get("barcode"):
        return answers | _scanned(code, answers, setting)
    return answers


def _on_the_shelf(lot):
    filled = {"cvx": lot.cvx, "product": lot.product, "lot": lot.lot, "expires_on": lot.expires_on.isoformat()}
    return filled | {"ndc": lot.ndc, "lot_ref": lot.ref}


def _scanned(code, answers, setting):
    """What the code says; the lot on the shelf, where it is there; nothing for a code that cannot be read."""
    try:
        read = gs1.read(code, today=day(answers.get("service_on")) or date.today())  # noqa: DTZ011 - for the century alone
    except gs1.NotABarcode:
        return {}
    said = {"lot": read.lot, "expires_on": read.expires_on.isoformat(), "serial": read.serial}
    here = [
        each
        for each in setting.lots()
        if each.ndc in read.ndcs or not each.ndc and each.lot.upper() == read.lot.upper()
    ]
    same = next((each for each in here if each.lot.upper() == read.lot.upper()), None)
    if same:
        return _on_the_shelf(same) | said
    if here:  # another lot of a product that is known
        return said | {"cvx": here[0].cvx, "product": here[0].product, "ndc": here[0].ndc, "lot_ref": ""}
    return said | {"lot_ref": ""}


def check(answers, service_on):
    """The lot is good on the day, the sheet came before the needle, and the sheet existed when it was handed over."""
    if not _is_given(answers):
        return ()
    found = []
    expires_on, vis_on, edition_on = (day(answers.get(name)) for name in ("expires_on", "vis_on", "vis_edition_on"))
    if expires_on and expires_on < service_on:
        sentence = (
            f"This lot expired on {expires_on:%-d %b %Y}, before the day of service. "
            "Check the carton; an expired dose has to be reported and given again."
        )
        found.append(Missing(field="expires_on", sentence=sentence))
    if vis_on and vis_on > service_on:
        found.append(Missing(field="vis_on", sentence="The information sheet is given before the vaccine, not after."))
    if vis_on and edition_on and edition_on > vis_on:
        sentence = "The edition of the information sheet is newer than the day on which it was given."
        found.append(Missing(field="vis_edition_on", sentence=sentence))
    known = _vaccine(answers)
    if known and answers.get("route") and (known.form == "nasal") != (answers["route"] == "nasal"):
        found.append(Missing(field="route", sentence="The route does not fit this vaccine."))
    return (*found, *_codes(answers, service_on))


def _codes(answers, service_on):
    """The NDC is one, and the scanned code says what the form says."""
    if answers.get("ndc"):
        try:
            to_ndc11(answers["ndc"])
        except NotAnNdc as why:
            yield Missing(field="ndc", sentence=str(why))
    if not answers.get("barcode"):
        return
    try:
        read = gs1.read(answers["barcode"], today=service_on)
    except gs1.NotABarcode as why:
        yield Missing(field="barcode", sentence=str(why))
        return
    if answers.get("lot") and answers["lot"].upper() != read.lot.upper():
        yield Missing(field="lot", sentence=f"The scanned code says lot {read.lot}. One of the two is wrong.")
    if answers.get("expires_on") and day(answers["expires_on"]) != read.expires_on:
        sentence = f"The scanned code says {read.expires_on:%-d %b %Y}. One of the two is wrong."
        yield Missing(field="expires_on", sentence=sentence)


def allowed(answers, service_on, setting):
    """The state lets a pharmacist give it at this age, and the lot on the shelf may be used."""
    if not given(answers):
        return ()
    found = [*_by_law(answers, service_on, setting)]
    lot = _lot_of(answers, setting)
    if answers.get("lot_ref") and lot is None:
        found.append(Missing(field="lot_ref", sentence="That lot is not on your list any more. Choose another one."))
    if lot is not None and (why := why_not(lot, service_on)):
        found.append(Missing(field="lot_ref" if answers.get("lot_ref") else "lot", sentence=why))
    return tuple(found)


def _by_law(answers, service_on, setting):
    rule = authority.rule_for(setting.state, _vaccine(answers).group if _vaccine(answers) else "", service_on)
    if rule is None or not rule.is_verified:
        return
    if setting.age is not None and setting.age < rule.minimum_age:
        yield Missing(field="cvx", sentence=f"{rule} This patient is {setting.age}.")
    if rule.needs == "prescription" and not answers.get("order"):
        yield Missing(field="order", sentence=f"{rule} Say whose prescription it is.")


def _lot_of(answers, setting):
    """The lot on the shelf that the answers mean: chosen, or typed with the same vaccine and number."""
    if answers.get("lot_ref"):
        return next((each for each in setting.lots() if each.ref == answers["lot_ref"]), None)
    typed = (answers.get("cvx", ""), answers.get("lot", "").upper())
    return next((each for each in setting.lots() if (each.cvx, each.lot.upper()) == typed), None)


def why_not(lot, service_on):
    """The sentence about a Shelved lot that may not be used, or ''."""
    if lot.is_recalled:
        return f"Lot {lot.lot} is recalled. It must not be given; take it out of the refrigerator."
    if lot.expires_on < service_on:
        return f"Lot {lot.lot} expired on {lot.expires_on:%-d %b %Y}. Take it out of the refrigerator."
    return "" if lot.left else f"Your list says that nothing is left of lot {lot.lot}. Count it, then come back."


def notes(answers, service_on, setting):
    """What the screening means, and what the state says."""
    stops, asks = _outcomes(answers)
    found = [
        Note(tone="urgent", sentence=f"Stop: {each.words[0].lower()}{each.words[1:]}. {each.then}") for each in stops
    ]
    found += [Note(tone="high", sentence=f"{each.words}. {each.then}") for each in asks]
    known = _vaccine(answers)
    if known is None:
        return tuple(found)
    rule = authority.rule_for(setting.state, known.group, service_on)
    if rule is None:
        where = f" for {setting.state}" if setting.state else ""
        found.append(Note(tone="high", sentence=f"No rule is on file{where}: check what your state allows."))
    elif not rule.is_verified and setting.age is not None and setting.age < rule.minimum_age:
        found.append(Note(tone="high", sentence=f"{rule} This patient is {setting.age}."))
    elif not rule.is_verified:
        found.append(Note(tone="info", sentence=str(rule)))
    return tuple(found)


def dose(answers):
    """For the pharmacy's own record; None for a vaccine that was not given."""
    if not given(answers):
        return None
    facts = vaccine(answers)
    return {name: facts[name] for name in ("cvx", "product", "lot", "expires_on", "site", "route")} | {
        "ndc": to_ndc11(answers["ndc"]) if answers.get("ndc") else "",
        "serial": answers.get("serial", "")[:20],
        "given_by": answers.get("administered_by", ""),
    }


def vaccine(answers):
    """The facts that a service claim freezes."""
    known = vaccines.every().get(answers.get("cvx"))
    return {
        "cvx": answers.get("cvx", ""),
        "product": answers.get("product") or (known.label if known else ""),
        "lot": answers.get("lot", ""),
        "expires_on": day(answers.get("expires_on")),
        "site": answers.get("site", ""),
        "route": answers.get("route", ""),
        "vis_on": day(answers.get("vis_on")),
    }


def summary(answers, result):
    known = _vaccine(answers)
    if known is None:
        return ""
    return f"{known.label}, lot {answers.get('lot', '')}" if _is_given(answers) else f"{known.label}, postponed"


WHAT, BEFORE, DOSE = "The vaccine", "Before the needle", "The dose"
PROTOCOL = Protocol(
    code="vaccination",
    title="Vaccination",
    icon="syringe",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    fill=fill,
    allowed=allowed,
    notes=notes,
    vaccine=vaccine,
    dose=dose,
    summary=summary,
    fields=(
        Field(name="service_on", label="Given on", kind=Kind.DAY, needed=True, group=WHAT),
        Field(
            name="barcode",
            label="Scan the carton",
            kind=Kind.BARCODE,
            group=WHAT,
            help="The square code; it fills lot, expiry and NDC in. Or type it as printed: (01)...(17)...(10)...",
        ),
        Field(
            name="lot_ref",
            label="Lot from your refrigerator",
            kind=Kind.LOT,
            group=WHAT,
            help="Fills the vaccine, product, lot and expiry in; the dose is counted off.",
        ),
        Field(
            name="cvx",
            label="Vaccine",
            kind=Kind.LIST,
            choices=VACCINES,
            needed=True,
            group=WHAT,
            ask="Say which vaccine it is about.",
        ),
        Field(
            name="product",
            label="Product",
            kind=Kind.TEXT,
            needed=True,
            when=_is_given,
            help="As on the carton.",
            group=WHAT,
        ),
        Field(
            name="lot",
            label="Lot",
            kind=Kind.TEXT,
            needed=True,
            when=_is_given,
            group=WHAT,
            ask="The lot is missing; it is on the carton and the vial.",
        ),
        Field(
            name="expires_on",
            label="Expires on",
            kind=Kind.DAY,
            needed=True,
            when=_is_given,
            group=WHAT,
            help="Where the carton shows a month alone: its last day.",
        ),
        Field(name="ndc", label="NDC", kind=Kind.TEXT, group=WHAT, help="Eleven digits, or ten with hyphens."),
        Field(name="serial", label="Serial number", kind=Kind.TEXT, group=WHAT),
        Field(
            name="screened",
            label="All questions below were asked, and those answered with yes are ticked",
            kind=Kind.YES,
            needed=True,
            group=BEFORE,
            ask="Ask the questions, and confirm it.",
        ),
        Field(name="screening", label="Answered with yes", kind=Kind.SEVERAL, choices=SCREENING, group=BEFORE),
        Field(
            name="decision",
            label="What was decided",
            kind=Kind.ONE,
            needed=True,
            when=_has_findings,
            group=BEFORE,
            ask="An answer speaks against the vaccine, or asks for care: say what was decided.",
            choices=((GIVE, "Given"), (POSTPONE, "Not given today")),
        ),
        Field(
            name="clarified",
            label="What you found out",
            kind=Kind.LONG_TEXT,
            needed=True,
            when=_has_findings,
            group=BEFORE,
            help="Where an answer was yes.",
            ask="Write down what you found out about the answer that was yes.",
        ),
        Field(
            name="reason",
            label="Pharmacist's reason for giving it against a contraindication",
            kind=Kind.LONG_TEXT,
            needed=True,
            when=_has_stops,
            group=BEFORE,
            ask="Something speaks against this vaccine. The pharmacist gives the reason for giving it all the same.",
        ),
        Field(
            name="agreed",
            label="Patient agrees to the vaccine",
            kind=Kind.YES,
            needed=True,
            when=_is_given,
            group=BEFORE,
            ask="Confirm that the patient agreed.",
        ),
        Field(
            name="vis_edition_on",
            label="Information sheet, edition",
            kind=Kind.DAY,
            needed=True,
            when=_is_given,
            help="The date printed on the sheet (VIS).",
            group=BEFORE,
        ),
        Field(
            name="vis_on",
            label="Information sheet given on",
            kind=Kind.DAY,
            needed=True,
            when=_is_given,
            group=BEFORE,
        ),
        Field(
            name="order",
            label="Prescription, protocol or standing order",
            kind=Kind.TEXT,
            group=BEFORE,
            help="Whose, and its number.",
        ),
        Field(name="site", label="Site", kind=Kind.LIST, choices=SITES, needed=True, when=_is_given, group=DOSE),
        Field(name="route", label="Route", kind=Kind.LIST, choices=ROUTES, needed=True, when=_is_given, group=DOSE),
        Field(name="administered_by", label="Given by", kind=Kind.TEXT, needed=True, when=_is_given, group=DOSE),
        Field(name="note", label="Note", kind=Kind.LONG_TEXT, group=DOSE),
    ),
    source="domain/billing.md 5.1 and 5.2; 42 U.S.C. 300aa-25 and -26 (lot, date, who gave it, edition and date of the sheet); "
    + screening.SOURCE,
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

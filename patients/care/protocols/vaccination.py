"""One vaccine, given here: what went in, from which lot, where, by whom, and which information sheet the patient got."""

from datetime import date

from .. import vaccines
from ..protocol import Field, Kind, Missing, Protocol, day

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


def given(answers):
    return bool(answers.get("cvx"))


def lines(answers, line_of_business):
    code = vaccines.administration_code(answers.get("cvx"), line_of_business)
    return ((code, 1),) if code else ()


def prefill(facts):
    return {"service_on": facts.today.isoformat(), "vis_on": facts.today.isoformat(), "administered_by": facts.person}


def check(answers, service_on):
    """The lot is good on the day, the sheet came before the needle, and the sheet existed when it was handed over."""
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
    nasal = vaccines.every()[answers["cvx"]].form == "nasal" if answers.get("cvx") in vaccines.every() else None
    if nasal is not None and answers.get("route") and nasal != (answers["route"] == "nasal"):
        found.append(Missing(field="route", sentence="The route does not fit this vaccine."))
    return tuple(found)


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
    known = vaccines.every().get(answers.get("cvx"))
    return f"{known.label}, lot {answers.get('lot', '')}" if known else ""


PROTOCOL = Protocol(
    code="vaccination",
    title="Vaccination",
    icon="syringe",
    given=given,
    lines=lines,
    prefill=prefill,
    check=check,
    vaccine=vaccine,
    summary=summary,
    fields=(
        Field(name="service_on", label="Given on", kind=Kind.DAY, needed=True, group="Before"),
        Field(
            name="screened",
            label="Asked about allergies, earlier reactions and illness today; nothing speaks against it",
            kind=Kind.YES,
            needed=True,
            group="Before",
            ask="Confirm that nothing speaks against the vaccine today.",
        ),
        Field(
            name="agreed",
            label="Patient agrees to the vaccine",
            kind=Kind.YES,
            needed=True,
            group="Before",
            ask="Confirm that the patient agreed.",
        ),
        Field(
            name="vis_edition_on",
            label="Information sheet, edition",
            kind=Kind.DAY,
            needed=True,
            help="The date printed on the sheet (VIS).",
            group="Before",
        ),
        Field(name="vis_on", label="Information sheet given on", kind=Kind.DAY, needed=True, group="Before"),
        Field(
            name="cvx",
            label="Vaccine",
            kind=Kind.LIST,
            choices=VACCINES,
            needed=True,
            group="The vaccine",
            ask="Say which vaccine was given.",
        ),
        Field(
            name="product", label="Product", kind=Kind.TEXT, needed=True, help="As on the carton.", group="The vaccine"
        ),
        Field(
            name="lot",
            label="Lot",
            kind=Kind.TEXT,
            needed=True,
            group="The vaccine",
            ask="The lot is missing; it is on the carton and the vial.",
        ),
        Field(
            name="expires_on",
            label="Expires on",
            kind=Kind.DAY,
            needed=True,
            group="The vaccine",
            help="Where the carton shows a month alone: its last day.",
        ),
        Field(name="site", label="Site", kind=Kind.LIST, choices=SITES, needed=True, group="The dose"),
        Field(name="route", label="Route", kind=Kind.LIST, choices=ROUTES, needed=True, group="The dose"),
        Field(name="administered_by", label="Given by", kind=Kind.TEXT, needed=True, group="The dose"),
        Field(name="note", label="Note", kind=Kind.LONG_TEXT, group="The dose"),
    ),
    source="domain/billing.md 5.1 and 5.2; 42 U.S.C. 300aa-25 and -26 (lot, date, who gave it, edition and date of the sheet)",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)

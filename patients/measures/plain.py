"""A measure in plain language, made from its definition: nothing here is written twice."""

from dataclasses import dataclass

from carecoord.kernel.drugs import sets

from . import definitions
from .code_lists import header, title
from .kinds import sources, text
from .measure import Family, InWords, Measure, NoSuchYear, Years
from .reasons import EXCLUSION

__all__ = ["Named", "NoSuchYear", "Plain", "families", "plain"]
NOT_CERTIFIED = "Computed by public rules; not certified by a measure steward."


@dataclass(frozen=True)
class Named:
    """A drug set or a code list: its code, its words, what is in it, and where it comes from."""

    code: str
    title: str
    members: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class Plain:
    """The rules of one measurement year. `ages`: a sentence; `leaves_out`: sentences; `years`: (years, what is different)."""

    measure: Measure
    version: str
    year: int
    words: InWords
    ages: str
    leaves_out: tuple[str, ...]
    years: tuple[str, ...]
    drug_sets: tuple[Named, ...]
    code_lists: tuple[Named, ...]

    note = NOT_CERTIFIED


TITLES = {
    Family.ADHERENCE: "Taking medicines",
    Family.STATINS: "Statins",
    Family.OPIOIDS: "Opioids",
    Family.SAFETY: "Safe medicines",
    Family.RESPIRATORY: "Asthma and COPD",
    Family.BEHAVIORAL: "Mental health and substance use",
    Family.CHRONIC: "Diabetes and blood pressure",
    Family.PREVENTION: "Vaccines",
    Family.TRANSITIONS: "Home from hospital",
}


def families() -> list[tuple[str, list[Measure]]]:
    """(title, its measures by title), in the order of TITLES; families without a measure are left out."""
    ones = sorted(definitions.every().values(), key=lambda one: one.title)
    found = [(title, [one for one in ones if one.family == family]) for family, title in TITLES.items()]
    return [(title, measures) for title, measures in found if measures]


def plain(measure: Measure, year: int) -> Plain:
    """The measure as people read it, by the rules of that year. Raises NoSuchYear."""
    rules, asked = measure.rules(year), text.reads(measure, year)
    return Plain(
        measure=measure,
        version=measure.version(year),
        year=year,
        words=measure.kind.in_words(rules),
        ages=_ages(measure),
        leaves_out=tuple(EXCLUSION.get(one.code, one.code) for one in measure.exclude),
        years=tuple(_years(one) for one in measure.years),
        drug_sets=tuple(_drug_set(code) for code in sorted(asked.drug_sets)),
        code_lists=tuple(
            _code_list(code) for code in sorted(asked.diagnoses | asked.services | asked.observations | asked.vaccines)
        ),
    )


def _ages(measure: Measure) -> str:
    ages, day = measure.ages, "31 December" if measure.ages.at_year_end else "1 January"
    if ages.most is None:
        return f"{ages.least} years or older on {day} of the year."
    return f"{ages.least} to {ages.most} years old on {day} of the year."


def _years(rules: Years) -> str:
    since, until = rules.since, rules.until
    when = f"{since or ''} to {until}" if until else f"since {since}" if since else "every year"
    if since and since == until:
        when = str(since)
    if rules.least_dollars:
        return f"{when.strip()}: a cost of {rules.least_dollars:,} US dollars and more"
    stays = "hospital days leave the period" if rules.stay_adjustment else "hospital days count"
    return f"{when.strip()}: gaps in cover of up to {rules.enrolment_gap_days} days; {stays}"


def _drug_set(code: str) -> Named:
    drug_set = sets.every()[code]
    return Named(code, sets.title(code), tuple(name.replace(sets.ANY_END, "…") for name in sorted(drug_set.entries)))


def _code_list(code: str) -> Named:
    path = sources.path(code)
    return Named(code, title(path), sources.codes(code), " ".join(header(path)))

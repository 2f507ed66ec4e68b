"""Write a synthetic population as feed files, with the adherence that every member must come out with.

Streaming: one member at a time, each with dice of its own, so that memory does not grow with their number, and member
17 of a small population is member 17 of a large one.

What the files say, and how it is meant:
  fills        B1 (or no code) is a fill; B2 takes one back, either under its own number with `original_claim_id`, or
               under the number of the fill itself with that column empty; B3, under its own number, takes the place of
               the fill that it names. Lines come in any order, so a reversal often stands before its fill.
  doubles      the same bytes once more: a repeat. Another claim number, same day and drug: a second fill.
  days supply  empty or 0: unknown.
  order        DELIVERY_ORDER brings fills before the eligibility of their members; any other order must end the same.
  unknown      members whose number begins with U have no eligibility; their lines wait.
  broken       about one line in a hundred cannot be read; expected_rejects.csv names each, with line and column.

expected_pdc.csv: one row for every member and measure. An exclusion is written when the member filled the class in the
year and the evidence was sent, whether or not the rest of the denominator is met; the first of hospice, esrd, then the
drug. `reason` says why there is no denominator without an exclusion: no_fill, no_coverage, under_age, late_first_fill,
one_fill. A result that cannot be computed is in no denominator, and has no covered days.
"""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from . import clinical, columns, lines, medicaid, pillbox, treatment
from .chance import Window, between, dice, happens, window
from .directory import pharmacies
from .people import ELSEWHERE, draw
from .pillbox import Life
from .sink import Count, Sink

KINDS = ("eligibility", "pharmacy_claim", "medical_claim", "observation", "lab_result", "immunization")
DELIVERY_ORDER = tuple(
    f"{kind}.csv"
    for kind in ("pharmacy_claim", "eligibility", "medical_claim", "observation", "lab_result", "immunization")
)
# measure -> (set of the class, set whose fills exclude, code of that exclusion)
MEASURES = {
    "pdc_rasa": ("ras", "sacval", "sacubitril_valsartan"),
    "pdc_dr": ("dr", "insulin", "insulin"),
    "pdc_sta": ("sta", "", ""),
}
UNKNOWN_PHARMACY = "PH99999"

__all__ = ["DELIVERY_ORDER", "Summary", "pharmacies", "write"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written. `files`: file name -> Count. `odd_ndc_lines`: good lines whose product code is no NDC."""

    members: int
    unknown_members: int
    files: dict[str, Count]
    delivery_order: tuple[str, ...]
    odd_ndc_lines: int


def write(folder, *, members, year, seed, payer, as_of=None, medicaid_every=0):
    """Write the population into `folder` (made when absent; files of the same names are replaced).

    as_of: a day of the year; nothing later is written, and the expectation is to date. Default: 31 December.
    medicaid_every: every so manieth member has Medicaid, and an illness of medicaid.CODES; 0: everybody has Medicare.
    Raises ValueError, with a sentence, when an argument cannot be used.
    """
    if members < 1:
        raise ValueError("The population needs at least one member.")
    if not 0 <= seed < 1_000_000_000:
        raise ValueError("The seed must be a whole number from 0 to 999999999.")
    if not re.fullmatch(r"[A-Za-z0-9 _-]{1,60}", payer, re.ASCII):
        raise ValueError("The payer may be up to 60 letters, digits, spaces, hyphens and underscores.")
    days = window(year, as_of)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_directory(folder)
    with contextlib.ExitStack() as stack:
        run = _open_run(stack, folder, days, seed, payer)
        run.medicaid_every = medicaid_every
        for index in range(members):
            write_member(run, index)
        for sink in run.sinks.values():
            sink.empty()
    return Summary(
        members=members,
        unknown_members=run.unknown_members,
        files={f"{kind}.csv": run.sinks[kind].count for kind in KINDS},
        delivery_order=DELIVERY_ORDER,
        odd_ndc_lines=run.odd_ndc_lines,
    )


@dataclass(slots=True)
class Run:
    """One writing: where lines go, and what has been counted so far."""

    window: Window
    seed: int
    formats: lines.Formats
    sinks: dict[str, Sink]
    expected: object
    unknown_members: int = 0
    odd_ndc_lines: int = 0
    medicaid_every: int = 0


def _open(stack, path, header):
    stream = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    stream.write(",".join(header) + "\n")
    return stream


def _open_run(stack, folder, days, seed, payer):
    rejects = _open(stack, folder / "expected_rejects.csv", columns.EXPECTED_REJECTS)
    sinks = {}
    for kind in KINDS:
        stream = _open(stack, folder / f"{kind}.csv", getattr(columns, kind.upper()))
        sinks[kind] = Sink(name=f"{kind}.csv", kind=kind, stream=stream, rejects=rejects, seed=seed)
    expected = _open(stack, folder / "expected_pdc.csv", columns.EXPECTED_PDC)
    return Run(window=days, seed=seed, formats=lines.formats(payer, days), sinks=sinks, expected=expected)


def _write_directory(folder):
    with contextlib.ExitStack() as stack:
        directory = _open(stack, folder / "pharmacies.csv", columns.PHARMACIES)
        crosswalk = _open(stack, folder / "crosswalk.csv", columns.CROSSWALK)
        for place in pharmacies():
            cells = [getattr(place, name) for name in columns.PHARMACIES[:-1]]
            directory.write(",".join([*cells, "1" if place.in_network else "0"]) + "\n")
            if place.feed_id:
                crosswalk.write(f"{place.feed_id},{place.npi},{place.channel}\n")


def write_member(run, index):
    roll, today = dice(run.seed, 0, index), run.window.today
    is_medicaid = run.medicaid_every and index % run.medicaid_every == run.medicaid_every - 1
    member = (medicaid.draw if is_medicaid else draw)(roll, index, window=run.window, seed=run.seed)
    ledger = treatment.Ledger(roll, member, today)
    ledger.treat()
    chart = clinical.chart(roll, member, today)
    if is_medicaid:
        medicaid.treat(ledger)
        chart = medicaid.with_illness(roll, member, chart, today)
    in_facility = member.habits[0] is ELSEWHERE["long_term_care"]
    for line in lines.eligibility_lines(run.formats, member, in_facility):
        run.sinks["eligibility"].put(line)
    _write_fills(run, roll, member, ledger)
    for number, visit in enumerate(chart.visits):
        for line in lines.medical_lines(run.formats, visit, member, number, clinical.WARD, today):
            run.sinks["medical_claim"].put(line)
    for kind, render, draw_rows in (
        ("observation", lines.observation_lines, clinical.readings),
        ("lab_result", lines.lab_lines, clinical.a1c_results),
        ("immunization", lines.immunization_lines, clinical.vaccinations),
    ):
        for line in render(run.formats, member, draw_rows(roll, member, today)):
            run.sinks[kind].put(line)
    _write_expected(run, member, ledger.standing, chart)


def _write_fills(run, roll, member, ledger):
    """The claims of a member. A few carry a pharmacy nobody knows, or, outside the measures, a code that is no NDC."""
    put = run.sinks["pharmacy_claim"].put
    for claim in ledger.claims:
        kind = "reversals" if claim.code == "B2" else "good"
        oddity = int(roll() * 1_000)
        sent_as = UNKNOWN_PHARMACY if oddity < 3 else None
        ndc = lines.ODD_NDC if oddity > 980 and claim.drug.set == "noise" and kind == "good" else None
        run.odd_ndc_lines += bool(ndc)
        put(lines.pharmacy_line(run.formats, claim, member.member_id, sent_as=sent_as, ndc=ndc), kind)
    if ledger.claims and happens(roll, 8):
        run.unknown_members += 1
        for number, claim in enumerate(ledger.claims[: between(roll, 1, 3)]):
            plain = claim._replace(claim_id=f"U{member.stem}{number:03d}", code="B1", original="")
            stranger = f"U{member.member_id[1:]}"
            put(lines.pharmacy_line(run.formats, plain, stranger), "unknown_member")


def _life(run, member, chart, exclusions):
    length = run.window.last + 1
    until = length if member.died is None else member.died
    return Life(
        insured=pillbox.calendar(length, [(first, min(last, until)) for first, last, _ in member.spans]),
        away=pillbox.calendar(length, [(stay.admitted, stay.discharged - 1) for stay in chart.stays]),
        exclusions=exclusions,
        age=member.age,
    )


def _write_expected(run, member, standing, chart):
    window = run.window
    in_year = {fill.drug.set for fill in standing if fill.day >= 0}
    plain = _life(run, member, chart, chart.exclusions)
    for measure, (its_set, excluding, code) in MEASURES.items():
        life = plain
        if excluding in in_year:
            life = Life(plain.insured, plain.away, (*chart.exclusions, code), plain.age)
        fills = [
            pillbox.Fill(fill.day, fill.drug.ingredients, fill.days) for fill in standing if fill.drug.set == its_set
        ]
        result = pillbox.expect(fills=fills, life=life, year=window.year, today=window.today)
        covered = "" if result.covered_days is None else result.covered_days
        period = "" if result.period_days is None else result.period_days
        run.expected.write(
            f"{member.member_id},{measure},{window.year},{window.as_of},{_truth(result.denominator)},{result.exclusion},"
            f"{covered},{period},{_truth(result.numerator)},{result.not_computed},{result.reason}\n"
        )


def _truth(value):
    return "true" if value else "false"

"""Risk adjustment factors of many people: facts in, rows out, a batch at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from patients.models import Coverage, Patient

from .hcc import claims
from .hcc import score as hcc
from .hcc.person import CannotScore, Person, read
from .hcc.years import VERSION, YEARS, PaymentYear
from .models import RafScore
from .sensitive import is_sensitive_diagnosis


def years_of(as_of: date) -> list[PaymentYear]:
    """The payment year that the year before feeds, and the one that this year's diagnoses to date feed; as far as there are models."""
    return [YEARS[year] for year in (as_of.year, as_of.year + 1) if year in YEARS]


def rows(
    *, payer, patient_ids: Sequence[int], as_of: date, known: Mapping[tuple[int, int, int], RafScore] | None = None
) -> Iterator[RafScore]:
    """Scores of everybody asked for, in each payment year: unsaved ones, or the one in `known` (patient, payment year, label)
    where it says the same. Everybody has one without diagnoses of substance use; whoever has such, also the full one."""
    patients = list(Patient.objects.filter(pk__in=patient_ids).order_by("pk"))
    spans = defaultdict(list)
    for span in Coverage.objects.filter(payer=payer, patient__in=patient_ids, starts_on__lte=as_of):
        spans[span.patient_id].append(span)
    for year in years_of(as_of):
        found = claims.risk_adjustable(payer=payer, patient_ids=patient_ids, year=year, as_of=as_of)
        for patient in patients:
            about = found.get(patient.pk, claims.Found())
            for row in _asked(payer, patient, spans[patient.pk], about, year, as_of):
                before = (known or {}).get(key(row))
                yield before if before and _asks_the_same(before, row) else fill(row)


def key(row: RafScore) -> tuple[int, int, int]:
    return row.patient_id, row.payment_year, row.sensitivity


def _asked(payer, patient, spans, found: claims.Found, year: PaymentYear, as_of: date) -> Iterator[RafScore]:
    """Rows with their inputs alone."""
    about = {
        "payer": payer,
        "patient": patient,
        "payment_year": year.year,
        "as_of": as_of,
        "version": VERSION,
        "is_projected": as_of < date(year.service_year, 12, 31),
    }
    try:
        person = read(patient=patient, spans=spans, payment_year=year.year, as_of=as_of)
    except CannotScore as error:
        yield RafScore(**about, not_computed=str(error))
        return
    yield RafScore(**about, inputs=_inputs(person, found, is_full=False))
    if any(is_sensitive_diagnosis(code) for code in found.codes):
        yield RafScore(**about, sensitivity=1, inputs=_inputs(person, found, is_full=True))


def _inputs(person: Person, found: claims.Found, *, is_full: bool) -> dict[str, Any]:
    """Not full: as if nobody had ever coded use of substances."""
    left_out: Counter[str] = Counter()
    for (why, code), number in found.left_out.items():
        if is_full or not is_sensitive_diagnosis(code):
            left_out[why] += number
    seen = {code: claims for code, claims in found.codes.items() if is_full or not is_sensitive_diagnosis(code)}
    return {
        "person": person.told(),
        "diagnoses": {code: [list(one) for one in seen[code]] for code in sorted(seen)},
        "left_out": dict(sorted(left_out.items())),
    }


def _asks_the_same(before: RafScore, row: RafScore) -> bool:
    if not row.inputs:
        return not before.inputs and before.not_computed == row.not_computed
    return all(getattr(before, name) == getattr(row, name) for name in ("inputs", "version", "is_projected"))


def fill(row: RafScore) -> RafScore:
    """Writes into a row what its inputs come to; the same from stored inputs as it was when they were stored."""
    if not row.inputs:
        return row
    person, codes = Person(**row.inputs["person"]), list(row.inputs["diagnoses"])
    found = hcc.score(person, codes, payment_year=row.payment_year)
    row.answer, row.blended_milli = hcc.as_told(found), found.blended_milli
    part_d = found.of("rx")
    row.rx_milli = None if part_d is None or part_d.not_computed else part_d.raw_milli
    row.not_computed = next((one.not_computed for one in found.models if one.weight and one.not_computed), "")
    return row


def shared(rows: Iterable[RafScore], *, payment_year: int) -> dict[int, int | None]:
    """patient -> what points may know: the factor of that year without use of substances."""
    return {
        row.patient_id: row.blended_milli for row in rows if row.payment_year == payment_year and not row.sensitivity
    }

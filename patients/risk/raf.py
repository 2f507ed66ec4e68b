"""Risk adjustment factors of many people: facts in, rows out, a batch at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

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
    *, payer, patient_ids: Sequence[int], as_of: date, known: Mapping[tuple[int, int], RafScore] | None = None
) -> Iterator[RafScore]:
    """Scores of everybody asked for, in each payment year: unsaved ones, or the one in `known` (patient, payment year) where it
    says the same."""
    patients = list(Patient.objects.filter(pk__in=patient_ids).order_by("pk"))
    spans = defaultdict(list)
    for span in Coverage.objects.filter(payer=payer, patient__in=patient_ids, starts_on__lte=as_of):
        spans[span.patient_id].append(span)
    for year in years_of(as_of):
        found = claims.risk_adjustable(payer=payer, patient_ids=patient_ids, year=year, as_of=as_of)
        for patient in patients:
            about = found.get(patient.pk, claims.Found())
            row = _asked(payer, patient, spans[patient.pk], about, year, as_of)
            before = (known or {}).get((patient.pk, year.year))
            yield before if before and _asks_the_same(before, row) else fill(row)


def _asked(payer, patient, spans, found: claims.Found, year: PaymentYear, as_of: date) -> RafScore:
    row = RafScore(
        payer=payer,
        patient=patient,
        payment_year=year.year,
        as_of=as_of,
        version=VERSION,
        is_projected=as_of < date(year.service_year, 12, 31),
    )
    try:
        person = read(patient=patient, spans=spans, payment_year=year.year, as_of=as_of)
    except CannotScore as error:
        row.not_computed = str(error)
        return row
    row.inputs = {
        "person": person.told(),
        "diagnoses": {code: [list(one) for one in seen] for code, seen in sorted(found.codes.items())},
        "left_out": dict(found.left_out),
    }
    return row


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
    plain = [code for code in codes if not is_sensitive_diagnosis(code)]
    shared = found if plain == codes else hcc.score(person, plain, payment_year=row.payment_year)
    row.answer, row.blended_milli, row.shared_milli = hcc.as_told(found), found.blended_milli, shared.blended_milli
    part_d = found.of("rx")
    row.rx_milli = None if part_d is None or part_d.not_computed else part_d.raw_milli
    row.not_computed = next((one.not_computed for one in found.models if one.weight and one.not_computed), "")
    return row

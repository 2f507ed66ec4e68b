"""MedicationRequest: what was ordered, and the days that it covers.

Days covered are the order's own words: the supply duration, else quantity by dose and doses a day, each with its refills; else
the bounds of the dosing. From: the start of the bounds, else the day of the order, else the start of its validity. Source: the
rule of the QDM and FHIR libraries for cumulative medication duration (CQL IG, CumulativeMedicationDuration).
"""

from datetime import timedelta
from decimal import Decimal

from patients.claims.fields import Cached, whole

from .moments import FIRST, LAST, Span, at, of_day
from .reading import NUMBER, REQUEST, common, concept, concepts, is_not_requested, period, quantity, status, time_of
from .records import MedicationOrder

STATUSES = (REQUEST - {"revoked"}) | {"stopped", "cancelled"}
# Days of a unit of time, as UCUM has them; and how often a day something happens once in each unit.
DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "h": Decimal(1) / 24, "min": Decimal(1) / 1440}
DAYS |= {"mo": Decimal("30.4375"), "month": 30, "months": 30, "a": Decimal("365.25"), "year": 365, "years": 365}
DOSING = DAYS | {"mo": 30, "a": 365, "s": Decimal(1) / 86400}
LONGEST_DAYS = 36_525
REFILLS = Cached(whole(0, 999))


def read_order(element, medications):
    """A MedicationOrder. `medications`: codings of Medication resources by reference."""
    told = status(element, STATUSES)
    authored = time_of(element, "authoredOn")
    dispense = element.part("dispenseRequest")
    refills = dispense.number("numberOfRepeatsAllowed", REFILLS) or 0
    days = _days(element, dispense, refills)
    return MedicationOrder(
        **common(element, _codes(element, medications), authored and at(authored), told),
        intent=element.string("intent"),
        is_negated=is_not_requested(element),
        reasons=concepts(element, "reasonCode"),
        supply=_supply(element, dispense, authored, days),
        supply_days=days,
        quantity=quantity(dispense, "quantity"),
        refills=refills,
    )


def _codes(element, medications):
    codes = concept(element, "medicationCodeableConcept")
    told = element.part("medicationReference").string("reference")
    if codes or not told:
        return codes
    if told.startswith("#"):
        return concept(element.contained(told), "code")
    return medications.get(told.rpartition("/")[2].rpartition(":")[2], ())


def _dosage(element):
    """The one dosing; of several none is the order's."""
    found = element.many("dosageInstruction")
    return found[0] if len(found) == 1 else element.absent("dosageInstruction")


def _repeat(element):
    return _dosage(element).part("timing").part("repeat")


def _days(element, dispense, refills):
    told = quantity(dispense, "expectedSupplyDuration")
    if told is not None and told.unit in DAYS:
        days = told.value * DAYS[told.unit]
    else:
        days = _days_by_dose(element, quantity(dispense, "quantity"))
    return None if days is None or not 0 < days * (1 + refills) <= LONGEST_DAYS else days * (1 + refills)


def _days_by_dose(element, dispensed):
    doses = _dosage(element).many("doseAndRate")
    if dispensed is None or len(doses) != 1:
        return None
    dose = quantity(doses[0].part("doseRange"), "high") or quantity(doses[0], "doseQuantity")
    daily = _times_a_day(_repeat(element))
    return dispensed.value / (dose.value * daily) if dose and dose.value and daily else None


def _times_a_day(repeat):
    times = repeat.number("frequencyMax", NUMBER) or repeat.number("frequency", NUMBER)
    every, unit = repeat.number("period", NUMBER), repeat.string("periodUnit")
    if times and every and Decimal(every) and unit in DOSING:
        return Decimal(times) / (Decimal(every) * DOSING[unit])
    return Decimal(len(repeat.data.get("timeOfDay") or ()))


def _supply(element, dispense, authored, days):
    bounds = period(_repeat(element), "boundsPeriod")
    told = bounds.starts if bounds is not None and bounds.starts.low != FIRST else None
    start = told or authored or time_of(dispense.part("validityPeriod"), "start")
    if start is None or start.low == LAST:
        return None
    if days is not None:
        return Span(of_day(start.day), of_day(start.day + timedelta(days=int(days - 1))))
    if bounds is not None and bounds.ends.low != LAST:
        return Span(of_day(start.day), of_day(bounds.ends.day))
    return None

"""People, fills and visits as lines of the feed files. Formats are made once a run; a line is one % of them."""

from dataclasses import dataclass
from functools import lru_cache

from . import columns
from .columns import row_format, words
from .directory import FACILITIES, PRESCRIBERS

_PHARMACY = words("""claim_id person_id member_id plan prescribing_provider_npi dispensing_provider_npi dispensing_date
    ndc_code quantity days_supply refills paid_date paid_amount allowed_amount charge_amount copayment_amount
    in_network_flag rx_number fill_number transaction_code original_claim_id usual_and_customary ingredient_cost
    dispensing_fee patient_pay""")
_MEDICAL = words("""claim_id claim_line_number claim_type person_id member_id plan claim_start_date claim_end_date
    claim_line_start_date claim_line_end_date admission_date discharge_date discharge_disposition_code
    place_of_service_code bill_type_code drg_code_type drg_code revenue_center_code hcpcs_code rendering_npi billing_npi
    facility_npi paid_date paid_amount allowed_amount charge_amount total_cost_amount diagnosis_code_1 diagnosis_code_2
    diagnosis_code_3 diagnosis_code_4""")
_ELIGIBILITY = words("""person_id member_id subscriber_id gender birth_date death_date death_flag enrollment_start_date
    enrollment_end_date payer_type plan original_reason_entitlement_code dual_status_code medicare_status_code enrollment_status
    hospice_flag long_term_institutional_flag group_id group_name first_name last_name address city state zip_code phone
    low_income_subsidy_indicator at_risk_beneficiary_flag""")
_OBSERVATION = words("""observation_id person_id patient_id panel_id observation_date source_code normalized_code result
    """)
_LAB = words("lab_result_id person_id patient_id result result_datetime collection_datetime")
_IMMUNIZATION = words("immunization_id person_id patient_id source_code normalized_code occurrence_date")
FEE_CENTS = 150
ODD_NDC = "00000-UNKN-0"


@dataclass(frozen=True, slots=True)
class Formats:
    """One %-format a file, for one payer and one day of writing."""

    window: object
    pharmacy: str
    medical: str
    eligibility: str
    observation: str
    lab: str
    immunization: str


def formats(payer, window):
    now = {"data_source": "synthetic", "ingest_datetime": f"{window.as_of} 06:00:00"}
    dated = {**now, "file_date": str(window.as_of), "payer": payer}
    blood_pressure = {
        "payer": payer,
        "observation_type": "vital-signs",
        "source_code_type": "loinc",
        "normalized_code_type": "loinc",
        "source_units": "mm[Hg]",
        "normalized_units": "mm[Hg]",
    }
    a1c = {
        "source_component_type": "loinc",
        "source_component_code": "4548-4",
        "normalized_component_type": "loinc",
        "normalized_component_code": "4548-4",
        "status": "final",
        "source_units": "%",
        "normalized_units": "%",
    }
    money = {"coinsurance_amount": "0.00", "deductible_amount": "0.00"}
    subscriber = {"subscriber_relation": "self"}
    visit = {**dated, **money, "service_unit_quantity": "1", "diagnosis_code_type": "icd-10-cm", "in_network_flag": "1"}
    cvx = {"source_code_type": "cvx", "normalized_code_type": "cvx", "status": "completed"}

    def made(name, varying, fixed):
        return row_format(getattr(columns, name.upper()), varying, {**fixed, "file_name": f"{name}.csv"})

    return Formats(
        window=window,
        pharmacy=made("pharmacy_claim", _PHARMACY, {**dated, **money, "claim_line_number": "1"}),
        medical=made("medical_claim", _MEDICAL, {**visit, "copayment_amount": "0.00"}),
        eligibility=made("eligibility", _ELIGIBILITY, {**dated, **subscriber}),
        observation=made("observation", _OBSERVATION, {**now, **blood_pressure}),
        lab=made("lab_result", _LAB, {**now, **a1c}),
        immunization=made("immunization", _IMMUNIZATION, {**now, **cvx}),
    )


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def quantity(milli):
    """Thousandths as a decimal without needless zeros."""
    whole, rest = divmod(milli, 1_000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


@lru_cache(maxsize=4_096)
def prices(unit_cents, milli, sign):
    """(paid, allowed, usual and customary, patient pays, ingredient cost, quantity) as text, `sign` before each."""
    ingredient = milli * unit_cents // 1_000
    allowed = ingredient + FEE_CENTS
    copay = min(allowed // 4, 4_700)
    amounts = (allowed - copay, allowed, allowed * 7 // 4, copay, ingredient)
    return (*(sign + money(cents) for cents in amounts), sign + quantity(milli))


def pharmacy_line(formats, claim, member_id, *, sent_as=None, ndc=None):
    """One line of pharmacy_claim.csv. Money and quantity of a reversal (B2) are negative."""
    iso, drug, pharmacy = formats.window.iso, claim.drug, claim.pharmacy
    sign = "-" if claim.code == "B2" else ""
    paid, allowed, usual, copay, ingredient, amount = prices(drug.unit_cents, claim.milli, sign)
    return formats.pharmacy % (
        claim.claim_id,
        member_id,
        member_id,
        claim.plan,
        PRESCRIBERS[claim.prescriber],
        sent_as or pharmacy.feed_id or pharmacy.npi,
        iso[claim.day],
        ndc or drug.ndc11,
        amount,
        claim.days,
        max(11 - claim.fill_number, 0),
        iso[claim.paid_day],
        paid,
        allowed,
        usual,
        copay,
        "1" if pharmacy.in_network else "0",
        claim.rx_number,
        claim.fill_number,
        claim.code,
        claim.original,
        usual,
        ingredient,
        sign + money(FEE_CENTS),
        copay,
    )


def _services(visit, ward):
    """((revenue code, HCPCS, cents) of each line, claim type, place, bill type, DRG type, DRG) of one claim."""
    claim_type, place, bill, revenue, hcpcs, cents = visit.place
    stay = visit.stay
    if not stay:
        return [(revenue, hcpcs, cents)], (claim_type, place, bill, "", "")
    bill, revenue, night_cents = ward[stay.kind]
    nights = max(stay.discharged - stay.admitted, 1)
    drg = ("ms-drg", "194") if stay.kind == "inpatient" else ("", "")
    return [(revenue, "", night_cents * nights), ("0250", "", 40_000)], ("institutional", "", bill, *drg)


def _admission(iso, visit, member, bill):
    """(admission date, discharge date, discharge disposition) as text; 20 = died there, 01 = home."""
    stay = visit.stay
    if stay:
        return iso[stay.admitted], iso[stay.discharged], "20" if member.died == stay.discharged else "01"
    return (iso[visit.first] if bill == "811" else ""), "", ""


def medical_lines(formats, visit, member, number, ward, today):
    """The lines of one medical claim: two for a stay, one for anything else. `ward` as clinical.WARD."""
    iso = formats.window.iso
    services, (claim_type, place, bill, drg_type, drg) = _services(visit, ward)
    prescriber = PRESCRIBERS[member.index % 40]
    billing = FACILITIES[member.index % 12] if bill else prescriber
    first, last = iso[visit.first], iso[visit.last]
    for line, (revenue, hcpcs, cents) in enumerate(services, start=1):
        paid = money(cents * 8 // 10)
        yield formats.medical % (
            f"C{member.stem}{number:02d}",
            line,
            claim_type,
            member.member_id,
            member.member_id,
            member.plan_on(visit.first),
            *(first, last, first, last),
            *_admission(iso, visit, member, bill),
            place,
            bill,
            drg_type,
            drg,
            revenue,
            hcpcs,
            prescriber,
            billing,
            billing if bill else "",
            iso[min(visit.last + 18, today)],
            *(paid, paid, money(cents), paid),
            *(visit.codes + ("", "", "", ""))[:4],
        )


def eligibility_lines(formats, member, insured_in_facility):
    """One line for each span of coverage; the whole history, as a payer sends it."""
    iso, died = formats.window.iso, member.died
    end_stage = member.esrd == "flag"
    base = 20 if member.disabled else 10
    status = ("1" if member.disabled else "0", member.dual_code, base + 1 if end_stage else base)
    if member.line_of_business != "medicare":
        status = ("", "", "")
    for first, last, plan in member.spans:
        overlaps_year = last >= 0
        yield formats.eligibility % (
            member.member_id,
            member.member_id,
            member.member_id,
            member.sex,
            member.born,
            "" if died is None else iso[died],
            "0" if died is None else "1",
            iso[first],
            iso[last],
            member.line_of_business,
            plan,
            *status,
            "ESRD" if end_stage else "",
            "1" if member.hospice == "flag" and overlaps_year else "0",
            "1" if insured_in_facility else "0",
            *member.client,
            member.first_name,
            member.last_name,
            member.street,
            member.town[0].city,
            member.town[0].state,
            member.town[0].zip,
            member.phone,
            "1" if member.low_income else "0",
            "1" if member.at_risk and member.line_of_business == "medicare" and overlaps_year else "0",
        )


def observation_lines(formats, member, readings):
    """Two lines for each blood pressure: systolic (LOINC 8480-6) and diastolic (8462-4)."""
    for number, (day, systolic, diastolic) in enumerate(readings):
        panel = f"O{member.stem}{number}"
        for code, value in (("8480-6", systolic), ("8462-4", diastolic)):
            its_id, person = f"{panel}-{code}", member.member_id
            yield formats.observation % (its_id, person, person, panel, formats.window.iso[day], code, code, value)


def lab_lines(formats, member, results):
    """Haemoglobin A1c (LOINC 4548-4), per cent with one decimal."""
    for number, (day, tenths) in enumerate(results):
        at, person = f"{formats.window.iso[day]} 08:00:00", member.member_id
        result = f"{tenths // 10}.{tenths % 10}"
        yield formats.lab % (f"L{member.stem}{number}", person, person, result, at, at)


def immunization_lines(formats, member, given):
    for number, (day, code) in enumerate(given):
        person = member.member_id
        yield formats.immunization % (f"I{member.stem}{number}", person, person, code, code, formats.window.iso[day])

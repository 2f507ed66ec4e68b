"""A member's year as a test writes it down, and the tables of facts that hold it for the SQL under test.

The tables are temporary and shadow the real ones, so that a test states the facts and nothing else.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from carecoord.kernel.drugs import mme

from . import safety_drugs

EPOCH = date(1970, 1, 1)
PAYER = 7

# What a test may dispense: product -> (drug set, ingredient) for every ingredient that a set names.
PRODUCTS = {
    "lisinopril": [("ras_antagonists", "lisinopril")],
    "lisinopril/HCTZ": [("ras_antagonists", "lisinopril")],
    "losartan": [("ras_antagonists", "losartan")],
    "aliskiren/valsartan": [("ras_antagonists", "aliskiren"), ("ras_antagonists", "valsartan")],
    "sacubitril/valsartan": [("sacubitril_valsartan", "sacubitril")],
    "metformin": [("diabetes_non_insulin", "metformin")],
    "sitagliptin": [("diabetes_non_insulin", "sitagliptin")],
    "metformin+sitagliptin": [("diabetes_non_insulin", "metformin"), ("diabetes_non_insulin", "sitagliptin")],
    "insulin_degludec/liraglutide": [("insulins", "insulin degludec"), ("diabetes_non_insulin", "liraglutide")],
    "insulin_glargine": [("insulins", "insulin glargine")],
    "atorvastatin": [("statins", "atorvastatin")],
    "clomiphene": [("fertility", "clomiphene")],
    "donepezil": [("dementia_medicines", "donepezil")],
    "atorvastatin_40": [("statins", "atorvastatin"), ("statins_moderate_or_high", "atorvastatin")],
    "rosuvastatin_20": [("statins", "rosuvastatin"), ("statins_moderate_or_high", "rosuvastatin")],
    "glipizide": [("diabetes_non_insulin", "glipizide"), ("oral_glucose_lowering", "glipizide")],
    "buprenorphine/naloxone": [("moud_buprenorphine", "buprenorphine")],
    "naltrexone": [("moud_naltrexone", "naltrexone")],
    "amlodipine": [],
} | safety_drugs.PRODUCTS
VACCINES = {
    "fluzone": [("vaccine_influenza_products", "influenza b virus*")],
    "boostrix": [("vaccine_td_tdap_products", "corynebacterium diphtheriae*")],
    "shingrix": [("vaccine_zoster_products", "ge recombinant varicella zoster virus")],
    "prevnar": [("vaccine_pneumococcal_products", "streptococcus pneumoniae *")],
    "arexvy": [
        ("vaccine_rsv_products", "recombinant respiratory syncytial virus*"),
        ("vaccine_rsv_products", "respiratory syncytial virus vaccine"),
    ],
    "comirnaty": [("vaccine_covid19_products", "covid-19 vaccine"), ("vaccine_covid19_products", "tozinameran")],
    "engerix": [
        ("vaccine_hepatitis_b_products", "hepatitis b vaccine"),
        ("vaccine_hepatitis_b_products", "hepatitis b virus subtype*"),
    ],
    "heplisav": [
        ("vaccine_hepatitis_b_products", "hepatitis b vaccine"),
        ("vaccine_hepatitis_b_products", "hepatitis b virus subtype*"),
        ("vaccine_hepatitis_b_two_doses_products", "hepatitis b virus subtype*"),
    ],
    "zostavax": [],
}
PRODUCTS |= VACCINES
NUMBER = {name: number for number, name in enumerate(PRODUCTS, 1)}
INGREDIENT = {
    name: number for number, name in enumerate(sorted({i for pairs in PRODUCTS.values() for _, i in pairs}), 1)
}


@dataclass
class Fill:
    day: date
    days_supply: int | None
    product: str
    quantity: Decimal | None = None
    pharmacy: str = "P1"
    prescriber: str = "D1"
    paid_cents: int = 0


@dataclass
class Claim:
    """A diagnosis or service: `code` without dots."""

    day: date
    code: str
    setting: str = "carrier"
    event_id: int | None = None
    is_principal: bool = False


@dataclass
class Stay:
    """`discharge` is the first day that is not in the stay."""

    admission: date
    discharge: date
    kind: str = "inpatient"
    status: str = "01"


@dataclass
class Span:
    """Coverage; `ends` is its last day, or None. Without `drugs` it is Medicare part A or B alone."""

    starts: date
    ends: date | None = None
    hospice: bool = False
    esrd: bool = False
    drugs: bool = True
    institutional: bool = False
    line: str = "medicare"
    at_risk: bool = False


@dataclass
class Observed:
    """A vital sign or a laboratory result: a LOINC number and the text that the feed gives."""

    day: date
    code: str
    result: str
    units: str = ""


@dataclass
class History:
    fills: list[Fill] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    spans: list[Span] = field(default_factory=lambda: [Span(date(2010, 1, 1))])
    diagnoses: list[Claim] = field(default_factory=list)
    services: list[Claim] = field(default_factory=list)
    born: date | None = date(1950, 5, 5)
    died: date | None = None
    sex: str = "female"
    observations: list[Observed] = field(default_factory=list)
    vaccines: list[Claim] = field(default_factory=list)
    given: list[Claim] = field(default_factory=list)
    cash: list[Fill] = field(default_factory=list)  # paid in cash: no claims


TABLES = """
CREATE TEMP TABLE claims_fill (payer_id bigint, patient_id bigint, day int, days_supply int, quantity numeric,
    ndc text, pharmacy_id bigint, pharmacy_ref text, event_id bigint, prescriber_ref text, paid_cents bigint);
CREATE TEMP TABLE claims_cashfill (payer_id bigint, patient_id bigint, day int, days_supply int, quantity numeric,
    ndc text, pharmacy_ref text, event_id bigint);
CREATE TEMP TABLE claims_stay (payer_id bigint, patient_id bigint, from_day int, to_day int, kind text,
    discharge_code text, event_id bigint);
CREATE TEMP TABLE claims_diagnosis (payer_id bigint, patient_id bigint, day int, code text, setting text,
    event_id bigint, is_principal boolean);
CREATE TEMP TABLE claims_service (payer_id bigint, patient_id bigint, day int, code text, setting text,
    event_id bigint);
CREATE TEMP TABLE claims_observation (payer_id bigint, patient_id bigint, day int, code_type text, code text,
    result text, units text, kind text, event_id bigint, milli int, bound text);
CREATE TEMP TABLE claims_reading (payer_id bigint, patient_id bigint, measured_on date, code text, value numeric, unit text,
    number int);
CREATE TEMP TABLE claims_servicegiven (payer_id bigint, patient_id bigint, given_on date, protocol text);
CREATE TEMP TABLE claims_dosegiven (payer_id bigint, patient_id bigint, given_on date, cvx text);
CREATE TEMP TABLE claims_immunization (payer_id bigint, patient_id bigint, day int, code_type text, code text,
    lot text, status text, event_id bigint);
CREATE TEMP TABLE patients_coverage (id bigserial, payer_id bigint, patient_id bigint, starts_on date, ends_on date,
    is_hospice boolean, is_esrd boolean, is_institutional boolean, line_of_business text, plan text, is_at_risk_beneficiary boolean);
CREATE TEMP TABLE patients_patient (id bigint, born_on date, died_on date, sex text);
CREATE TEMP TABLE drugs_drugsetmember (set_code text, product_id int, ndc11 text, ingredient_name text,
    ingredient_id int, strength_ng bigint, least_daily_ng bigint, form text);
CREATE TEMP TABLE drugs_mmeperunit (ndc11 text, ingredient_id int, first_day int, last_day int, over_daily_ng bigint,
    most_daily_ng bigint, strength_ng bigint, factor_e4 bigint, micro_mme bigint);
CREATE TEMP TABLE drugs_product (id int, ndc11 text, name text, generic_name text);
"""
FACTS = (
    "claims_fill", "claims_stay", "claims_diagnosis", "claims_service", "claims_observation", "claims_immunization",
    "claims_cashfill", "claims_reading", "claims_dosegiven", "claims_servicegiven", "patients_coverage", "patients_patient",
)  # fmt: skip
ALL_TABLES = (*FACTS, "drugs_drugsetmember", "drugs_mmeperunit", "drugs_product")


def day_number(day: date | None) -> int | None:
    return None if day is None else (day - EPOCH).days


def number(text: str) -> tuple[int | None, str]:
    """(thousandths, < or > or '') of a result, as the load makes them."""
    bare = text.strip().removesuffix("%").strip()
    bound = bare[0] if bare[:1] in ("<", ">") else ""
    try:
        value = Decimal(bare.lstrip("<>=").strip())
    except InvalidOperation:
        return None, ""
    return int((value * 1000).to_integral_value(ROUND_HALF_UP)), bound


def make_tables(cursor):
    """Empty facts and a drug reference that knows PRODUCTS, in the session's temporary schema."""
    cursor.execute(TABLES)
    for product, pairs in PRODUCTS.items():
        ndc = f"{NUMBER[product]:011d}"
        cursor.execute("INSERT INTO drugs_product VALUES (%s, %s, %s, %s)", [NUMBER[product], ndc, product, product])
        for code, name in pairs:
            _write_member(cursor, product, ndc, code, name)


def _write_member(cursor, product, ndc, code, name):
    strength = safety_drugs.nanograms(product)
    more_than = safety_drugs.MORE_THAN_DAILY.get((code, name))
    least = None if more_than is None else int(more_than * 1_000_000) + 1
    form = safety_drugs.FORM.get(product, "oral_solid")
    row = [code, NUMBER[product], ndc, name, INGREDIENT[name], strength, least, form]
    cursor.execute("INSERT INTO drugs_drugsetmember VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)
    for one, micro_mme in mme.of(name, form, strength) if code == "opioids" else ():
        doses = (one.first_day, one.last_day, one.over_daily_ng, one.most_daily_ng)
        row = (ndc, INGREDIENT[name], *doses, strength, one.factor_e4, micro_mme)
        cursor.execute(f"INSERT INTO drugs_mmeperunit VALUES ({', '.join(['%s'] * len(row))})", row)


def drop_tables(cursor):
    cursor.execute("DROP TABLE " + ", ".join(f"pg_temp.{name}" for name in ALL_TABLES))


def write(cursor, histories: dict[int, History], payer: int = PAYER):  # noqa: C901 - one loop a table
    """Replace the facts by these histories; patient ids are the keys. Event ids: patient * 1000 + place, per table."""
    cursor.execute("; ".join(f"DELETE FROM pg_temp.{name}" for name in FACTS))
    rows = {name: [] for name in FACTS}
    for patient, one in histories.items():
        rows["patients_patient"].append((patient, one.born, one.died, one.sex))
        for place, fill in enumerate(one.fills):
            ndc = f"{NUMBER[fill.product]:011d}" if fill.product in NUMBER else "99999999999"
            row = (payer, patient, day_number(fill.day), fill.days_supply, fill.quantity, ndc)
            known = int(fill.pharmacy[1:]) if fill.pharmacy.startswith("P") else None  # P2 is in the directory
            where = (known, fill.pharmacy)
            rows["claims_fill"].append((*row, *where, patient * 1000 + place, fill.prescriber, fill.paid_cents))
        for place, fill in enumerate(one.cash, 500):
            ndc = f"{NUMBER[fill.product]:011d}"
            row = (payer, patient, day_number(fill.day), fill.days_supply, fill.quantity, ndc, fill.pharmacy)
            rows["claims_cashfill"].append((*row, patient * 1000 + place))
        for stay in one.stays:
            days = (day_number(stay.admission), day_number(stay.discharge))
            rows["claims_stay"].append((payer, patient, *days, stay.kind, stay.status, None))
        for table, claims in (("claims_diagnosis", one.diagnoses), ("claims_service", one.services)):
            for place, claim in enumerate(claims):
                event = patient * 1000 + place if claim.event_id is None else claim.event_id
                row = (payer, patient, day_number(claim.day), claim.code, claim.setting, event)
                rows[table].append((*row, claim.is_principal) if table == "claims_diagnosis" else row)
        for place, seen in enumerate(one.observations):
            row = (payer, patient, day_number(seen.day), "loinc", seen.code, seen.result, seen.units, "observation")
            rows["claims_observation"].append((*row, patient * 1000 + place, *number(seen.result)))
        for place, dose in enumerate(one.vaccines):
            row = (payer, patient, day_number(dose.day), "cvx", dose.code, "", "")
            rows["claims_immunization"].append((*row, patient * 1000 + place))
        for service in one.given:
            rows["claims_servicegiven"].append((payer, patient, service.day, service.code))
        for place, span in enumerate(one.spans):
            row = (patient * 1000 + place, payer, patient, span.starts, span.ends, span.hospice, span.esrd)
            row = (*row, span.institutional, span.line)
            rows["patients_coverage"].append((*row, "H1234-001" if span.drugs else "medicare-ab", span.at_risk))
    for table, values in rows.items():
        if values:
            marks = ", ".join(["(" + ", ".join(["%s"] * len(values[0])) + ")"] * len(values))
            cursor.execute(f"INSERT INTO pg_temp.{table} VALUES {marks}", [item for row in values for item in row])

"""The clean record layouts: what every feed format delivers and what the load stores, as data.

A clean row is a tuple in the order of its layout. Values by type: `text` str ('' when empty), `date` datetime.date,
`int` int, `cents` int, `decimal3` Decimal with exactly three places (so equal amounts are equal in content),
`texts` tuple of str (() when empty), `bool` bool. Everything except text, texts and bool is None when empty.
"""

from dataclasses import dataclass, field

# Channels whose fills say nothing about which retail pharmacy looks after a member. Everything else counts as retail
# for attribution: '' (most feeds do not say), 'retail' and 'other'. 'other' holds compounding, home infusion,
# institutional, managed-care and unclassified pharmacies: leaving those out would lose every member of a payer that
# codes its community pharmacies loosely, as CMS' own synthetic files do (service types 01 to 08 spread evenly).
NOT_RETAIL_CHANNELS = frozenset({"mail", "ltc", "specialty"})

# The plan of a span of Medicare part A or B alone: as patients.models.Coverage has it, which a reading process does without.
WITHOUT_DRUGS = "medicare-ab"

# What a feed may lack without being wrong: counted by Feed.notes under these codes, shown with these sentences.
NOTES = {
    "no_days_supply": "Fills without a days supply: kept, but adherence cannot be computed from them.",
    "no_quantity": "Fills without a quantity.",
    "no_pharmacy": "Fills that do not name the pharmacy.",
    "pharmacy_ref_not_npi": "Fills whose pharmacy id is not an NPI: kept as given; a crosswalk can map it.",
    "no_prescriber": "Fills that do not name the prescriber.",
    "prescriber_ref_not_npi": "Fills whose prescriber id is not an NPI: kept as given.",
    "ndc_not_11_digits": "Fills whose product code cannot be made an 11-digit NDC: kept as given.",
    "no_ndc": "Fills without a product code.",
    "no_paid_date": "Lines without a paid date: they carry no version.",
    "member_id_from_person_id": "Lines without a member id: the person id stands in for it.",
    "paid_before_service": "Lines paid before the day of service: kept as given.",
    "diagnosis_type_corrected": "Claim lines whose diagnoses were labelled icd-10-pcs: read as icd-10-cm.",
    "diagnosis_type_from_date": "Claim lines with diagnoses of no stated type: the type follows from the service date.",
    "mixed_diagnosis_types": "Claim lines with diagnoses of two code systems: those unlike the first were left out.",
    "discharge_after_claim_end": "Claim lines with a discharge after the claim's last day: kept as given.",
    "service_outside_claim": "Claim lines dated outside their claim: kept as given.",
    "no_birth_date": "Eligibility rows without a date of birth.",
    "no_reference_year": "Beneficiary rows without a reference year: identity kept, no coverage can be dated.",
    "no_coverage_months": "Beneficiary rows without a covered month (or covered only after death): identity kept.",
    "identity_only": "Beneficiary history rows: identity kept, they carry no coverage.",
    "part_d_contract_unreadable": "Months whose Part D contract is not a contract number: read as not enrolled.",
    "esrd_sources_disagree": "Beneficiary years whose yearly status says kidney failure, and no month: months hold.",
    "not_final_action": "Claim lines that a later action replaced (final action N): they count as reversed.",
    "social_security_column_ignored": "Rows of a file with a social security number column: it is never read.",
    "trailing_delimiter": "Lines that end in one separator too many: the empty field was ignored.",
    "no_result": "Observations or lab results without a result.",
    "not_adjudicated": "Claims as they were sent, before the payer decided: they carry no paid amount.",
    "no_decision": "Claims of a remittance that it only forwards or estimates: nothing was decided.",
    "lines_by_order": "Paid claims whose lines carry no number of the claim's own: matched by their order.",
    "no_coverage": "Members of whom the file tells no span of medical or drug coverage: identity kept.",
    "ends_what_began_before": "Ends of coverage without the day it began: they end the span that is open on that day.",
    "no_code": "Observations, labs or immunizations without a code.",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a layout. `type` is one of text, date, int, cents, decimal3, texts, bool."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of record, in order."""

    kind: str
    columns: tuple[Column, ...]
    names: tuple[str, ...] = field(init=False)
    position: dict = field(init=False, compare=False, hash=False)

    def __post_init__(self):
        names = tuple(column.name for column in self.columns)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "position", {name: index for index, name in enumerate(names)})


def words(*texts):
    """Names written as running text, one by one."""
    return tuple(" ".join(texts).split())


def _layout(kind, text):
    """Read a layout from words: `name` or `name:type`, an exclamation mark behind what is required."""
    columns = []
    for word in words(text):
        name, _, type_ = word.rstrip("!").partition(":")
        columns.append(Column(name, type_ or "text", word.endswith("!")))
    return Layout(kind, tuple(columns))


# `transaction` is B1 for a claim, B3 for one that also reverses the claim named in `original_claim_id`, B2 for a reversal:
# NCPDP's words, for medical claims as well (frequency 1, 7 and 8 of the claim). `is_reversal` is true for B2 alone.
PHARMACY_CLAIM = _layout(
    "pharmacy_claim",
    """claim_id! claim_line:int! member_id! person_id plan contract pbp pharmacy_ref prescriber_ref filled_on:date! ndc
    quantity:decimal3 days_supply:int refills:int rx_number fill_number:int paid_on:date paid_cents:cents
    allowed_cents:cents charge_cents:cents coinsurance_cents:cents copayment_cents:cents deductible_cents:cents
    usual_and_customary_cents:cents ingredient_cost_cents:cents dispensing_fee_cents:cents patient_pay_cents:cents
    is_in_network:bool channel transaction! original_claim_id authorization_number version:int is_reversal:bool!
    daw origin is_compound:bool dispensing_status is_cash:bool is_340b:bool sold_on:date refills_left:int source""",
)
MEDICAL_CLAIM = _layout(
    "medical_claim",
    """claim_id! claim_line:int! member_id! person_id plan claim_type! setting starts_on:date! ends_on:date
    line_starts_on:date line_ends_on:date admitted_on:date discharged_on:date discharge_code place_of_service bill_type
    drg revenue_code hcpcs modifiers:texts units:decimal3 rendering_ref billing_ref facility_ref paid_on:date
    paid_cents:cents allowed_cents:cents charge_cents:cents diagnosis_type diagnoses:texts procedure_type
    procedures:texts transaction! original_claim_id version:int is_reversal:bool! source""",
)
# What a payer decided of a claim, and paid: `decision` is paid, denied or reversed. Line 0 is the claim as a whole. Amounts add
# up: a reversal takes back what it reverses with amounts below zero.
CLAIM_PAYMENT = _layout(
    "claim_payment",
    """payment_id! claim_id! claim_line:int! member_id person_id paid_on:date! decision! paid_cents:cents!
    charge_cents:cents patient_cents:cents payer_claim_id payee_ref version:int source""",
)
ELIGIBILITY = _layout(
    "eligibility",
    """member_id! person_id subscriber_id sex! race ethnicity born_on:date died_on:date starts_on:date ends_on:date
    line_of_business! plan contract pbp original_reason dual_status medicare_status low_income is_hospice:bool
    is_esrd:bool is_institutional:bool is_disabled:bool group_id group_name first_name middle_name last_name name_suffix
    address city state zip phone email version:int source statement""",
)
OBSERVATION = _layout(
    "observation",
    """observation_id! member_id! person_id observed_on:date! observation_type code_type code result units source""",
)
LAB_RESULT = _layout(
    "lab_result",
    """lab_result_id! member_id! person_id collected_on:date! code_type code result units abnormal_flag status
    source""",
)
IMMUNIZATION = _layout(
    "immunization",
    """immunization_id! member_id! person_id given_on:date! code_type code lot status source""",
)

LAYOUTS = {
    layout.kind: layout
    for layout in (PHARMACY_CLAIM, MEDICAL_CLAIM, CLAIM_PAYMENT, ELIGIBILITY, OBSERVATION, LAB_RESULT, IMMUNIZATION)
}

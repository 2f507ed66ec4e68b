"""The clean record layouts: what every feed format delivers and what the load stores, as data.

A clean row is a tuple in the order of its layout. Values by type: `text` str ('' when empty), `date` datetime.date,
`int` int, `cents` int, `decimal3` Decimal with exactly three places (so equal amounts are equal in content),
`texts` tuple of str (() when empty), `bool` bool. Everything except text, texts and bool is None when empty.
"""

from dataclasses import dataclass, field
from datetime import date

# Channels whose fills say nothing about which retail pharmacy looks after a member. Everything else counts as retail
# for attribution: '' (most feeds do not say), 'retail' and 'other'. 'other' holds compounding, home infusion,
# institutional, managed-care and unclassified pharmacies: leaving those out would lose every member of a payer that
# codes its community pharmacies loosely, as CMS' own synthetic files do (service types 01 to 08 spread evenly).
NOT_RETAIL_CHANNELS = frozenset({"mail", "ltc", "specialty"})

# The plan of a span of Medicare part A or B alone: as patients.models.Coverage has it, which a reading process does without.
WITHOUT_DRUGS = "medicare-ab"

# The source of rows that a dispensing system tells: they say what was filled and sold, not what a payer paid. They give no
# facts, and a payer's reversal by prescription does not mean them.
DISPENSED = "format:pharmacy_dispensing"
# Plans expect a claim to be reversed within two weeks when nobody fetches the medicine: such a fill is not in force any more.
NOT_SOLD_AFTER_DAYS = 14

# The source of eligibility rows that say one thing: `person_id` is a former id of `member_id` (identity_rules.py).
REFERENCE = "format:cross_reference"

# The end of eligibility rows without a first day that say one thing: ends told before do not hold (members.COVER).
NO_END = date(2100, 12, 31)

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
    "identity_only": "Records that say only who somebody is (former identities, Patients): they carry no coverage.",
    "part_d_contract_unreadable": "Months whose Part D contract is not a contract number: read as not enrolled.",
    "esrd_sources_disagree": "Beneficiary years whose yearly status says kidney failure, and no month: months hold.",
    "not_final_action": "Claim lines that a later action replaced (final action N): they count as reversed.",
    "social_security_column_ignored": "Rows of a file with a social security number column: it is never read.",
    "trailing_delimiter": "Lines that end in one separator too many: the empty field was ignored.",
    "pde_rejected_by_cms": "Prescription drug events that CMS rejected (REJ): they are no claims.",
    "pde_tail_unread": "Prescription drug events whose last fields fit no known layout: pharmacy type and origin unknown.",
    "pde_not_production": "Prescription drug events of a file that calls itself a test or a certification: kept as given.",
    "no_rx_number": "Fills without a prescription number: held apart by member and product.",
    "drug_not_covered": "Fills of drugs that part D does not cover: kept as given.",
    "denied_by_payer": "Claim lines of claims that Medicare denied: kept as given.",
    "former_claim_number": "Former claim numbers (HIC), which are social security numbers in disguise: not read.",
    "same_identifier": "Cross-references of an identifier to itself: nothing to learn.",
    "longer_than_known": "Lines longer than their known layout: what follows it was not read.",
    "no_result": "Observations or lab results without a result.",
    "not_adjudicated": "Claims as they were sent, before the payer decided: they carry no paid amount.",
    "no_decision": "Claims of a remittance that it only forwards or estimates: nothing was decided.",
    "lines_by_order": "Paid claims whose lines carry no number of the claim's own: matched by their order.",
    "no_coverage": "Members of whom the file tells no span of medical or drug coverage: identity kept.",
    "ends_what_began_before": "Ends of coverage without the day it began: they end the span that is open on that day.",
    "no_code": "Observations, labs or immunizations without a code.",
    "denied": "Claims that were denied: they count as reversed.",
    "not_final": "Drafts, predeterminations, and claims or results that are not final yet: left out.",
    "entered_in_error": "Observations and immunizations cancelled or entered in error: they take back what was told.",
    "not_done": "Immunizations that were not given: they take back a dose that was told under their id.",
    "reason_of_visit": "Diagnoses that are only the reason of a visit or an admission: left out.",
    "coverage_without_days": "Coverages that were taken back, or do not say from when: they cover no day.",
    "other_resources": "Resources of types that are not read here: left out.",
    "entry_without_resource": "Entries of a Bundle without a resource: left out.",
    "no_answer": "Transactions without the processor's answer: kept as sent, what was paid is not known.",
    "rejected_by_payer": "Transactions that the processor rejected: nothing came of them, they are left out.",
    "rejected_rebill": "Rebills that the processor rejected: taken as if nothing had happened; see whether the first claim still stands.",
    "captured_not_paid": "Claims that the processor took in without pricing them: kept, what was paid is not known.",
    "duplicate_answer": "Claims told to be duplicates, without amounts: left out, the first answer tells them.",
    "not_a_claim": "Transmissions that bill and reverse nothing (eligibility, prior authorization, reporting): left out.",
    "unknown_segment": "Segments that the standard does not know: ignored.",
    "service_without_code": "Services without a procedure code: kept without one, they count for no measure.",
    "secondary_coverage": "Claims that say that another payer was billed first.",
    "no_ingredients": "Compounds without an ingredient that has an NDC.",
    "left_out_by_mapping": "Lines that the mapping of the file leaves out, such as rejected claims.",
    "not_sold": "Fills not sold 14 days after they were filled, nor returned to stock: not in force until they are sold.",
    "message_not_read": "HL7 messages that are not read here: only vaccinations (VXU^V04) and results (ORU^R01) are.",
    "newer_hl7_version": "HL7 messages of a version after 2.5.1: read as 2.5.1.",
    "member_id_not_member_number": "HL7 messages without a member number (MB or MC): the first other patient id stands in.",
    "no_dose": "Vaccination messages that tell no dose.",
    "no_results": "Result messages that tell no result.",
    "dose_not_given": "Vaccinations that were refused or not given: they are no doses.",
    "vaccine_not_cvx": "Doses without a CVX code: kept under the code that they have.",
    "other_vaccine_code": "Doses that have another code (NDC, CPT) beside CVX: the CVX code is kept.",
    "result_pending": "Results that are announced but not there, and order details: nothing to keep yet.",
    "result_without_order": "Results that stand outside of any order: they are not read.",
    "result_not_text": "Results that are documents or pictures: kept without their content.",
    "result_shortened": "Results of more than 500 characters of running text: their beginning was kept.",
    "no_result_status": "Results without a status: read as final.",
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
# `number_of`: the provider whose number `claim_id` is, where the number is unique to its provider only (837); the record is then
# known by both. With `billing_tax_ref` it finds a claim's payments, and neither is part of what the claim says (encoding.py).
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
    procedures:texts transaction! original_claim_id version:int is_reversal:bool! source number_of billing_tax_ref""",
)
# What a payer decided of a claim, and paid: `decision` is paid, denied or reversed. Line 0 is the claim as a whole. Amounts add
# up: a reversal takes back what it reverses with amounts below zero. `adjustments`: group, reason, amount and, where told, units of
# each ("CO 45 20.00", "PR 1 15.00 1"); `remarks`: remark codes.
CLAIM_PAYMENT = _layout(
    "claim_payment",
    """payment_id! claim_id! claim_line:int! member_id person_id paid_on:date! decision! paid_cents:cents!
    charge_cents:cents patient_cents:cents payer_claim_id payee_ref version:int source payee_tax_ref allowed_cents:cents
    adjustments:texts remarks:texts""",
)
ELIGIBILITY = _layout(
    "eligibility",
    """member_id! person_id subscriber_id sex! race ethnicity born_on:date died_on:date starts_on:date ends_on:date
    line_of_business! plan contract pbp original_reason dual_status medicare_status low_income is_hospice:bool
    is_esrd:bool is_institutional:bool is_disabled:bool is_at_risk_beneficiary:bool group_id group_name first_name
    middle_name last_name name_suffix address city state zip phone email version:int source statement""",
)
# A later `version` of a measurement, a result or a dose takes the place of an earlier one; `is_reversal` takes it back.
OBSERVATION = _layout(
    "observation",
    """observation_id! member_id! person_id observed_on:date! observation_type code_type code result units
    version:int is_reversal:bool! source""",
)
LAB_RESULT = _layout(
    "lab_result",
    """lab_result_id! member_id! person_id collected_on:date! code_type code result units abnormal_flag status
    version:int is_reversal:bool! source""",
)
IMMUNIZATION = _layout(
    "immunization",
    """immunization_id! member_id! person_id given_on:date! code_type code lot status version:int
    is_reversal:bool! source""",
)

LAYOUTS = {
    layout.kind: layout
    for layout in (PHARMACY_CLAIM, MEDICAL_CLAIM, CLAIM_PAYMENT, ELIGIBILITY, OBSERVATION, LAB_RESULT, IMMUNIZATION)
}

"""What is read of each resource, for the documentation."""

from ..reading.shape import Field

TEXT = ("wrong_type", "too_long", "control_character")
CODED = ("wrong_type", "too_long", "not_a_code", "control_character")
DAY = ("wrong_type", "not_a_date", "out_of_range", "in_the_future")
PERIOD = (*DAY, "end_before_start")
NUMBER = ("wrong_type", "not_a_number", "out_of_range")
MONEY = (*NUMBER, "money_precision", "unknown_code")
PATIENT = Field(
    "patient.reference",
    "The member: the id part of the reference is the member id.",
    "reference",
    True,
    "Patient/567834",
    ("missing", "not_a_patient", *TEXT),
)
IDENTIFIER = Field(
    "identifier",
    "The claim id: Blue Button's clm_id or pde_id, else the first of type uc, else the resource's id.",
    "identifier",
    True,
    "89",
    ("missing", *TEXT),
)
STATUS = Field(
    "status", "active, cancelled, entered-in-error; a draft is left out.", "code", True, "active", ("unknown_code",)
)
CLAIM = (
    IDENTIFIER,
    STATUS,
    Field("type", "pharmacy, professional, institutional, oral or vision.", "concept", True, "pharmacy", CODED),
    PATIENT,
    Field("outcome", "queued is left out; error is a denied claim.", "code", False, "complete"),
    Field("billablePeriod", "First and last day of the claim.", "period", False, "2026-01-15", PERIOD),
    Field("use", "claim; preauthorization and predetermination are left out.", "code", False, "claim"),
    Field("payment.date", "The day of payment, and the version of the claim.", "date", False, "2026-01-27", DAY),
    Field("created", "The version where no day of payment or processing is told.", "date", False, "2026-01-20"),
    Field("related", "prior: the claim that this one replaces. replacedby: this claim is reversed.", "claim", False),
    Field("total", "Amounts of the claim, where the items have none.", "money", False, "126.99", MONEY),
)
PHARMACY = (
    *CLAIM,
    Field("item.sequence", "The line of the claim.", "integer", True, "1", ("missing", *NUMBER)),
    Field("item.productOrService", "The NDC, of 11 digits or with hyphens, or compound.", "NDC", False, "0071-0155-23"),
    Field("item.detail", "Ingredients of a compound; the first NDC stands for it.", "list", False),
    Field("item.servicedDate", "The day of the fill.", "date", True, "2026-01-15", ("missing", *DAY)),
    Field("item.quantity", "Quantity dispensed.", "decimal", False, "30", ("quantity_precision", "negative_quantity")),
    Field("item.adjudication", "Amounts by CARIN's categories or Blue Button's variables.", "money", False, "", MONEY),
    Field("supportingInfo dayssupply", "Days of supply.", "integer", False, "30", NUMBER),
    Field("supportingInfo refillnum", "Number of the fill, 0 for the first.", "integer", False, "0", NUMBER),
    Field("supportingInfo refillsauthorized", "Refills authorized.", "integer", False, "5", NUMBER),
    Field("supportingInfo dawcode", "Dispense as written.", "code", False, "0", CODED),
    Field("supportingInfo compoundcode", "Compound: 1 no, 2 yes.", "code", False, "1", CODED),
    Field("supportingInfo rxorigincode", "Origin of the prescription.", "code", False, "3", CODED),
    Field("supportingInfo dspnsng_stus_cd", "P partial fill, C its completion.", "code", False, "P", CODED),
    Field("supportingInfo adjstmt_dltn_cd", "D: a deleted event, which is a reversal.", "code", False, "D", CODED),
    Field(
        "prescription", "The prescription number; Blue Button has it among the identifiers.", "text", False, "799999"
    ),
    Field("facility, provider", "The pharmacy.", "NPI", False, "1023011079", TEXT),
    Field("careTeam", "The prescriber: role prescribing, prescriber or primary.", "NPI", False, "1750384806", TEXT),
    Field("insurance.coverage", "Contract and plan of part D (extensions).", "text", False, "H9999", CODED),
)
MEDICAL = (
    *CLAIM,
    Field("subType", "inpatient or outpatient, where the type of bill does not say.", "concept", False, "inpatient"),
    Field("diagnosis", "ICD codes; admitting and reason for visit are left out.", "list", False, "E11.9", CODED),
    Field("procedure", "ICD procedure codes.", "list", False, "BQ0HZZZ", CODED),
    Field("item.sequence", "The line.", "integer", True, "1", ("missing", "duplicate_line", *NUMBER)),
    Field("item.productOrService", "The code of the service (HCPCS).", "code", False, "G0008", CODED),
    Field("item.modifier", "Modifiers.", "list", False, "LT", CODED),
    Field("item.revenue", "Revenue code.", "code", False, "0450", CODED),
    Field("item.locationCodeableConcept", "Place of service.", "code", False, "11", CODED),
    Field("item.servicedDate, servicedPeriod", "Days of the line.", "date", False, "2026-01-15", PERIOD),
    Field("item.quantity", "Units.", "decimal", False, "1", ("quantity_precision", *NUMBER)),
    Field("item.adjudication", "Amounts of the line.", "money", False, "37.50", MONEY),
    Field("supportingInfo typeofbill", "Type of bill, or its frequency alone.", "code", False, "0111", CODED),
    Field("supportingInfo drg", "DRG.", "code", False, "695", CODED),
    Field("supportingInfo admissionperiod", "Admission and discharge.", "period", False, "2026-01-15", PERIOD),
    Field("supportingInfo discharge-status", "Discharge status.", "code", False, "01", CODED),
    Field("careTeam", "Who performed the line: role performing, rendering or primary.", "NPI", False, "", TEXT),
    Field("provider", "Who was paid.", "NPI", False, "", TEXT),
    Field("facility", "Where it was done.", "NPI", False, "", TEXT),
)
COVERAGE = (
    Field(
        "id", "With the reference year: the statement that a later one replaces.", "id", False, "part-d-567834", TEXT
    ),
    Field("status", "entered-in-error takes the coverage back.", "code", True, "active", ("unknown_code",)),
    Field("beneficiary.reference", PATIENT.means, "reference", True, "Patient/567834", PATIENT.faults),
    Field("period", "First and last day; a month or a year alone is read as a whole.", "period", False, "2026", PERIOD),
    Field("class", "Group (value and name) and plan.", "list", False, "H1234-001", TEXT),
    Field("type", "The line of business, where contract and class do not say.", "concept", False, "HIP"),
    Field("subscriberId", "The subscriber.", "text", False, "S1", TEXT),
    Field("extension rfrnc_yr", "Blue Button: the year of the monthly codes.", "year", False, "2026", NUMBER),
    Field("extension ptdcntrct01..12", "Blue Button: contract of part D by month.", "code", False, "S4607", CODED),
    Field("extension dual_01..12", "Blue Button: dual status by month.", "code", False, "02", CODED),
    Field("meta.lastUpdated", "The version: later statements replace earlier ones.", "time", False),
)
PERSON = (
    Field("id", "The member id.", "id", True, "567834", ("missing", *TEXT)),
    Field("identifier", "The person id: MBI, else member id (MB), else unique id (um).", "identifier", False, "", TEXT),
    Field("name", "Official, else usual name.", "name", False, "Okafor", TEXT),
    Field("birthDate", "Date of birth.", "date", False, "1950-01-31", ("not_a_date", "in_the_future")),
    Field("deceasedDateTime", "Date of death.", "date", False, "", ("not_a_date", "before_birth", "in_the_future")),
    Field("gender", "male, female; anything else is unknown.", "code", False, "female"),
    Field("address, telecom", "Address, phone, e-mail that are not old.", "text", False, "", TEXT),
    Field("meta.lastUpdated", "The version: the newest word counts.", "time", False),
)
CLINICAL = (
    Field("id", "What tells the record apart.", "id", True, "bp-1", ("missing", *TEXT)),
    Field(
        "status",
        "final, amended, corrected or completed; cancelled, entered-in-error and not-done take it back; others are left out.",
        "code",
        True,
        "final",
        ("unknown_code",),
    ),
    Field(
        "meta.lastUpdated, issued", "The version: the later one stands; of one minute the amended one.", "time", False
    ),
    Field("subject.reference, patient.reference", PATIENT.means, "reference", True, "Patient/1", PATIENT.faults),
    Field("category", "laboratory: a lab result; anything else: an observation.", "concept", False, "vital-signs"),
    Field("code, vaccineCode", "LOINC or CVX before other systems.", "concept", False, "8480-6", CODED),
    Field("value, component", "Result and unit; one row a component.", "any", False, "128 mmHg", NUMBER),
    Field("effective, issued, occurrence", "The day.", "date", True, "2026-03-01", ("missing", *DAY)),
    Field("lotNumber", "The lot of a vaccine.", "text", False, "A1", CODED),
)
ANY = (
    Field(
        "resource",
        "The record as a whole: one JSON object, each key once, no deeper than 64.",
        "object",
        True,
        "",
        ("encoding", "not_json", "duplicate_key", "not_a_number", "number_too_long", "too_deep", "record_too_long"),
    ),
    Field("resourceType", "The type of the resource.", "code", True, "Patient", ("unknown_resource",)),
    Field("any element", "An array, object, text or number where FHIR has one.", "any", False, "", ("wrong_type",)),
)
FIELDS = {
    "Any resource": ANY,
    "ExplanationOfBenefit of a pharmacy": PHARMACY,
    "ExplanationOfBenefit of any other type": MEDICAL,
    "Coverage": COVERAGE,
    "Patient": PERSON,
    "Observation and Immunization": CLINICAL,
}

"""The columns of the feed files, in order.

Source: Tuva input layer (Apache-2.0), pharmacy_claim, medical_claim, eligibility, observation, lab_result and
immunization. The pharmacy columns after `ingest_datetime` are the optional ones of our own feed contract;
`low_income_subsidy_indicator` is in Tuva's published eligibility seed, though not in the layer's definition;
`at_risk_beneficiary_flag` is our own.
"""


def words(text):
    """Names parted by white space, as a tuple."""
    return tuple(text.split())


PHARMACY_CLAIM = words(
    """
    claim_id claim_line_number person_id member_id payer plan prescribing_provider_npi dispensing_provider_npi
    dispensing_date ndc_code quantity days_supply refills paid_date paid_amount allowed_amount charge_amount
    coinsurance_amount copayment_amount deductible_amount in_network_flag data_source file_name file_date
    ingest_datetime rx_number fill_number transaction_code original_claim_id usual_and_customary ingredient_cost
    dispensing_fee patient_pay
    """
)

ELIGIBILITY = words(
    """
    person_id member_id subscriber_id gender race birth_date death_date death_flag enrollment_start_date
    enrollment_end_date payer payer_type plan original_reason_entitlement_code dual_status_code
    medicare_status_code enrollment_status hospice_flag institutional_snp_flag long_term_institutional_flag
    group_id group_name name_suffix first_name middle_name last_name social_security_number subscriber_relation
    address city state zip_code phone email ethnicity data_source file_name file_date ingest_datetime
    low_income_subsidy_indicator at_risk_beneficiary_flag
    """
)

OBSERVATION = words(
    """
    observation_id person_id payer patient_id encounter_id panel_id observation_date observation_type
    source_code_type source_code source_description normalized_code_type normalized_code normalized_description
    result source_units normalized_units source_reference_range_low source_reference_range_high
    normalized_reference_range_low normalized_reference_range_high data_source file_name ingest_datetime
    """
)

LAB_RESULT = words(
    """
    lab_result_id person_id patient_id encounter_id accession_number source_order_type source_order_code
    source_order_description source_component_type source_component_code source_component_description
    normalized_order_type normalized_order_code normalized_order_description normalized_component_type
    normalized_component_code normalized_component_description status result result_datetime collection_datetime
    source_units normalized_units source_reference_range_low source_reference_range_high
    normalized_reference_range_low normalized_reference_range_high source_abnormal_flag normalized_abnormal_flag
    specimen ordering_practitioner_id data_source file_name ingest_datetime
    """
)

IMMUNIZATION = words(
    """
    immunization_id person_id patient_id encounter_id source_code_type source_code source_description
    normalized_code_type normalized_code normalized_description status status_reason occurrence_date source_dose
    normalized_dose lot_number body_site route location_id practitioner_id data_source file_name ingest_datetime
    """
)

_MEDICAL_HEAD = words(
    """
    claim_id claim_line_number claim_type person_id member_id payer plan claim_start_date claim_end_date
    claim_line_start_date claim_line_end_date admission_date discharge_date admit_source_code admit_type_code
    discharge_disposition_code place_of_service_code bill_type_code drg_code_type drg_code revenue_center_code
    service_unit_quantity hcpcs_code hcpcs_modifier_1 hcpcs_modifier_2 hcpcs_modifier_3 hcpcs_modifier_4
    hcpcs_modifier_5 rendering_npi rendering_tin billing_npi billing_tin facility_npi paid_date paid_amount
    allowed_amount charge_amount coinsurance_amount copayment_amount deductible_amount total_cost_amount
    diagnosis_code_type
    """
)

_MEDICAL_TAIL = words(
    """
    in_network_flag data_source file_name file_date ingest_datetime
    """
)


def _to_25(name):
    return tuple(f"{name}_{number}" for number in range(1, 26))


MEDICAL_CLAIM = (
    *_MEDICAL_HEAD,
    *_to_25("diagnosis_code"),
    *_to_25("diagnosis_poa"),
    "procedure_code_type",
    *_to_25("procedure_code"),
    *_to_25("procedure_date"),
    *_MEDICAL_TAIL,
)
CROSSWALK = ("feed_pharmacy_id", "npi", "channel")
PHARMACIES = ("npi", "name", "street", "city", "state", "zip", "phone", "channel", "in_network")
EXPECTED_PDC = words(
    """
    member_id measure year as_of denominator exclusion covered_days period_days numerator not_computed reason
    """
)
EXPECTED_REJECTS = ("file", "line", "field", "fault")


def row_format(columns, varying, fixed):
    """A %-format of one CSV line: "%s" where `varying` names the column, else the value in `fixed`, else empty.

    Raises ValueError when a name is unknown or `varying` is not in the order of the columns: a value would land
    under the wrong heading.
    """
    known = [name for name in columns if name in set(varying)]
    if known != list(varying) or not set(fixed) <= set(columns):
        raise ValueError("The varying columns must be known and in the order of the file.")
    cells = ("%s" if name in known else fixed.get(name, "").replace("%", "%%") for name in columns)
    return ",".join(cells) + "\n"

"""The sentences behind the codes in a result."""

from . import definitions

NOT_IN_DENOMINATOR = {
    "under_age": "Too young for the measure for the measurement year.",
    "over_age": "Too old for the measure for the measurement year.",
    "no_birth_date": "The feed gives no date of birth, so the age cannot be judged.",
    "no_coverage": "Not covered on the day of the first fill.",
    "late_first_fill": "The first fill leaves too few days to the end of the year, of cover or of life.",
    "one_fill": "Only one fill date so far; two are asked for.",
    "other_line": "Covered by a line of business that the measure is not for.",
    "no_full_coverage": "Not covered all year (one gap of at most 45 days is allowed), or not on the last day known.",
    "no_cover_before": "Not covered in the year before (a gap of at most 45 days is allowed).",
    "no_drug_cover": "No cover of medicines all year.",
    "few_diseases": "Fewer core chronic diseases than are asked for.",
    "few_drugs": "Fewer medicines taken for long than are asked for.",
    "low_cost": "The medicines cost less than is asked for.",
    "not_covered_after": "Not covered for the 30 days after any discharge.",
    "no_drug_twice": "No single medicine of the class was filled on two days.",
    "no_cover_follow_up": "Not covered from before the treatment to the end of the time that is looked at.",
    "no_diagnosis": "The diagnosis that the treatment is for is not coded when and as often as it must be.",
    "no_asthma_medicine": "No asthma medicine was dispensed this year.",
    "died": "Died during the year.",
    "short_supply": "Opioids for fewer than 15 days in all.",
    "short_episode": "The time from the first opioid to the end of the last supply is shorter than 90 days so far.",
    "all_stay": "In hospital or a nursing facility on every day of the period.",
}
NOT_COMPUTED = {
    "no_days_supply": "A fill has no days supply in the feed, so covered days cannot be counted.",
    "no_quantity": "A fill has no quantity in the feed that can be believed, so its dose cannot be counted.",
    "no_prescriber": "The feed names no prescriber of the opioids.",
    "no_pharmacy": "The feed names no pharmacy of the opioids.",
    "no_strength": "The drug reference has no strength or no factor for a fill, so its dose cannot be counted.",
}
EXCLUSION = {
    "hospice": "In hospice care during the year.",
    "esrd": "End-stage renal disease or dialysis during the year.",
    "insulin": "Filled insulin during the year.",
    "sacubitril_valsartan": "Filled sacubitril/valsartan during the year.",
    "kidney_failure": "Kidney failure or dialysis during the year.",
    "kidney_failure_two_years": "Kidney failure or dialysis during the year or the one before.",
    "muscle_disease": "Muscle disease (rhabdomyolysis, myopathy, myositis) during the year.",
    "muscle_pain": "Myalgia, myositis, myopathy or rhabdomyolysis during the year.",
    "cirrhosis": "Cirrhosis of the liver during the year.",
    "cirrhosis_two_years": "Cirrhosis of the liver during the year or the one before.",
    "polycystic_ovaries": "Polycystic ovaries, coded during the year.",
    "prediabetes": "Prediabetes, coded during the year.",
    "pregnancy": "Pregnancy, childbirth or lactation during the year.",
    "pregnancy_two_years": "Pregnancy, childbirth or lactation during the year or the one before.",
    "kidney_failure_ever": "End-stage renal disease or dialysis at any time.",
    "kidney_replaced": "A kidney was transplanted or removed at some time.",
    "palliative_care": "In palliative care during the year.",
    "institutional": "66 or older and living in an institution.",
    "frailty_and_illness": "66 or older, frail, and with an advanced illness or dementia.",
    "frailty": "81 or older and frail.",
    "cancer": "Cancer, coded during the year.",
    "sickle_cell": "Sickle cell disease, coded during the year.",
    "dementia": "Dementia, coded during the year.",
    "asthma_exclusions": "Emphysema, COPD, cystic fibrosis, acute respiratory failure or fumes in the lungs, coded in two years.",
    "seizure_disorder": "Epilepsy, coded during the year.",
    "in_vitro_fertilization": "In vitro fertilization during the year or the one before.",
    "fertility": "Filled a medicine for fertility during the year.",
    "fertility_two_years": "Filled a medicine for fertility during the year or the one before.",
}


def why_not(result) -> str:
    """Why a MeasureResult does not count, as a sentence; empty when it counts."""
    if result.exclusion:
        return EXCLUSION.get(result.exclusion, f"Excluded: {result.exclusion}.")
    if result.not_in_denominator == "late_first_fill" and (measure := definitions.every().get(result.measure)):
        return f"The first fill leaves fewer than {measure.kind.min_period_days} days to the end of the year, of cover or of life."
    if result.not_in_denominator:
        return NOT_IN_DENOMINATOR.get(result.not_in_denominator, f"Not counted: {result.not_in_denominator}.")
    return NOT_COMPUTED.get(result.not_computed, f"Not computed: {result.not_computed}.") if result.not_computed else ""

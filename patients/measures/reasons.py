"""The sentences behind the codes in a result."""

NOT_IN_DENOMINATOR = {
    "under_age": "Too young for the measure for the measurement year.",
    "over_age": "Too old for the measure for the measurement year.",
    "no_birth_date": "The feed gives no date of birth, so the age cannot be judged.",
    "no_coverage": "Not covered on the day of the first fill.",
    "late_first_fill": "The first fill leaves too few days (91; for statin use 90) to the end of the year, of cover or of life.",
    "one_fill": "Only one fill date so far; two are asked for.",
    "all_stay": "In hospital or a nursing facility on every day of the period.",
}
NOT_COMPUTED = {"no_days_supply": "A fill has no days supply in the feed, so covered days cannot be counted."}
EXCLUSION = {
    "hospice": "In hospice care during the year.",
    "esrd": "End-stage renal disease or dialysis during the year.",
    "insulin": "Filled insulin during the year.",
    "sacubitril_valsartan": "Filled sacubitril/valsartan during the year.",
    "kidney_failure": "Kidney failure or dialysis during the year.",
    "muscle_disease": "Muscle disease (rhabdomyolysis, myopathy, myositis) during the year.",
    "cirrhosis": "Cirrhosis of the liver during the year.",
    "polycystic_ovaries": "Polycystic ovaries, coded during the year.",
    "prediabetes": "Prediabetes, coded during the year.",
    "pregnancy": "Pregnancy, childbirth or lactation during the year.",
    "fertility": "Filled a medicine for fertility during the year.",
}


def why_not(result) -> str:
    """Why a MeasureResult does not count, as a sentence; empty when it counts."""
    if result.exclusion:
        return EXCLUSION.get(result.exclusion, f"Excluded: {result.exclusion}.")
    if result.not_in_denominator:
        return NOT_IN_DENOMINATOR.get(result.not_in_denominator, f"Not counted: {result.not_in_denominator}.")
    return NOT_COMPUTED.get(result.not_computed, f"Not computed: {result.not_computed}.") if result.not_computed else ""

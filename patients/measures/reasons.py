"""The sentences behind the codes in a result."""

NOT_IN_DENOMINATOR = {
    "under_age": "Younger than 18 on 1 January of the measurement year.",
    "no_birth_date": "The feed gives no date of birth, so the age cannot be judged.",
    "no_coverage": "Not covered on the day of the first fill.",
    "late_first_fill": "The first fill leaves fewer than 91 days to the end of the year, of cover or of life.",
    "one_fill": "Only one fill date so far; two are asked for.",
    "all_stay": "In hospital or a nursing facility on every day of the period.",
}
NOT_COMPUTED = {"no_days_supply": "A fill has no days supply in the feed, so covered days cannot be counted."}
EXCLUSION = {
    "hospice": "In hospice care during the year.",
    "esrd": "End-stage renal disease or dialysis during the year.",
    "insulin": "Filled insulin during the year.",
    "sacubitril_valsartan": "Filled sacubitril/valsartan during the year.",
}


def why_not(result) -> str:
    """Why a MeasureResult does not count, as a sentence; empty when it counts."""
    if result.exclusion:
        return EXCLUSION.get(result.exclusion, f"Excluded: {result.exclusion}.")
    if result.not_in_denominator:
        return NOT_IN_DENOMINATOR.get(result.not_in_denominator, f"Not counted: {result.not_in_denominator}.")
    return NOT_COMPUTED.get(result.not_computed, f"Not computed: {result.not_computed}.") if result.not_computed else ""

"""The classes of high-risk medicines in older adults: those to avoid, and those to avoid unless a diagnosis asks for them."""

from .repeated import Class

TO_AVOID = (
    *map(
        Class,
        (
            "hrm_alpha_agonists", "hrm_antidepressants", "hrm_antihistamines", "hrm_antiparkinson", "hrm_antispasmodics",
            "hrm_antithrombotics", "hrm_barbiturates", "hrm_cardiovascular", "hrm_digoxin", "hrm_doxepin", "hrm_endocrine",
            "hrm_estrogens", "hrm_hypnotics", "hrm_meprobamate", "hrm_muscle_relaxants", "hrm_pain", "hrm_reserpine",
            "hrm_sulfonylureas", "hrm_vasodilators",
        ),
    ),
    Class("hrm_nitrofurantoin", over_days=90),
)  # fmt: skip

# eCQM 156 names the same diagnoses (clinical/definitions/cms156.py).
UNLESS_DIAGNOSED = (
    Class("antipsychotics", reasons=("schizophrenia", "bipolar_disorder")),
    Class(
        "benzodiazepines",
        reasons=(
            "seizure_disorder",
            "rem_sleep_disorder",
            "benzodiazepine_withdrawal",
            "alcohol_withdrawal",
            "generalized_anxiety",
        ),
        names_reasons=False,
    ),
)

"""What a test may dispense for the measures of medication safety: product -> (drug set, ingredient), and what one unit holds.

Strengths are milligrams a tablet, of a patch micrograms an hour; the SQL under test reads them as nanograms.
"""

from decimal import Decimal

PRODUCTS = {
    "oxycodone": [("opioids", "oxycodone"), ("cns_active", "oxycodone")],
    "oxycodone/acetaminophen": [("opioids", "oxycodone"), ("cns_active", "oxycodone")],
    "morphine": [("opioids", "morphine"), ("cns_active", "morphine")],
    "tramadol": [("opioids", "tramadol"), ("cns_active", "tramadol")],
    "methadone": [("opioids", "methadone"), ("cns_active", "methadone")],
    "fentanyl_patch": [("opioids", "fentanyl"), ("cns_active", "fentanyl")],
    "odd_opioid": [("opioids", "pentazocine")],
    "alprazolam": [("benzodiazepines", "alprazolam"), ("cns_active", "alprazolam")],
    "diazepam": [("benzodiazepines", "diazepam"), ("cns_active", "diazepam")],
    "naloxone": [("opioid_reversal", "naloxone")],
    "gabapentin": [("cns_active", "gabapentin")],
    "sertraline": [("cns_active", "sertraline"), ("ssris", "sertraline"), ("antidepressants", "sertraline")],
    "citalopram": [("cns_active", "citalopram"), ("ssris", "citalopram"), ("antidepressants", "citalopram")],
    "amitriptyline": [
        ("anticholinergics", "amitriptyline"), ("cns_active", "amitriptyline"), ("tricyclics", "amitriptyline"),
        ("hrm_antidepressants", "amitriptyline"), ("antidepressants", "amitriptyline"),
    ],
    "oxybutynin": [("anticholinergics", "oxybutynin")],
    "hydroxyzine": [("anticholinergics", "hydroxyzine"), ("hrm_antihistamines", "hydroxyzine")],
    "cyproheptadine": [("anticholinergics", "cyproheptadine"), ("hrm_antihistamines", "cyproheptadine")],
    "chlordiazepoxide/clidinium": [
        ("benzodiazepines", "chlordiazepoxide"), ("anticholinergics", "clidinium"), ("cns_active", "chlordiazepoxide"),
        ("hrm_antispasmodics", "clidinium"),
    ],
    "buprenorphine/naloxone": [("moud_buprenorphine", "buprenorphine"), ("cns_active", "buprenorphine")],
    "risperidone": [("antipsychotics", "risperidone"), ("cns_active", "risperidone")],
    "risperidone_injection": [("antipsychotics_long_acting", "risperidone")],
    "quetiapine": [("antipsychotics", "quetiapine"), ("cns_active", "quetiapine")],
    "fluticasone_inhaler": [("asthma_controllers", "fluticasone")],
    "montelukast": [("asthma_controllers", "montelukast"), ("asthma_not_alone", "montelukast")],
    "omalizumab": [("asthma_controllers", "omalizumab"), ("asthma_not_alone", "omalizumab")],
    "albuterol_inhaler": [("asthma_relievers", "albuterol")],
    "tiotropium_inhaler": [("copd_controllers", "tiotropium")],
    "naltrexone": [("moud_naltrexone", "naltrexone")],
    "doxepin": [("anticholinergics", "doxepin"), ("hrm_doxepin", "doxepin")],
    "digoxin": [("hrm_digoxin", "digoxin")],
    "nitrofurantoin": [("hrm_nitrofurantoin", "nitrofurantoin")],
    "enalapril/HCTZ": [("ace_inhibitors", "enalapril"), ("diuretics", "hydrochlorothiazide")],
    "enalapril": [("ace_inhibitors", "enalapril")],
    "irbesartan": [("arbs", "irbesartan")],
    "furosemide": [("diuretics", "furosemide")],
    "ibuprofen": [("nsaids", "ibuprofen")],
    "naproxen": [("nsaids", "naproxen")],
}  # fmt: skip
STRENGTH = {
    "oxycodone": Decimal(10), "oxycodone/acetaminophen": Decimal(5), "morphine": Decimal(30), "tramadol": Decimal(50),
    "methadone": Decimal(10), "fentanyl_patch": Decimal(25), "doxepin": Decimal(3), "digoxin": Decimal("0.125"),
}  # fmt: skip
FORM = {
    "fluticasone_inhaler": "inhaler", "albuterol_inhaler": "inhaler", "tiotropium_inhaler": "inhaler",
    "omalizumab": "injection", "fentanyl_patch": "patch",
}  # fmt: skip
MORE_THAN_DAILY = {
    ("anticholinergics", "doxepin"): Decimal(6),
    ("hrm_doxepin", "doxepin"): Decimal(6),
    ("hrm_digoxin", "digoxin"): Decimal("0.125"),
}
"""Milligrams a day that an ingredient must exceed to count."""


def counts(code: str, ingredient: str, fill) -> bool:
    """Whether the dose of a fill lets it count for the set. Not known: it does not."""
    more_than = MORE_THAN_DAILY.get((code, ingredient))
    if more_than is None:
        return True
    if fill.quantity is None or not fill.days_supply:
        return False
    return STRENGTH[fill.product] * fill.quantity > more_than * fill.days_supply


def nanograms(product: str) -> int | None:
    """The strength as the loader lays it down."""
    if product not in STRENGTH:
        return None
    return int(STRENGTH[product] * (1_000 if product == "fentanyl_patch" else 1_000_000))

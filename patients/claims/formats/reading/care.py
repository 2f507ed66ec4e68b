"""What claims of any format share: where care was given, and in which code system its diagnoses are written."""

from functools import lru_cache

from ...checks import ICD_10_FROM
from ...fields import NDC
from ...records import words

# Type of bill without its leading zero: facility digit, classification digit. Sources: the type-of-bill structure in
# the Medicare Claims Processing Manual, chapter 25, and the claim types of the CMS research files (ResDAC), whose
# outpatient file holds the part B claims of inpatients (12x) and of nursing-facility residents (22x, 23x): those are
# not stays, and the chronic-condition rules count them as outpatient.
INPATIENT = frozenset({"11", "41"})
SNF = frozenset({"18", "21", "28"})
HHA = frozenset({"32", "33", "34"})
HOSPICE = frozenset({"81", "82"})
OUTPATIENT = frozenset(words("12 13 14 22 23 24 43 71 72 73 74 75 76 77 78 79 83 84 85 87 89"))
# Place of service (CMS code set) where there is no bill type: 21 inpatient hospital, 51 inpatient psychiatric,
# 61 inpatient rehabilitation, 31 skilled nursing, 34 hospice, 19/22/23/24 hospital outpatient, emergency, surgery.
PLACES = {"21": "inpatient", "51": "inpatient", "61": "inpatient", "31": "snf", "34": "hospice"}
PLACES |= dict.fromkeys(("19", "22", "23", "24"), "outpatient")
LONGEST_NDC = 13  # 5-4-2 with its hyphens


@lru_cache(maxsize=4096)
def setting_of(claim_type, bill_type, place_of_service):
    """inpatient, outpatient, snf, hha, hospice, carrier or '' (not known: dental, vision, or no sign of it)."""
    if claim_type == "professional":
        return "carrier"
    if claim_type in {"dental", "vision", "pharmacy"}:
        return ""
    bill = bill_type[1:] if len(bill_type) == 4 and bill_type[0] == "0" else bill_type
    kind = bill[:2] if len(bill) == 3 else ""
    for setting, kinds in (
        ("inpatient", INPATIENT),
        ("snf", SNF),
        ("hha", HHA),
        ("hospice", HOSPICE),
        ("outpatient", OUTPATIENT),
    ):
        if kind in kinds:
            return setting
    return PLACES.get(place_of_service, "")


def is_void_bill(bill_type):
    """The frequency digit 8 of a type of bill cancels an earlier claim."""
    return len(bill_type) >= 3 and bill_type[-1] == "8"


def diagnosis_type_on(day):
    """US claims carry ICD-10-CM for services from 2015-10-01 on (45 CFR 162.1002), ICD-9-CM before."""
    return "icd-10-cm" if day >= ICD_10_FROM else "icd-9-cm"


# What a clinical record's status may say instead of that it happened, and the note that counts it.
UNDONE = dict.fromkeys(("entered-in-error", "cancelled", "canceled"), "entered_in_error")
UNDONE |= dict.fromkeys(("not-done", "not done"), "not_done")


def product_code(code_type, code):
    """The code of a vaccine: an NDC in eleven digits where they can be told."""
    return NDC.careful(code) if code_type.casefold() == "ndc" and len(code) <= LONGEST_NDC else code


def distinct(codes):
    """The codes that are not empty, in order, each once."""
    return tuple(dict.fromkeys(code for code in codes if code))

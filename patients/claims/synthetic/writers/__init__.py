"""The invented lines of `tuva_csv` in other formats, record by record, so that memory does not grow with the file.

A writer takes rows (dicts of Tuva columns) of the kinds that it has: `put` says whether it took one, and `number` is that one's
then, as the format's reader counts; `end` writes what closes the file.
"""

from .fhir import Resources
from .texts import History, Objects, Vaccinations
from .x12 import Enrolment, Professional

WRITERS = {
    "tuva_ndjson": ({}, Objects),
    "ncpdp_history": ({"pharmacy_claim"}, History),
    "fhir_eob": ({"eligibility", "pharmacy_claim"}, Resources),
    "x12_834": ({"eligibility"}, Enrolment),
    "x12_837": ({"medical_claim"}, Professional),
    "hl7_v2": ({"immunization"}, Vaccinations),
}
"""Code -> (the kinds that it has, none for all; its writer, made with the file and the day of writing)."""


def has(format, kind):
    """Whether a file of the format can be written of this kind of record."""
    return format == "tuva_csv" or (format in WRITERS and (not WRITERS[format][0] or kind in WRITERS[format][0]))


def kinds_of(format, kinds):
    return [kind for kind in kinds if has(format, kind)]

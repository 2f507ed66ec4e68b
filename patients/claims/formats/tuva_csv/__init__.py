"""Comma-separated files in the columns of the Tuva input layer, plus a few columns that a pharmacy product needs.

Source of the columns: the Tuva Project's input layer (tuva-health/tuva, models/input_layer/*.yml, Apache-2.0), and the
git history's seeds, which carry newer eligibility columns. UTF-8, a header line, RFC 4180 quoting without line breaks
inside quotes. The kind of file is seen from the header, in any order and any case; unknown columns are drift.
"""

from functools import partial
from pathlib import Path

from ..reading.blocks import CONTAINER_TYPES
from ..reading.described import fields_of
from ..reading.feed import Dialect, Format, open_feed
from ..reading.outcome import FeedRefused
from .clinical import IMMUNIZATION_SHAPE, LAB_RESULT_SHAPE, OBSERVATION_SHAPE
from .eligibility import ELIGIBILITY_SHAPE
from .medical_claim import MEDICAL_CLAIM_SHAPE
from .pharmacy_claim import PHARMACY_CLAIM_SHAPE

SHAPES = (
    PHARMACY_CLAIM_SHAPE,
    MEDICAL_CLAIM_SHAPE,
    ELIGIBILITY_SHAPE,
    OBSERVATION_SHAPE,
    LAB_RESULT_SHAPE,
    IMMUNIZATION_SHAPE,
)
# A column that only this table of the layer has. The first match names the table.
OTHER_TABLES = {
    "appointment": "appointment_id",
    "provider_attribution": "payer_attributed_provider",
    "condition": "condition_id",
    "procedure": "procedure_id",
    "medication": "medication_id",
    "encounter": "encounter_type",
    "practitioner": "practitioner_last_name",
    "location": "facility_type",
    "patient": "patient_birth_date",
}
# What settles a header that shares the general columns (person, payer, source) with several kinds.
TELLING = {
    "pharmacy_claim": {"dispensing_date", "ndc_code", "dispensing_provider_npi", "days_supply"},
    "medical_claim": {"claim_type", "claim_start_date", "bill_type_code", "hcpcs_code", "diagnosis_code_1"},
    "eligibility": {"enrollment_start_date", "enrollment_end_date", "birth_date", "payer_type"},
    "observation": {"observation_id", "observation_date", "observation_type"},
    "lab_result": {"lab_result_id", "collection_datetime", "result_datetime"},
    "immunization": {"immunization_id", "occurrence_date", "lot_number"},
}


def recognise(header, line):
    """The shape of a header. Other tables of the layer are named and refused, and so is what is no header at all."""
    have = set(header)
    for table, column in OTHER_TABLES.items():
        if column in have:
            raise FeedRefused(
                "unknown_kind", f"This is a Tuva {table} file. It is not among the kinds that are read.", line
            )
    scores = sorted((len(have & TELLING[shape.code]), len(have & set(shape.known)), shape.code) for shape in SHAPES)
    told, _, code = scores[-1]
    if told and told > scores[-2][0]:
        return next(shape for shape in SHAPES if shape.code == code)
    if told:
        return next(shape for shape in SHAPES if shape.code == code)
    kinds = ", ".join(shape.code for shape in SHAPES)
    if not any(have & set(shape.known) for shape in SHAPES):
        raise FeedRefused("no_header", f"The first line names no known column. Kinds that are read: {kinds}.", line)
    raise FeedRefused("unknown_kind", f"The header is that of no kind that is read: {kinds}.", line)


FORMAT = Format(
    code="tuva_csv",
    title="Tuva input layer, comma-separated",
    media_types=("text/csv", *CONTAINER_TYPES),
    open=partial(open_feed, Dialect(delimiter=",", is_quoted=True, folded=str.lower), recognise),
    shapes=SHAPES,
    fields=fields_of(SHAPES, meanings=Path(__file__).with_name("meanings.csv"), is_quoted=True),
)

"""Tuva observation, lab_result and immunization: what was measured or given outside claims."""

from ...checks import Rejected, not_in_the_future, present
from ...fields import CODE, DATE, ID, LONG, MOMENT, SHORT, Cached, code
from ...records import IMMUNIZATION, LAB_RESULT, OBSERVATION, words
from ..reading.care import UNDONE, product_code
from ..reading.shape import In, Shape

CODE_TYPE = Cached(code(30, upper=False))
LOT = Cached(code(40))
PERSON_COLUMNS = words("person_id member_id payer patient_id encounter_id")
SOURCE_COLUMNS = words("data_source file_name ingest_datetime")
RANGES = [f"{side}_reference_range_{end}" for side in ("source", "normalized") for end in ("low", "high")]


def _known(*texts):
    first, *rest = words(*texts)
    return (first, *PERSON_COLUMNS, *rest, *SOURCE_COLUMNS)


def _checked(values, names, seen):
    """Refuse a line without id, person or day, or with a day in the future; give the member's id."""
    record_id, member_id, person_id, day = values
    if not (record_id and (member_id or person_id) and day is not None and day <= seen.today):
        problems = []
        present(problems, names[0], record_id)
        present(problems, "person_id", member_id or person_id)
        present(problems, names[1], day)
        not_in_the_future(problems, names[1], day, seen.today)
        if problems:
            raise Rejected(problems)
    if not member_id:
        seen.notes["member_id_from_person_id"] += 1
    return member_id or person_id


def _coded(pairs, seen):
    """The first pair (type, code) whose code is not empty: the normalized one comes before the sender's own."""
    for code_type, value in pairs:
        if value:
            return code_type, value
    seen.notes["no_code"] += 1
    return "", ""


def _is_undone(status, seen):
    """Whether a status says that it did not happen: such a line takes back what another one told under its id."""
    note = UNDONE.get(status.casefold())
    if note:
        seen.notes[note] += 1
    return note is not None


def build_observation(values, seen):
    """One row a line: vital signs, survey answers, screenings."""
    observation_id, member_id, person_id, observed_on, type_, n_type, n_code, s_type, s_code, result, *units, source = (
        values
    )
    member = _checked((observation_id, member_id, person_id, observed_on), ("observation_id", "observation_date"), seen)
    if not result:
        seen.notes["no_result"] += 1
    coded = _coded(((n_type, n_code), (s_type, s_code)), seen)
    return (
        (observation_id, member, person_id, observed_on, type_, *coded, result, units[0] or units[1])
        + (None, False, source),
    )


def build_lab_result(values, seen):
    """One row a line. The component's code comes before the order's; the day is that of collection, else of result."""
    lab_result_id, member_id, person_id, collected_on, resulted_on = values[:5]
    codes, (result, n_units, s_units, n_flag, s_flag, status, source) = values[5:13], values[13:]
    day = collected_on or resulted_on
    member = _checked((lab_result_id, member_id, person_id, day), ("lab_result_id", "collection_datetime"), seen)
    if not result:
        seen.notes["no_result"] += 1
    coded = _coded(tuple(zip(codes[::2], codes[1::2], strict=True)), seen)
    flag = n_flag or s_flag
    return (
        (lab_result_id, member, person_id, day, *coded, result, n_units or s_units, flag, status)
        + (None, _is_undone(status, seen), source),
    )


def build_immunization(values, seen):
    """One row a line."""
    immunization_id, member_id, person_id, given_on, n_type, n_code, s_type, s_code, lot, status, source = values
    member = _checked((immunization_id, member_id, person_id, given_on), ("immunization_id", "occurrence_date"), seen)
    coded = _coded(((n_type, n_code), (s_type, s_code)), seen)
    code_type, value = coded
    is_undone = _is_undone(status, seen)
    told = (immunization_id, member, person_id, given_on, code_type, product_code(code_type, value), lot, status)
    return ((*told, None, is_undone, source),)


PERSON = (In("member_id", ID), In("person_id", ID, checked=("missing",)))
CODES = (
    In("normalized_code_type", CODE_TYPE),
    In("normalized_code", CODE),
    In("source_code_type", CODE_TYPE),
    In("source_code", CODE),
)
UNITS = (In("normalized_units", SHORT), In("source_units", SHORT))
NEEDED_GROUPS = (("member_id", "person_id"),)
# Columns of the layer's newer versions, or of claims, that some files leave out: nobody needs to hear that they lack.
EXTRAS = frozenset({"member_id", "payer", "patient_id"})

OBSERVATION_SHAPE = Shape(
    code="observation",
    layout=OBSERVATION,
    inputs=(
        In("observation_id", ID, needed=True, checked=("missing",)),
        *PERSON,
        In("observation_date", DATE, needed=True, checked=("in_the_future", "missing")),
        In("observation_type", CODE_TYPE),
        *CODES,
        In("result", LONG),
        *UNITS,
        In("data_source", SHORT),
    ),
    build=build_observation,
    known=_known(
        "observation_id panel_id observation_date observation_type source_code_type source_code source_description",
        "normalized_code_type normalized_code normalized_description result source_units normalized_units",
        *RANGES,
    ),
    extras=EXTRAS,
    needed_groups=NEEDED_GROUPS,
)
LAB_RESULT_SHAPE = Shape(
    code="lab_result",
    layout=LAB_RESULT,
    inputs=(
        In("lab_result_id", ID, needed=True, checked=("missing",)),
        *PERSON,
        In("collection_datetime", MOMENT, checked=("in_the_future", "missing")),
        In("result_datetime", MOMENT),
        *(
            In(f"{side}_{what}_{part}", reader)
            for what in ("component", "order")
            for side in ("normalized", "source")
            for part, reader in (("type", CODE_TYPE), ("code", CODE))
        ),
        In("result", LONG),
        *UNITS,
        In("normalized_abnormal_flag", CODE_TYPE),
        In("source_abnormal_flag", CODE_TYPE),
        In("status", CODE_TYPE),
        In("data_source", SHORT),
    ),
    build=build_lab_result,
    known=_known(
        "lab_result_id accession_number source_order_type source_order_code source_order_description",
        "source_component_type source_component_code source_component_description normalized_order_type",
        "normalized_order_code normalized_order_description normalized_component_type normalized_component_code",
        "normalized_component_description status result result_datetime collection_datetime source_units",
        "normalized_units",
        *RANGES,
        "source_abnormal_flag normalized_abnormal_flag specimen ordering_practitioner_id",
    ),
    extras=EXTRAS,
    needed_groups=(*NEEDED_GROUPS, ("collection_datetime", "result_datetime")),
)
IMMUNIZATION_SHAPE = Shape(
    code="immunization",
    layout=IMMUNIZATION,
    inputs=(
        In("immunization_id", ID, needed=True, checked=("missing",)),
        *PERSON,
        In("occurrence_date", DATE, needed=True, checked=("in_the_future", "missing")),
        *CODES,
        In("lot_number", LOT),
        In("status", CODE_TYPE),
        In("data_source", SHORT),
    ),
    build=build_immunization,
    known=_known(
        "immunization_id source_code_type source_code source_description normalized_code_type normalized_code",
        "normalized_description status status_reason occurrence_date source_dose normalized_dose lot_number body_site",
        "route location_id practitioner_id",
    ),
    extras=EXTRAS,
    needed_groups=NEEDED_GROUPS,
)

"""Every field that is read from HL7 messages, for the documentation."""

from ..reading.shape import Field

DATE_FAULTS = ("missing", "not_a_date", "out_of_range", "in_the_future", "before_birth")
HEAD = (
    Field("MSH-2", "The four delimiters after the field separator", "text", True, "^~\\&", ("bad_delimiters",)),
    Field("MSH-4", "Who sent it: kept as the source; MSH-3 where it is empty", "text", example="CLINIC"),
    Field("MSH-7", "When the message was made: the version of changes and deletions", "time", example="20260131120000"),
    Field("MSH-9", "Type and event", "code", True, "VXU^V04^VXU_V04", ("missing", "no_patient", "no_order")),
    Field("MSH-11", "P for production; T and D are not read", "code", example="P", faults=("test_message",)),
    Field("MSH-12", "Version", "code", True, "2.5.1", ("missing", "wrong_version")),
    Field("PID-1", "A vaccination message tells of one patient", "number", example="1", faults=("repeated",)),
    Field(
        "PID-3",
        "Patient ids: the member number (MB, then MC), else the first other; SS is never read",
        "id",
        True,
        "M1^^^ACME^MB",
        ("missing", "too_long", "control_character"),
    ),
    Field("PID-7", "Date of birth: bounds every other date", "date", example="19500505", faults=("not_a_date",)),
)
DOSE = (
    Field("ORC-3", "Filler order number: what the dose is known by", "id", example="197030^NVC"),
    Field("RXA-3", "Day of the vaccination", "date", True, "20251001", DATE_FAULTS),
    Field("RXA-5", "Vaccine: CVX in either triplet", "code", True, "140^Influenza^CVX", ("missing", "not_a_code")),
    Field("RXA-6", "Amount: checked, not kept", "quantity", example="0.5", faults=("not_a_number",)),
    Field("RXA-15", "Lot number", "text", example="A1B2", faults=("too_long", "not_a_code")),
    Field("RXA-20", "CP given, PA partly, RE refused, NA not given", "code", example="CP", faults=("unknown_code",)),
    Field("RXA-21", "A add, U update, D delete", "code", example="A", faults=("unknown_code",)),
    Field("RXA-22", "When it was entered: the version", "time", example="20251001120000", faults=("not_a_date",)),
)
RESULT = (
    Field("OBR-3", "Filler order number: what the result is known by, with OBR-4", "id", example="L77^LAB"),
    Field(
        "OBR-7", "When the specimen was taken, where OBX-14 is empty", "date", example="20260131", faults=DATE_FAULTS
    ),
    Field("OBR-22", "When the status changed: the version", "time", example="20260131120000", faults=("not_a_date",)),
    Field("OBX-2", "Type of value", "code", example="NM", faults=("missing", "unknown_code")),
    Field(
        "OBX-3", "What was measured: LOINC in either triplet", "code", True, "4548-4^A1c^LN", ("missing", "not_a_code")
    ),
    Field("OBX-4", "Tells apart results of one code", "text", example="1"),
    Field("OBX-5", "The result", "text", example="7.1", faults=("not_a_number", "too_long", "control_character")),
    Field("OBX-6", "Units", "text", example="%", faults=("too_long",)),
    Field("OBX-8", "Abnormal flag", "code", example="H", faults=("not_a_code",)),
    Field("OBX-11", "Status: F, P, C; D, W and X take it back", "code", example="F", faults=("unknown_code",)),
    Field("OBX-14", "When it was taken", "date", example="20260131", faults=DATE_FAULTS),
)
FIELDS = {"immunization": (*HEAD, *DOSE), "lab_result": (*HEAD, *RESULT), "observation": (*HEAD, *RESULT)}

"""The operations about patients and their results."""

from .parts import CURSOR, IF_NONE_MATCH, LIMIT, MEASURE, NOT_CHANGED, PUBLIC_ID, answer, operation

_MEMBER = {
    "type": "object",
    "required": ["member_id"],
    "properties": {"member_id": {"type": "string", "minLength": 1, "description": "The payer's id of the member."}},
}
OF_RESULTS = {
    "find_patient": {
        "post": operation(
            "findPatient",
            "The id by which a member is known here",
            means="A member id is patient data: it travels in the body, so that no log of addresses has it. A former id leads to "
            "the person.",
            body={
                "required": True,
                "content": {"application/json": {"schema": _MEMBER, "example": {"member_id": "A1"}}},
            },
            answers={"200": answer("The patient.", "Patient")},
            refusals=["invalid-input", "forbidden", "not-found", "not-acceptable"],
        )
    },
    "results": {
        "get": operation(
            "listResults",
            "The newest result of a patient in each measure",
            means="Results about the use of substances (42 CFR part 2) are not among them.",
            parameters=[PUBLIC_ID, CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Results", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "forbidden", "not-found", "not-acceptable"],
        )
    },
    "explain": {
        "get": operation(
            "explainResult",
            "Everything behind the newest result in a measure",
            means="Enough to redo it by hand: limits, claims, cover, exclusions, and what came out. The pharmacy's chart and the "
            "letter to a prescriber say the same.",
            parameters=[PUBLIC_ID, MEASURE, IF_NONE_MATCH],
            answers={"200": answer("The evidence.", "ExplainedResult", "ETag"), "304": NOT_CHANGED},
            refusals=["forbidden", "not-found", "not-acceptable"],
        )
    },
}

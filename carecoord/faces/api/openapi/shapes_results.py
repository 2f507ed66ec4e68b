"""What the API sends of patients and of what measures say of them."""

from .building import AN_ID, a_list, a_number, a_page, a_text, an_object, ref

A_FLAG = {"type": "boolean"}
A_DATE_OR_NONE = {"type": ["string", "null"], "format": "date"}
A_ROW = {"type": "object"}
"""What only some measures have; each row says what its members are by their names."""


def _a_number_or_none(means):
    return {"type": ["integer", "null"], "description": means}


PATIENT = an_object(
    "A member of this payer.",
    id=a_text("The id by which this API knows the person.", format="uuid"),
    member_id=a_text("The payer's id of today: another one than was asked for where ids were united."),
    results=a_text("Address of what measures say.", format="uri-reference"),
)
RESULT = an_object(
    "A result in short.",
    measure=a_text("The code of the measure."),
    title=a_text("What people call it."),
    version=a_text("Year and revision of the rules that were applied."),
    year=a_number("The measurement year."),
    as_of=a_text("The day as of which it was judged.", format="date"),
    is_counted=A_FLAG | {"description": "Whether the patient is in the denominator."},
    is_met={"type": ["boolean", "null"], "description": "Whether it is as it should be; null where it is not counted."},
    why_not=a_text("Why it is not counted or not computed, in a sentence; else empty."),
    value=a_text("The value with its unit; empty where there is none."),
    covered_days=_a_number_or_none("Of adherence: days covered to date."),
    period_days=_a_number_or_none("Of adherence: days of the period to date."),
    days_left=_a_number_or_none("Days that may still be missed; below 0 when the goal is out of reach."),
    last_day=A_DATE_OR_NONE | {"description": "The last day on which acting helps; null once nothing can be done."},
    explain=a_text("Address of everything behind it.", format="uri-reference"),
)
CLAIM = an_object(
    "A claim behind a result.",
    optional=("list", "days_supply", "pharmacy", "prescriber"),
    role=a_text("What it does: puts into the measure, meets it, or gives the value.", enum=["asks", "meets", "value"]),
    day=a_text("Its day.", format="date"),
    event_id=_a_number_or_none("Its number here; null where it is no claim."),
    what=a_text("What it is, in words."),
    code=a_text("Its code; may be empty."),
    list=a_text("The code list or set of medicines that it is in."),
    days_supply=_a_number_or_none("Of a fill; null where the feed has none."),
    pharmacy=a_text("Of a fill: the pharmacy, as the feed names it."),
    prescriber=a_text("Of a fill: the prescriber, as the feed names them; may be empty."),
)
EXCLUDED = an_object(
    "Something that excludes.",
    exclusion=a_text("The code of the exclusion."),
    day=A_DATE_OR_NONE | {"description": "Its day."},
    event_id=_a_number_or_none("The claim; null where it is none."),
)
COVER = an_object(
    "A span of cover.",
    starts_on=a_text("The first day.", format="date"),
    ends_on=A_DATE_OR_NONE | {"description": "The last day; null while it is open."},
    has_drugs=A_FLAG | {"description": "Whether it covers medicines."},
)
_SOME = {
    "claims": a_list(ref("ExplainedClaim"), "The claims, the oldest first; of adherence see `fills`."),
    "fills": a_list(A_ROW, "Dispensed medicines; of adherence with the days that each covers."),
    "needed": a_list(A_ROW, "Fills of the class that is asked for."),
    "doses": a_list(A_ROW, "Doses that were billed as a service."),
    "pharmacies": a_list(A_ROW, "Which pharmacy dispensed what share of the days' supply."),
    "stays": a_list(A_ROW, "Hospital and nursing facility stays."),
    "strip": a_list(A_ROW, "Runs of days by what they are: covered, carried over, hospital or gap."),
    "uncovered": a_list(A_ROW, "Runs of days without a medicine."),
    "gaps": a_list(A_ROW, "Runs of days without a medicine since the first one."),
    "overlaps": a_list(A_ROW, "Runs of days with several medicines at hand."),
    "classes": a_list(A_ROW, "Fills by class of medicine."),
    "episode": {"type": ["object", "null"], "description": "From the first fill to the end of the last supply."},
    "window": {"type": ["object", "null"], "description": "The days with the most prescribers and pharmacies."},
}
EXPLAINED = an_object(
    "Everything behind a result: enough to redo it by hand. Which of the optional members there are depends on the measure.",
    optional=tuple(_SOME),
    patient=a_text("The patient's id.", format="uuid"),
    measure=a_text("The code of the measure."),
    title=a_text("What people call it."),
    version=a_text("Year and revision of the rules that were applied."),
    source=a_text("Where the rules come from."),
    year=a_number("The measurement year."),
    as_of=a_text("The day as of which it was judged.", format="date"),
    limits=A_ROW | {"description": "The numbers that were applied, by name."},
    result={
        "type": ["object", "null"],
        "description": "What came out, by name; null where there is nothing to measure any more.",
    },
    coverage=a_list(ref("ExplainedCover"), "Cover."),
    exclusions=a_list(ref("ExplainedExclusion"), "What excludes."),
    **_SOME,
)
RESULT_SCHEMAS = {
    "Patient": PATIENT,
    "Result": RESULT,
    "Results": a_page("Result"),
    "ExplainedClaim": CLAIM,
    "ExplainedCover": COVER,
    "ExplainedExclusion": EXCLUDED,
    "ExplainedResult": EXPLAINED,
}
_AT = f"/api/v1/patients/{AN_ID}/results"
_A_RESULT = {
    "measure": "supd",
    "title": "Statin use in people with diabetes",
    "version": "2026.1",
    "year": 2026,
    "as_of": "2026-11-26",
    "is_counted": True,
    "is_met": False,
    "why_not": "",
    "value": "",
    "covered_days": None,
    "period_days": None,
    "days_left": None,
    "last_day": "2026-12-31",
    "explain": f"{_AT}/supd/explain",
}
EXAMPLES = {
    "Patient": {"id": AN_ID, "member_id": "A1", "results": _AT},
    "Results": {"results": [_A_RESULT], "next": None},
    "ExplainedResult": {
        "patient": AN_ID,
        "measure": "supd",
        "title": _A_RESULT["title"],
        "version": "2026.1",
        "source": "Public descriptions of the measure.",
        "year": 2026,
        "as_of": "2026-11-26",
        "limits": {"least_fill_days": 2, "least_age": 40, "most_age": 75},
        "result": {"denominator": True, "numerator": False, "index_day": "2026-01-10", "fills": 2},
        "coverage": [{"starts_on": "2026-01-01", "ends_on": None, "has_drugs": True}],
        "exclusions": [],
        "claims": [
            {"role": "asks", "day": "2026-01-10", "event_id": 17, "what": "Metformin", "code": "00000000303"},
            {"role": "asks", "day": "2026-04-01", "event_id": 18, "what": "Metformin", "code": "00000000303"},
        ],
    },
}

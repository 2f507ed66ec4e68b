"""Medicare members with hypertension or diabetes, at the independent pharmacy that they use most."""

from datetime import date

from ..attribution import LEAST_FILLS, LOOK_BACK_DAYS
from ..definition import ProgramDefinition

PROGRAM = ProgramDefinition(
    code="medicare_htn_dm",
    title="Medicare hypertension and diabetes",
    line_of_business="medicare",
    any_condition=("hypertension", "diabetes"),
    look_back_days=LOOK_BACK_DAYS,
    least_fills=LEAST_FILLS,
    offers=(
        "Talk with you about your medicines and answer your questions.",
        "Help you to get your refills on time.",
        "Check your blood pressure.",
        "Look at which vaccines you may need.",
    ),
    source="The PBM's and network's announcement of the programme; attribution after domain notes, workflows, 7.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)

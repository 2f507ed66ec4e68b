"""Medicaid members with asthma, COPD, mental illness or opioid use disorder, at the independent pharmacy that they use most."""

from datetime import date

from ..attribution import LEAST_FILLS, LOOK_BACK_DAYS
from ..definition import ProgramDefinition

PROGRAM = ProgramDefinition(
    code="medicaid_high_risk",
    title="Medicaid high risk",
    line_of_business="medicaid",
    any_condition=(
        "asthma",
        "copd",
        "anxiety",
        "bipolar_disorder",
        "depression",
        "schizophrenia",
        "opioid_use_disorder",
    ),
    look_back_days=LOOK_BACK_DAYS,
    least_fills=LEAST_FILLS,
    offers=(
        "Bring your medicines to your home.",
        "Talk with you about your medicines and answer your questions.",
        "Ask what else you need, such as food, a ride or help at home, and find who can help.",
        "Coach you on health and wellness.",
    ),
    source="The Medicaid programme of the sources (asthma, COPD, mental health, opioid use disorder; delivery, social needs, "
    "wellness coaching); attribution after domain notes, workflows, 7.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)

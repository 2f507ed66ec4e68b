from datetime import date

from ..edit import Edit, Severity

ASKED = (("name", "the name"), ("born_on", "the day of birth"), ("member_id", "the member id"))


def check(facts):
    """Name, day of birth, sex and member id are there, and the patient was born by the day of service."""
    patient = facts.snapshot.patient
    missing = [words for name, words in ASKED if not getattr(patient, name)]
    if patient.sex not in ("female", "male", "unknown"):
        missing.append("the sex")
    if missing:
        return (
            f"The patient's data lack {' and '.join(missing)}. They come from the plan's eligibility file: check the card, and "
            "tell the PBM what it says."
        )
    if patient.born_on > facts.snapshot.service_on:
        return "The day of service lies before the patient's birth. Correct the day of service in the visit."
    return None


EDIT = Edit(
    code="patient_complete",
    title="Patient's data are complete",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 5; CARC 31 and RARC MA61 are the denials that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

from datetime import date

from ..edit import Edit, Severity, say_day

VACCINE_ADMINISTRATION = frozenset(["90471", "90472", "90473", "90474", "90480", "G0008", "G0009", "G0010"])
"""Service codes that say that a vaccine was given: they need its lot and its expiry."""


def check(facts):
    """The visit is completed, nothing of its protocol is missing, and a vaccine is named with lot and expiry."""
    documented, day = facts.snapshot.documentation, facts.snapshot.service_on
    if not documented.completed:
        return "The visit is not completed. Complete it, then submit again."
    if documented.missing:
        return "The visit lacks: " + "; ".join(text.rstrip(".") for text in documented.missing) + "."
    if not facts.snapshot.rendering.name:
        return "Nobody is named who gave the service. Complete the visit under a person's own sign-in."
    if VACCINE_ADMINISTRATION.intersection(facts.snapshot.codes):
        return _vaccine(documented.vaccine, day)
    return None


def _vaccine(vaccine, day):
    if vaccine is None or not vaccine.cvx:
        return "The claim bills a vaccination, but the visit does not say which vaccine. Add it to the visit."
    if not vaccine.lot or vaccine.expires_on is None:
        return "The vaccine's lot and expiry are needed. Add them to the visit; they are on the carton and the vial."
    if vaccine.expires_on < day:
        return (
            f"The lot expired on {say_day(vaccine.expires_on)}, before it was given on {say_day(day)}. "
            "If that is a slip, correct the expiry; if it is not, the patient needs a call."
        )
    return None


EDIT = Edit(
    code="documentation_complete",
    title="Documentation complete",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edits 11 and 20",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)

from datetime import date

from ..edit import Edit, Severity
from ..routing import GIVING, OWN_CODES, route


def check(facts):
    """Medicare Part B takes its own administration code for its vaccines, and nobody else does."""
    snapshot, vaccine = facts.snapshot, facts.snapshot.documentation.vaccine
    if vaccine is None or snapshot.coverage is None:
        return None
    found = route(vaccine.cvx, snapshot.coverage.line_of_business, snapshot.service_on)
    wanted = found.administration if found else ""
    given = sorted(GIVING.intersection(snapshot.codes))
    if wanted and given and wanted not in given:
        return (
            f"For this vaccine the plan takes {wanted}, not {', '.join(given)}. Correct the service code in the claim."
        )
    foreign = sorted(OWN_CODES.intersection(given)) if snapshot.coverage.line_of_business != "medicare" else []
    if foreign:
        return f"{', '.join(foreign)} is Medicare's own code; this plan takes 90471, or 90473 for a nasal spray."
    return None


EDIT = Edit(
    code="medicare_vaccine_codes",
    title="Medicare's own codes for giving a vaccine",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.1 (G0008, G0009, G0010 pair with their vaccines)",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

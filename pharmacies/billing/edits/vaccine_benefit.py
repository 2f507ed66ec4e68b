from datetime import date

from ..edit import Edit, Severity
from ..routing import GIVING, route


def check(facts):
    """A vaccine that the plan's pharmacy benefit pays is not sent as a medical claim."""
    snapshot, vaccine = facts.snapshot, facts.snapshot.documentation.vaccine
    if vaccine is None or snapshot.coverage is None or not GIVING.intersection(snapshot.codes):
        return None
    found = route(vaccine.cvx, snapshot.coverage.line_of_business, snapshot.service_on)
    if found is None or found.benefit == "medical":
        return None
    return (
        f"{vaccine.product or 'This vaccine'} (CVX {vaccine.cvx}) is paid by the plan's pharmacy benefit, not by a medical claim: a "
        "payer would deny this one with reason 109. Bill vaccine and administration together from the dispensing system "
        "(NCPDP, professional service MA), then withdraw this claim."
    )


EDIT = Edit(
    code="vaccine_benefit",
    title="Vaccine billed to the benefit that pays it",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5, 5.1 and 5.6, edit 11; CARC 109 is the denial that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

from datetime import date

from carecoord.kernel.npi import is_npi

from ..edit import Edit, Severity


def check(facts):
    """Ten digits, and the check digit holds."""
    npi = facts.snapshot.pharmacy.npi
    if is_npi(npi):
        return None
    said = f"{npi} is not an NPI" if npi else "The pharmacy has no NPI on record"
    return f"{said}. Ask your network or the PBM to correct it in the directory, then check the claim again."


EDIT = Edit(
    code="billing_npi",
    title="The pharmacy's NPI is right",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 2; 45 CFR 162.406; CARC 206 and 207 are the denials that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

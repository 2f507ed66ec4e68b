from datetime import date

from ..edit import Edit, Severity
from ..papers import needed


def check(facts):
    """The papers that the service needs are known to the PBM at all."""
    snapshot = facts.snapshot
    missing = [each.words for each in needed(snapshot) if not any(map(each.is_met_by, snapshot.credentials))]
    if not missing:
        return None
    return f"Not on record with the PBM: {'; '.join(missing).lower()}. Send a copy to your network, or a payer may deny the claim."


EDIT = Edit(
    code="credential_on_record",
    title="Papers on record",
    severity=Severity.WARN,
    check=check,
    source="domain/billing.md 5.6, edit 4",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

from datetime import date

from ..edit import Edit, Severity, say_day
from ..papers import SERVED_BY, needed


def check(facts):
    """Of each kind of paper that the service needs and that is on record, and of the licence of whoever served, one is in
    force on the day of service."""
    snapshot = facts.snapshot
    for each in (*needed(snapshot), SERVED_BY):
        kept = [paper for paper in snapshot.credentials if each.is_met_by(paper)]
        if kept and not any(paper.counts_on(snapshot.service_on) for paper in kept):
            return _sentence(each, kept, snapshot.service_on)
    return None


def _sentence(each, kept, day):
    newest = max(kept, key=lambda paper: (paper.until or date.max, paper.since))
    is_over = newest.until is not None and newest.until < day
    why = f"ended on {say_day(newest.until)}" if is_over else f"begins on {say_day(newest.since)}"
    return (
        f"{each.words} {why}: none was in force on {say_day(day)}. Send the renewed paper to your network or the PBM; when it is "
        "on record, check the claim again."
    )


EDIT = Edit(
    code="credential_in_force",
    title="Papers in force on the day",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 4; CARC B7 and 185 are the denials that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)

"""What the claims of a feed share: which action is the last word on a claim."""

from ...checks import day_number
from ...fields import Cached, one_of

ORIGINAL, CANCEL, ADJUST = "0", "1", "2"
ADJUSTMENT = Cached(
    one_of({"": ""} | {f"{zero}{code}": code for code in (ORIGINAL, CANCEL, ADJUST) for zero in ("", "0")})
)
LATEST_LOAD_DAYS = 4_095
RANKS = 4


def version_of(effective_on, loaded_on, rank):
    """Effective date, then load date (counted from the effective date, up to eleven years), then `rank`; None without dates."""
    if effective_on is None and loaded_on is None:
        return None
    effective_on = effective_on or loaded_on
    late = min(max(((loaded_on or effective_on) - effective_on).days, 0), LATEST_LOAD_DAYS)
    return (day_number(effective_on) * (LATEST_LOAD_DAYS + 1) + late) * RANKS + rank

"""The pharmacy level of adherence (-PH): the pharmacy to which a member's result counts.

It is the one that dispensed at least a share (51%) of the days' supply of all the member's claims of the class; above one half
there is at most one. The result stays the same. Rule: public page of PDC-STA-PH, pqa.memberclicks.net; domain/measures.md 3.1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..measure import Measure, Scope
from . import text
from .pdc_strip import FillFact

# The end of pdc.sql that shows, instead of judging, where the claims that the result counts were dispensed: each claim once,
# whatever it combines. A claim whose pharmacy the feed does not name is nobody's; with a supply that is not known, no share can
# be told.
_TAIL = """claim AS (
    SELECT f.patient_id, f.event_id, max(f.days_supply) AS days_supply, max(f.pharmacy_id) AS pharmacy_id,
        CASE WHEN max(f.pharmacy_id) IS NULL THEN max(f.pharmacy_ref) ELSE '' END AS pharmacy_ref
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code IN ({begins_with}) AND f.day >= %(first_day)s
    GROUP BY f.patient_id, f.event_id
),
dispensed AS (
    SELECT patient_id, CAST(sum(days_supply) AS integer) AS days_supply
    FROM claim GROUP BY patient_id
    HAVING min(CASE WHEN days_supply > 0 THEN 1 ELSE 0 END) = 1
),
dispensed_there AS (
    SELECT patient_id, pharmacy_id, pharmacy_ref, CAST(sum(days_supply) AS integer) AS days_supply
    FROM claim WHERE pharmacy_id IS NOT NULL OR pharmacy_ref <> ''
    GROUP BY patient_id, pharmacy_id, pharmacy_ref
)
SELECT t.patient_id, t.pharmacy_id, t.pharmacy_ref, t.days_supply, d.days_supply AS all_days_supply
FROM dispensed_there t
JOIN dispensed d ON d.patient_id = t.patient_id
WHERE t.days_supply * 10000 >= d.days_supply * %(pharmacy_share_bp)s
"""


@dataclass(frozen=True)
class CountsTo:
    """A member's pharmacy: `pharmacy_id` where the directory knows it, else `pharmacy_ref` as the feed names it.

    days_supply of all_days_supply days of the class were dispensed there.
    """

    patient_id: int
    pharmacy_id: int | None
    pharmacy_ref: str
    days_supply: int
    all_days_supply: int


@dataclass(frozen=True)
class Share:
    """What a pharmacy dispensed of the class. share_bp: hundredths of a percent, cut off; None while some supply is not known."""

    pharmacy_id: int | None
    pharmacy_ref: str
    fills: int
    days_supply: int
    share_bp: int | None
    counts_here: bool


def rows(cursor, measure: Measure, scope: Scope, *, is_prepared: bool = False) -> Iterator[CountsTo]:
    """Everybody of the scope who counts to a pharmacy. For measures whose kind has a pharmacy_share_bp. Raises NoSuchYear."""
    tail = _TAIL.format(**measure.kind.words())
    cursor.execute(text.of(measure, scope, tail=tail, is_prepared=is_prepared), text.parameters(measure, scope))
    while batch := cursor.fetchmany(text.BATCH):
        for row in batch:
            yield CountsTo(*row)


def shares(fills: Iterable[FillFact], *, share_bp: int) -> list[Share]:
    """What each pharmacy dispensed, the most first; of a fill with several target ingredients the days count once."""
    claims = {fill.event_id: fill for fill in fills}
    is_known = all(claim.days_supply and claim.days_supply > 0 for claim in claims.values())
    total = sum(claim.days_supply for claim in claims.values()) if is_known else 0
    places: dict[tuple[int | None, str], list[FillFact]] = {}
    for claim in claims.values():
        ref = "" if claim.pharmacy_id else claim.pharmacy_ref
        places.setdefault((claim.pharmacy_id, ref), []).append(claim)
    found = []
    for (pharmacy_id, ref), there in places.items():
        days = sum(claim.days_supply or 0 for claim in there)
        is_somebody = pharmacy_id is not None or ref != ""
        is_enough = is_known and days * 10_000 >= total * share_bp
        share = days * 10_000 // total if is_known else None
        found.append(Share(pharmacy_id, ref, len(there), days, share, is_somebody and is_enough))
    return sorted(found, key=lambda one: (-one.days_supply, one.pharmacy_id or 0, one.pharmacy_ref))

"""What a letter of a programme says: words with gaps. No condition, drug or diagnosis ever stands in one.

Gaps: {name} the member, {pbm}, {since} the first day, {until} the first day without. The title of a programme may name a
condition, so it is no gap. A paragraph that is PHARMACY, OFFERS or CONTACT is replaced by the pharmacy's name and address,
what the programme offers, and how to reach it.
"""

from dataclasses import dataclass
from datetime import date

PHARMACY, OFFERS, CONTACT = "pharmacy", "offers", "contact"
BLOCKS = frozenset({PHARMACY, OFFERS, CONTACT})


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`kind` is the code of MemberLetter.Kind, and the file's name."""

    kind: str
    subject: str
    paragraphs: tuple[str, ...]
    source: str
    reviewed_on: date
    review_due: date

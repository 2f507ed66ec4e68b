"""Members who have no id of their own: known by the subscriber's id, their birth date and their first name.

Enrolment (834) and claims (837) derive the id in the same way, so a claim finds the person whom the enrolment told of. Twins
differ by first name; a newborn who has no name yet could be either twin, or a sibling born later: no id can be derived.
"""

import re
from hashlib import blake2b
from unicodedata import combining, normalize

NO_NAME = re.compile(
    "(?:(?:BABY|NEWBORN|INFANT|NB|UNKNOWN|TWIN|TRIPLET|CHILD)(?:BOY|GIRL|MALE|FEMALE)?|BOY|GIRL|B[BG])(?:[A-D]|I{1,3}|ONE|TWO)?"
)
"""First names that hospitals write where there is none yet. A letter behind it says which twin, but not which name he gets."""


def letters(name):
    """MARY-ANN and Mary Ann are one name: letters only, capitals, without accents."""
    return "".join(c for c in normalize("NFKD", name).upper() if c.isalpha() and not combining(c))


def dependant_id(subscriber_id, born_on, first_name):
    """'S1-4f2c19a07be1', or '' where the person cannot be told apart from a sibling."""
    first = letters(first_name)
    if not (subscriber_id and born_on and first) or NO_NAME.fullmatch(first):
        return ""
    told = blake2b(f"{born_on}|{first}".encode(), digest_size=6).hexdigest()
    return f"{subscriber_id}-{told}"

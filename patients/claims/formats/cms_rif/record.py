"""What every record of the research files begins with: what is to be done with it, and whether it is the last word."""

from ...checks import day_number
from ...fields import Cached, one_of

# DML_IND says what the sender did to the record. Files without the column hold plain inserts.
INSERT, UPDATE, DELETE = 0, 1, 2
DML = Cached(one_of({"": INSERT, "INSERT": INSERT, "UPDATE": UPDATE, "DELETE": DELETE}))
# FINAL_ACTION: F is the last word on the claim, N was replaced by a later action of its claim group.
FINAL_ACTION = Cached(one_of({"": "F", "F": "F", "N": "N"}))
DML_PER_DAY = 4


def version_of(processed_on, dml):
    """The version from the record's own content: the day it was processed, then insert < update < delete."""
    return None if processed_on is None else day_number(processed_on) * DML_PER_DAY + dml

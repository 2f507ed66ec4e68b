"""Which papers a service needs, of the pharmacy or of the person who gave it."""

from dataclasses import dataclass

from .routing import GIVING

DSMT = frozenset(["G0108", "G0109"])


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A kind of credential (pharmacies.models.Credential), whose it must be (None: either's), and its words."""

    kind: str
    is_persons: bool | None
    words: str

    def is_met_by(self, paper):
        return paper.kind == self.kind and self.is_persons in (None, paper.is_persons)


ALWAYS = (
    Paper(kind="license", is_persons=False, words="The pharmacy's licence"),
    Paper(kind="exclusion_check", is_persons=None, words="The exclusion-list check"),
)
SERVED_BY = Paper(kind="license", is_persons=True, words="The licence of the person who served")
"""Asked of those whose licence is on record: networks need not record one of everybody."""
VACCINATION = Paper(kind="immunization", is_persons=None, words="The immunization certificate")
TRAINING = Paper(kind="dsmt", is_persons=False, words="The accreditation for diabetes training")


def needed(snapshot):
    """The Papers that the claim's services need."""
    codes = set(snapshot.codes)
    return (*ALWAYS, *([VACCINATION] if codes & GIVING else ()), *([TRAINING] if codes & DSMT else ()))

"""History of adjudicated pharmacy claims in the layout of a payer or PBM: header, details, trailer; the layout is a mapping.

A file says by itself which mapping it is of: by the `recognise` table of one of the TOML files here in mappings/ or in the
folder that CARECOORD_FEED_MAPPINGS names (a name that is in both is taken from there). So the format of a delivery is always
ncpdp_history. What a mapping may say: mapping.py; `manage.py check_mapping FILE [SAMPLE]` checks one. The variable is read
here and not in the settings because large files are read by a process without Django.
"""

import os
from itertools import chain
from pathlib import Path

from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.outcome import FeedRefused
from ..reading.records import RecordFeed
from ..reading.shape import Field
from ..reading.strangers import name_of
from .lines import cut
from .mapping import FIELDS, NEEDED
from .parsing import BadMapping, parse

OWN = Path(__file__).parent / "mappings"
FOLDER = "CARECOORD_FEED_MAPPINGS"
LONGEST_START = 1 << 16
MEANS = {
    "claim_id": "The claim's number, the same in its versions.",
    "member_id": "The member's id, as eligibility has it.",
    "filled_on": "Day of service.",
    "ndc": "The product.",
    "paid_on": "Day of payment or adjudication: the version, by which later words overtake earlier ones.",
    "transaction": "B1 a claim, B2 a reversal, B3 a claim that replaces another; by [codes.transaction].",
    "original_claim_id": "The claim that a reversal means, with acts_on = original_claim_id.",
}
FAULTS = {
    "date": ("not_a_date", "out_of_range"),
    "cents": ("not_a_number", "money_precision", "out_of_range"),
    "decimal3": ("not_a_number", "quantity_precision", "out_of_range"),
    "int": ("not_a_number", "out_of_range"),
    "bool": ("unknown_code",),
    "text": ("not_a_code", "too_long", "control_character", "unknown_code"),
}


def mappings():
    """({name: Mapping}, names of those with faults)."""
    found, broken = {}, []
    folders = [OWN, *(Path(folder) for folder in [os.environ.get(FOLDER, "")] if folder)]
    for folder in folders:
        if not folder.is_dir():
            broken.append(f"the folder that {FOLDER} names, which is not there")
        for path in sorted(folder.glob("*.toml")):
            try:
                found[path.stem] = parse(path.read_text("utf-8"), path.stem)
            except (BadMapping, UnicodeDecodeError, OSError):
                broken.append(path.name)
    return found, broken


def choose(line, known, broken):
    """The one mapping whose files begin so. Raises FeedRefused when there is none, or several."""
    fitting = [mapping for mapping in known.values() if mapping.fits(line)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(mapping.name for mapping in fitting)
        raise FeedRefused("ambiguous_mapping", f"The file is recognised by several mappings: {names}.", 1)
    told = f"No mapping recognises the first line. Mappings: {', '.join(known) or 'none'}."
    if broken:
        told += f" Not tried, because of faults: {', '.join(broken)}."
    raise FeedRefused("no_mapping", f"{told} {name_of(line)}".strip(), 1)


def open_history(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None, mapping=None):
    """A RecordFeed over lines. `mapping`: instead of the one that recognises the file."""
    source = blocks(stream, max_bytes=max_bytes, ratio=ratio)
    start = b""
    while b"\n" not in start.lstrip(b"\r\n") and len(start) < LONGEST_START and (more := next(source, b"")):
        start += more
    line = start.lstrip(b"\r\n").split(b"\n", 1)[0].removesuffix(b"\r")
    mapping = mapping or choose(line, *mappings())
    return RecordFeed(cut(mapping, chain([start], source)), name=name, today=today)


FORMAT = Format(
    code="ncpdp_history",
    title="History of adjudicated pharmacy claims, by a payer's mapping",
    media_types=("text/plain", "text/csv", *CONTAINER_TYPES),
    open=open_history,
    fields={
        "field of a mapping": tuple(
            Field(
                name,
                MEANS.get(name, name.replace("_", " ").capitalize() + "."),
                type_,
                name in NEEDED,
                "",
                FAULTS[type_],
            )
            for name, type_ in FIELDS.items()
        )
    },
)

"""Prescription drug events (PDE) as plans send them to CMS, and as CMS returns them: fixed width, 512 or 1,000 characters.

HDR, then batches (BHD, details, BTR) of a contract and plan each, then TLR. LF or CRLF. A record may lack its trailing
blanks (see layout.py). Details are DET in files sent to CMS; ACC, INF and REJ in files that CMS returns. ACC and INF (CMS
took it, with a remark) are claims. REJ is none: CMS did not take the event, and what the plan sends instead will come.

Original, adjustment (A) and deletion (D) are one claim: see `detail._key`. The version is the day on which the file was sent
to CMS (HDR), then original < adjustment < deletion; the paid date does not change with an adjustment and may be absent.
Control totals: batch and file trailers against what was read.
"""

from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.lines import numbered
from ..reading.records import RecordFeed
from .batches import cut
from .documented import FIELDS


def open_feed(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes as a RecordFeed. Raises FeedRefused, also while it is read."""
    chunks = numbered(blocks(stream, max_bytes=max_bytes, ratio=ratio))
    return RecordFeed(cut(chunks), name=name, today=today)


FORMAT = Format(
    code="cms_pde",
    title="CMS prescription drug events, fixed width",
    media_types=("text/plain", *CONTAINER_TYPES),
    open=open_feed,
    fields={"prescription drug event": FIELDS},
)

"""Lists page by an opaque cursor: the last key seen, so that rows that come in between are neither skipped nor shown twice."""

import base64
import binascii

from rest_framework.exceptions import ValidationError

PAGE = 100


def page_of(request, rows, *, shown, newest_first=False):
    """{"results": [...], "next": cursor or null}. `?cursor=` and `?limit=` (1 to 100). Raises ValidationError."""
    order, beyond = ("-pk", "pk__lt") if newest_first else ("pk", "pk__gt")
    limit = _limit(request.query_params.get("limit", str(PAGE)))
    after = _after(request.query_params.get("cursor", ""))
    if after is not None:
        rows = rows.filter(**{beyond: after})
    found = list(rows.order_by(order)[: limit + 1])
    more = len(found) > limit
    return {"results": [shown(row) for row in found[:limit]], "next": _cursor(found[limit - 1].pk) if more else None}


def _limit(text):
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= PAGE):
        raise ValidationError(f"limit must be a number from 1 to {PAGE}.")
    return int(text)


def _cursor(key):
    return base64.urlsafe_b64encode(f"k{key}".encode()).decode().rstrip("=")


def _after(cursor):
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if text[0] != "k" or not text[1:].isdigit() or len(text) > 19:
            raise ValueError
        return int(text[1:])
    except (binascii.Error, ValueError, IndexError) as error:
        raise ValidationError("cursor must be one that this list gave.") from error

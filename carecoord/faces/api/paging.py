"""Lists page by an opaque cursor: the last key seen, so that rows that come in between are neither skipped nor shown twice."""

import base64
import binascii

from rest_framework.exceptions import ValidationError

PAGE = 100
OF_A_TABLE = 10**15
"""Keys of a table lie below; the cursor of several tables says with it which one it is in."""


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


def page_of_several(request, several, *, shown):
    """The same of rows of several tables, one after the other: `several` are querysets of dicts with `pk`, `shown(index, rows)`
    makes a list of a page's rows of one of them."""
    limit = _limit(request.query_params.get("limit", str(PAGE)))
    first, after = divmod(_after(request.query_params.get("cursor", "")) or 0, OF_A_TABLE)
    found = []
    for index in range(first, len(several)):
        rows = several[index].filter(pk__gt=after if index == first else 0).order_by("pk")
        found += [(index, row) for row in rows[: limit + 1 - len(found)]]
        if len(found) > limit:
            break
    more, found = len(found) > limit, found[:limit]
    results = []
    for index in range(first, len(several)):
        results += shown(index, [row for at, row in found if at == index])
    last = found[-1][0] * OF_A_TABLE + found[-1][1]["pk"] if more else None
    return {"results": results, "next": _cursor(last) if more else None}


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

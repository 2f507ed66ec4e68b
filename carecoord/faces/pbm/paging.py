"""Pages by key: the next page begins after the last row of this one, whatever was added meanwhile."""

from django import forms
from django.db.models import Q

from carecoord.faces.components.tables import Page, counted

SIZE = 50


def page_of(rows, query, *, sorts, default, noun, several="", size=SIZE):
    """(rows of one page, Page). `query` is the QueryDict of the address: `sort` (a key of `sorts`, or -key) and `after`
    (the key of the row before). `sorts`: word -> a field that is never null. `noun` and `several` name one row and more.
    Nonsense begins at the first page."""
    word = query.get("sort", default)
    descending, field = word.startswith("-"), sorts.get(word.removeprefix("-"), sorts[default.removeprefix("-")])
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    total = rows.count()
    rest = rows
    if anchor := _anchor(rows, query.get("after")):
        value = rows.filter(pk=anchor.pk).values_list(field, flat=True)[0]
        rest = rows.filter(Q(**{f"{field}__{beyond}": value}) | Q(**{field: value, f"pk__{beyond}": anchor.pk}))
    found = list(rest.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    address = query.copy()
    first = "?" + address.urlencode() if address.pop("after", None) else ""
    more = ""
    if len(found) > size:
        address["after"] = found[size - 1].pk
        more = f"?{address.urlencode()}"
    return found[:size], Page(
        shown=f"{len(found[:size])} of {counted(total, noun, several)}", next_href=more, previous_href=first
    )


def _anchor(rows, text):
    try:
        return rows.filter(pk=forms.IntegerField(min_value=1, max_value=2**62).clean(text)).first()
    except forms.ValidationError:
        return None

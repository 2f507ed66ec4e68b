"""Rows by name, in the order of their layout."""

from ...records import LAYOUTS

EMPTY = {"text": "", "texts": ()}
BLANK = {
    kind: {column.name: False if column.name == "is_reversal" else EMPTY.get(column.type) for column in layout.columns}
    for kind, layout in LAYOUTS.items()
}


def row(kind, **values):
    """(kind, row) of the values named; the others are empty. Names that the layout lacks are an error of ours."""
    named = BLANK[kind] | values
    if len(named) > len(BLANK[kind]):
        raise TypeError(f"{kind} has no column {sorted(values.keys() - BLANK[kind].keys())}")
    return kind, tuple(named.values())

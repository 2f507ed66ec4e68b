"""Small numbers are not told: a count of one to ten could point at a person."""

from dataclasses import dataclass

from carecoord.kernel.parameters.parameter import Parameter

SMALLEST_CELL = Parameter(
    "evaluation.smallest_cell",
    default=11,
    unit="members",
    low=2,
    high=100,
    why="CMS's cell size policy: no count of 1 to 10 leaves, nor a number from which it can be worked out.",
)


@dataclass(frozen=True)
class Cell:
    """A count that may be told, or None with the reason in `words`."""

    count: int | None
    words: str

    @property
    def is_hidden(self) -> bool:
        return self.count is None


def cell(count: int, *, least: int) -> Cell:
    """Zero is told; one to `least` - 1 is not."""
    return Cell(count, f"{count:,}") if count == 0 or count >= least else Cell(None, f"fewer than {least}")


def cells(counts: dict, *, least: int) -> dict[object, Cell]:
    """Counts that add up to a total that is told: where one alone is hidden, the next smallest is hidden with it."""
    found = {name: cell(count, least=least) for name, count in counts.items()}
    hidden = [name for name, one in found.items() if one.is_hidden]
    if len(hidden) == 1:
        others = [name for name, count in counts.items() if count and name not in hidden]
        if others:
            found[min(others, key=counts.get)] = Cell(None, "hidden, so that a small number cannot be worked out")
    return found


def rate(part: int, whole: int, *, least: int) -> str:
    """'71.4%' of members, cut off; hidden where the members, those counted or those left are too few."""
    if whole == 0:
        return "nobody counted"
    if any(0 < number < least for number in (whole, part, whole - part)):
        return f"fewer than {least}"
    whole_percent, tenth = divmod(part * 1000 // whole, 10)
    return f"{whole_percent}.{tenth}%"

"""What a feed gives: good rows, bad lines, or a refusal of the whole file."""

from typing import NamedTuple

from ...checks import Problem


class Good(NamedTuple):
    """A clean row in the order of its kind's layout, and the number of its record: of the line in files of lines (the header
    is line 1), else of what the format counts (`Format.counts`). `kind` is '' in feeds of one kind: then it is the feed's.
    """

    number: int
    row: tuple
    kind: str = ""


class Bad(NamedTuple):
    """A rejected record: everything that is wrong with it, and the sha256 of its bytes without the line end."""

    number: int
    problems: tuple[Problem, ...]
    digest: str


class Written(NamedTuple):
    """Good rows of a feed of one kind, one a line, as COPY takes them: (number, words of encoding.Encoder) of each."""

    lines: list[tuple[int, str]]


class FeedRefused(Exception):
    """The whole file is refused. `code` is stable, `message` is for the sender and holds no PHI, `line` is 0 for none.

    It may come late: a damaged gzip file is known only when its end is reached. What was read before must not stay.
    """

    def __init__(self, code, message, line=0):
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line

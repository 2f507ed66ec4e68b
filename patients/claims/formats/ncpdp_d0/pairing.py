"""Requests wait for their answers, in the order of the file and within bounds, and become records.

An answer belongs to the oldest request that has none yet and agrees in batch reference, transaction code, pharmacy, day of
service and, where the answer names them, in the prescription numbers. Answers may follow each request, or come as a batch
behind a batch of requests. A request that is sent again, byte by byte, while the first has no answer is the same claim: where one
answer comes for both, it is the answer of both.
"""

import re
from collections import deque
from dataclasses import dataclass
from functools import partial

from ...checks import Rejected, problem
from ..reading.outcome import FeedRefused
from ..reading.records import Record
from .framing import SAYS, version_of
from .rows import rows_of
from .transmission import alone, groups_in, head_of
from .versions import NO_CLAIMS

MOST_WAITING = 10_000
MOST_BYTES = 16 << 20
RX = re.compile(rb"\x1cD2([^\x1c-\x1e]{0,60})")


@dataclass(slots=True, eq=False)
class Waiting:
    """A transmission in the queue. `number`: of its first transaction. `is_done`: it waits for nothing more. `first`: the same
    transmission, sent before while it had no answer; its answer counts for both."""

    number: int
    raw: bytes
    groups: int = 1
    head: object = None
    answer: tuple | None = None
    problems: tuple = ()
    is_done: bool = True
    keys: tuple = ()
    first: "Waiting | None" = None

    def records(self):
        self.answer = self.answer or (self.first and self.first.answer)
        if self.problems:
            yield Record(self.number, self.raw, partial(_reject, self.problems))
            return
        for place in range(self.groups):
            build = partial(rows_of, self.raw, self.head, place, self.answer)
            yield Record(self.number + place, self.raw, build, sent=partial(self._alone, place))

    def _alone(self, place):
        """The transaction with its answer, a line each, without the others of its transmission: sent again, it is whole, and
        nothing comes twice."""
        raw = alone(self.raw, self.head, place, self.groups)
        if self.answer is None:
            return raw
        answer, head = self.answer
        return raw + b"\n" + alone(answer, head, place, self.groups)


def _reject(problems, seen):
    raise Rejected(problems)


class Desk:
    """Where requests wait."""

    def __init__(self):
        self.queue, self.by_key, self.by_raw, self.bytes = deque(), {}, {}, 0
        self.next_number, self.has_let_go = 1, False

    def take(self, framed):
        """A Framed comes in; yields the Records that are ready."""
        try:
            self._take(framed)
        except Rejected as rejected:
            self._queue(Waiting(self.next_number, framed.raw, problems=tuple(rejected.problems)))
        while self.queue and self.queue[0].is_done:
            yield from self._release()
        while len(self.queue) > MOST_WAITING or self.bytes > MOST_BYTES:
            self.has_let_go = True
            yield from self._release()

    def rest(self):
        while self.queue:
            yield from self._release()

    def _take(self, framed):
        if framed.fault:
            raise Rejected([problem("transmission", framed.fault, SAYS[framed.fault])])
        version, is_request = version_of(framed.raw)
        if version is None:
            says = "is not that of a version that is read, or does not stand where it belongs."
            raise Rejected([problem("102-A2", "wrong_version", says)])
        head = head_of(framed.raw, version, is_request)
        groups = groups_in(framed.raw, head)
        numbers = (
            tuple(raw.strip().lstrip(b"0") for raw in RX.findall(framed.raw))
            if head.transaction not in NO_CLAIMS
            else ()
        )
        key = (framed.reference, head.transaction, head.pharmacy, head.day)
        if is_request:
            is_done = head.transaction in NO_CLAIMS
            keys = () if is_done else (key, (*key, numbers))
            self._queue(Waiting(self.next_number, framed.raw, groups, head, is_done=is_done, keys=keys))
        else:
            self._answer(framed.raw, head, groups, key, numbers)

    def _answer(self, raw, head, groups, key, numbers):
        waiting = self._oldest((*key, numbers) if len(numbers) == groups else key)
        if waiting is not None:
            waiting.answer, waiting.is_done = (raw, head), True
            return
        if head.transaction in NO_CLAIMS:
            return
        if self.has_let_go:
            message = f"An answer comes more than {MOST_WAITING:,} transmissions behind its request, or has none. "
            raise FeedRefused("answer_too_late", message + "Put answers behind their requests, or send shorter files.")
        raise Rejected([problem("transmission", "no_request", "is an answer to no request of this file.")])

    def _oldest(self, key):
        found = self.by_key.get(key, ())
        while found and found[0].is_done:
            found.popleft()
        return found[0] if found else None

    def _queue(self, waiting):
        self.next_number += waiting.groups
        self.bytes += len(waiting.raw)
        self.queue.append(waiting)
        if waiting.keys and (first := self.by_raw.setdefault(waiting.raw, waiting)) is not waiting:
            waiting.first = first
        for key in waiting.keys:
            self.by_key.setdefault(key, deque()).append(waiting)

    def _release(self):
        waiting = self.queue.popleft()
        waiting.is_done = True
        self.bytes -= len(waiting.raw)
        if self.by_raw.get(waiting.raw) is waiting:
            del self.by_raw[waiting.raw]
        for key in waiting.keys:
            if self._oldest(key) is None:
                self.by_key.pop(key, None)
        yield from waiting.records()

"""Elements of X12 segments as money, numbers and days; what cannot be read becomes a Problem, and reading goes on."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from carecoord.kernel.money import cents as to_cents

from .x12_tokens import Problem

BIGGEST_CENTS = 10**11


class Elements:
    """Collects the problems of one file. Each reader gives a value of its kind even where there is a problem."""

    def __init__(self):
        self.problems = []

    def problem(self, s, element, code, sentence):
        self.problems.append(
            Problem(segment=s.number, segment_id=s.id[:3], element=element, code=code, sentence=sentence)
        )

    def needed(self, s, at, what):
        if not s.get(at):
            self.problem(s, at, "missing", f"The {what} is missing.")
        return s.get(at)

    def money(self, s, at, *, is_optional=False):
        text = s.get(at)
        if not text and is_optional:
            return 0
        try:
            found = to_cents(f"0{text}" if text.startswith(".") else text.replace("-.", "-0.", 1).rstrip("."))
        except ValueError:
            self.problem(s, at, "amount", f"'{text[:20]}' is no amount of money.")
            return 0
        if "." in text and len(text.split(".")[1].rstrip("0")) > 2:
            self.problem(s, at, "amount", f"'{text[:20]}' has parts of a cent.")
        if abs(found) > BIGGEST_CENTS:
            self.problem(s, at, "amount", f"'{text[:20]}' is more than a payment can be.")
            return 0
        return found

    def number(self, s, at):
        try:
            found = Decimal(s.get(at))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            self.problem(s, at, "number", f"'{s.get(at)[:20]}' is no number.")
            return Decimal(0)
        return found

    def day(self, s, at):
        text = s.get(at)
        try:
            if len(text) == 8 and text.isascii() and text.isdigit():
                return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day without a time
        except ValueError:
            pass
        self.problem(s, at, "day", f"'{text[:20]}' is no day (YYYYMMDD)." if text else "The day is missing.")
        return None

"""Quick PINs: what makes a poor one, and how they are kept."""

from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import salted_hmac

FEWEST, MOST = 4, 8
RUNS = "01234567890", "98765432109"


def trouble(pin):
    """Why this cannot be somebody's PIN, as a sentence; '' when it can."""
    if not (pin.isascii() and pin.isdigit() and FEWEST <= len(pin) <= MOST):
        return f"A PIN is {FEWEST} to {MOST} digits."
    half = len(pin) // 2
    if len(set(pin)) == 1 or any(pin in run for run in RUNS) or (len(pin) % 2 == 0 and pin[:half] == pin[half:]):
        return "That is among the first that anybody tries. Choose digits without a pattern."
    return ""


def digest(pin):
    """For the database: argon2 of a keyed hash, since so few digits would fall to a guess if the table were stolen."""
    return make_password(_keyed(pin))


def fits(pin, kept):
    """Whether a typed PIN is the kept one."""
    return check_password(_keyed(pin), kept)


def _keyed(pin):
    return salted_hmac("carecoord.quick-pin", pin, algorithm="sha256").hexdigest()

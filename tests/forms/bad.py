"""What nobody should send: (label, value). A value is text, bytes, None (the field is left out) or a tuple (it is repeated)."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.factories.cast import npi

HUGE = "1" + "0" * 30
SCRIPT = "<script>alert(1)</script>\"'>"
BROKEN = b"\xff\xfea\xed\xa0\x80"
TEXT = (
    ("empty", ""), ("spaces", "   "), ("long", "x" * 10_000), ("nul", "a\0b"), ("no UTF-8", BROKEN), ("script", SCRIPT),
    ("emoji", "\U0001f9e8\U0001f469\u200d\U0001f467"), ("turned round", "\u202eabc\u2066"), ("unseen", "\u200b\u2060\u3164"),
    ("control", "a\x1b[31m\x07b"), ("two lines", "a\r\nBcc: x@example.org"), ("zero", "0"), ("missing", None), ("twice", ("a", "b")),
)  # fmt: skip
NUMBER = (
    ("negative", "-1"), ("huge", HUGE), ("infinite", "1e309"), ("NaN", "NaN"), ("decimal", "1.5"), ("a third place", "12.345"),
    ("beyond int", "2147483648"), ("beyond bigint", "9223372036854775808"), ("arabic", "\u0663"), ("hex", "0x10"),
)  # fmt: skip
DAY = (
    ("no day", "0000-00-00"), ("30 February", "2026-02-30"), ("year 1", "0001-01-01"), ("year 9999", "9999-12-31"),
    ("1850", "1850-01-01"), ("2150", "2150-01-01"), ("words", "tomorrow"), ("long ago", "1999-01-01"), ("slashes", "1/2/03"),
    ("a time too", "2026-01-01T00:00"), ("year 1, a time", "0001-01-01T00:00"), ("year 9999, a time", "9999-12-31T23:59"),
    ("a month", "0001-01"), ("last month", "9999-12"),
)  # fmt: skip
CHOICE = (
    ("unknown", "nonsense"), ("no uuid", "12345678-1234"), ("nobody's", "00000000-0000-4000-8000-000000000000"),
    ("minus", "-1"), ("huge id", HUGE), ("beyond bigint", "9223372036854775808"), ("zero", "0"), ("nul", "\0"),
    ("no UTF-8", BROKEN), ("script", SCRIPT), ("empty", ""), ("missing", None), ("spaces", " "), ("long", "9" * 5_000),
)  # fmt: skip
FILES = (
    ("no file", None), ("empty file", b""), ("binary", bytes(range(256)) * 20), ("UTF-16", "npi,name\n1,a\n".encode("utf-16")),
    ("one line", b"x" * 100_000), ("NUL in it", b"npi,name\n1\0,a\0\n"), ("too large", b"a,b\n" * 1_500_000), ("half an 835", b"ISA*00*"),
    ("quotes", b'npi,name\n"1,"a\n"'), ("no text", b"\xff\xfe\xff"),
)  # fmt: skip
ASKED = (("nul", "\0"), ("huge", HUGE))
EVERY = tuple(dict([*TEXT, *NUMBER, *DAY, *CHOICE]).items())


WORST = {
    "nul", "no UTF-8", "script", "turned round", "unseen", "long", "two lines", "huge", "NaN", "a third place", "negative", "year 1",
    "year 9999", "30 February", "unknown", "huge id", "missing", "no file", "empty file", "binary", "UTF-16", "half an 835",
}  # fmt: skip
TOGETHER = tuple(pair for pair in EVERY if pair[0] in ("script", "no UTF-8", "year 1"))


def _values(control):
    """The values that are bad in a way that fits, the worst first."""
    if control.kind == "file":
        return FILES
    if control.kind in ("date", "datetime-local", "month", "time"):
        return DAY
    if control.numeric:
        return NUMBER
    return CHOICE if control.kind in ("select", "radio", "checkbox", "hidden") else TEXT


def for_form(form, *, how):
    """(name, label, value) of what is sent, one field at a time; `how` as CARECOORD_FORMS says it."""
    kinds = {}
    for name, control in form.controls.items():
        if name == "csrfmiddlewaretoken":
            continue
        fitting = _values(control)
        if how == "every":
            yield from ((name, *pair) for pair in (FILES if control.kind == "file" else EVERY))
        elif how == "fitting":
            yield from ((name, *pair) for pair in fitting)
        else:
            kinds.setdefault(tuple(pair for pair in fitting if pair[0] in WORST), []).append(name)
    for values, names in kinds.items():
        for number in range(max(len(values), len(names))):
            yield names[number % len(names)], *values[number % len(values)]


def file_of(content):
    return SimpleUploadedFile("a\u202efile.csv", content, content_type="text/csv")


def guess(control):
    """What a person might put into an empty field."""
    if any(control.values) and control.kind != "radio" or control.kind == "hidden":
        return list(control.values)
    if control.choices:
        return control.values or [next((choice for choice in control.choices if choice), "")]
    name, today = control.name, timezone.localdate()
    day = {"date": today, "month": f"{today:%Y-%m}", "datetime-local": f"{today + timedelta(1)}T12:00", "time": "10:00"}
    if control.kind in day:
        return [str(day[control.kind])]
    if control.kind == "file":
        return [b"code,label,amount,area,since\n99606,Call,25.00,any,2026-01-01\n"]
    if control.kind == "email" or "email" in name:
        return ["somebody.new@example.org"]
    if control.kind == "password":
        return ["a rather long pass phrase 7"]
    for part, value in GUESSES.items():
        if part in name:
            return [value]
    return ["1"] if control.numeric else ["Some words"]


GUESSES = {
    "npi": npi(77), "tax_id": "123456789", "zip": "249011234", "phone": "3045550100", "contact": "Call 304-555-0100", "state": "WV",
    "amount_cents": "25.00", "amount": "1.00", "basis_points": "12.5", "ndc": "", "barcode": "", "lot": "A1", "county_fips": "",
    "time_zone": "America/New_York", "code": "99607", "edi_id": "PAYERA", "taxonomy": "3336C0003X", "systolic": "", "diastolic": "",
    "doses": "5", "found": "", "place": "",
}  # fmt: skip

"""The answers of a form as they are kept: known fields, text or lists of codes, nothing else."""

from carecoord.kernel.words import BROKEN, tidy

from .gs1 import SEPARATOR
from .protocol import LONGEST_TEXT, LONGEST_WORD, Kind


class UnknownAnswer(ValueError):
    """The form was sent a field that it does not have, or something that is no answer. Never shows what was sent."""


def cleaned(protocol, answers):
    """A new dict in the order of the form; empty answers are left out. Raises UnknownAnswer."""
    unknown = set(answers) - set(protocol.by_name)
    if unknown:
        raise UnknownAnswer(f"{protocol.title} has no field of that name ({len(unknown)} unknown).")
    kept = {each.name: _one(each, answers[each.name]) for each in protocol.fields if each.name in answers}
    return {name: value for name, value in kept.items() if value}


def _one(field, value):
    if field.kind == Kind.SEVERAL:
        if not isinstance(value, list | tuple) or len(value) > len(field.choices):
            raise UnknownAnswer(f"{field.label}: a list of choices.")
        return [_text(field, each, LONGEST_WORD) for each in value]
    if not isinstance(value, str):
        raise UnknownAnswer(f"{field.label}: text.")
    if field.kind == Kind.BARCODE:
        value = value.replace("\x1d", SEPARATOR)
    return _text(field, value, LONGEST_TEXT if field.kind == Kind.LONG_TEXT else LONGEST_WORD)


def _text(field, value, longest):
    if not isinstance(value, str) or len(value) > longest:
        raise UnknownAnswer(f"{field.label}: at most {longest} characters.")
    text = tidy(value.replace("\0", ""), lines=True)
    if BROKEN in text:
        raise UnknownAnswer(f"{field.label}: some of it did not arrive as text. Please type it anew.")
    return text

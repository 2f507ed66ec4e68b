"""What people type, without what nobody sees: it would hide in a name, turn a line of a letter round, or end a header early."""

import unicodedata

BROKEN = "\ufffd"
"""Stands where bytes were no text."""
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that are drawn as nothing."""
KEPT = "\u200c\u200d\u200e\u200f"
"""Joiners and direction marks, which some scripts and every emoji of several people need."""


def tidy(text, *, lines=False):
    """Without control and direction-turning characters, and '' if nothing of it can be seen. NUL stays, to be refused.

    `lines`: whether it may have several; else a break is a space.
    """
    kept = "".join(_one(each, lines) for each in text.replace("\r\n", "\n").replace("\r", "\n"))
    return kept.strip() if any(map(_is_seen, kept)) else ""


def _one(character, lines):
    if character in "\n\t":
        return character if lines else " "
    if character == "\0" or character in KEPT:
        return character
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


def _is_seen(character):
    return character == "\0" or unicodedata.category(character)[0] not in "CZ" and character not in BLANK

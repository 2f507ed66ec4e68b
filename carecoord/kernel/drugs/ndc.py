"""National Drug Codes in their billing form: eleven digits, labeler 5, product 4, package 2."""

import re

_SEGMENTS = re.compile(r"(\d{4,5})-(\d{3,4})-(\d{1,2})")
_SHAPES = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)}
_ELEVEN = re.compile(r"\d{11}")


class NotAnNdc(ValueError):
    """The text is not an NDC that can be brought to eleven digits without guessing."""


def to_ndc11(text: str) -> str:
    """Eleven digits without hyphens. FDA's 4-4-2, 5-3-2 and 5-4-1 forms get the zero where it is missing.

    Ten digits without hyphens stay ambiguous (three paddings are possible), so they are refused: raises NotAnNdc.
    """
    code = text.strip()
    if _ELEVEN.fullmatch(code):
        return code
    if found := _SEGMENTS.fullmatch(code):
        labeler, product, package = found.groups()
        if (len(labeler), len(product), len(package)) in _SHAPES:
            return labeler.zfill(5) + product.zfill(4) + package.zfill(2)
    raise NotAnNdc("An NDC has eleven digits, or ten with hyphens (4-4-2, 5-3-2 or 5-4-1).")

"""Parameters as literals, for engines that do not know PostgreSQL's."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

_NAMED = re.compile(r"%\((\w+)\)s|%%")


def filled(text: str, parameters: Mapping[str, Any]) -> str:
    """The text with literals for its %(name)s. Raises KeyError for a name that has no value, TypeError for a value of another type."""
    return _NAMED.sub(lambda found: "%" if found[0] == "%%" else literal(parameters[found[1]]), text)


def literal(value: Any) -> str:
    """A value as PostgreSQL's SQL: integers, days and texts are all that measures ask with."""
    match value:
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise TypeError(f"No literal for {type(value).__name__}.")

"""The texts of measures in another engine's words: parameters become literals, and sqlglot does the rest."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

_NAMED = re.compile(r"%\((\w+)\)s|%%")
_EPOCH = "1970-01-01"


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


@lru_cache(maxsize=256)
def translated(text: str, dialect: str) -> str:
    """One statement of PostgreSQL's SQL in the engine's."""
    (tree,) = sqlglot.parse(text, read="postgres")
    if dialect == "spark":
        tree = tree.transform(_days_since_epoch)
    return tree.sql(dialect=dialect)


def in_steps(text: str) -> tuple[list[tuple[str, str, int]], str]:
    """The common table expressions of a text as (name, SELECT, how often it is named), in order, and what follows them."""
    (tree,) = sqlglot.parse(text, read="postgres")
    named = Counter(table.name for table in tree.find_all(exp.Table))
    steps = []
    for cte in tree.ctes:
        select = cte.this
        if columns := cte.args["alias"].columns:
            select = exp.select("*").from_(
                exp.Subquery(this=select, alias=exp.TableAlias(this="named", columns=columns))
            )
        steps.append((cte.alias, select.sql(dialect="postgres"), named[cte.alias]))
    tree.set("with_", None)
    return steps, tree.sql(dialect="postgres")


def _days_since_epoch(node: exp.Expression) -> exp.Expression:
    """Spark takes one day from another as an interval; its unix_date is the number that the others give."""
    if isinstance(node, exp.Sub) and isinstance(node.expression, exp.Cast) and node.expression.this.name == _EPOCH:
        return exp.Anonymous(this="unix_date", expressions=[node.this])
    return node

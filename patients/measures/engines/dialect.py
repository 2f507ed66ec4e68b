"""The texts of measures in another engine's words, by sqlglot."""

from collections import Counter
from functools import lru_cache

import sqlglot
from sqlglot import exp

_EPOCH = "1970-01-01"


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

"""Parameters become literals, and PostgreSQL's words another engine's."""

from datetime import date
from decimal import Decimal

import pytest

from patients.measures.engines import dialect, literals


def test_values_stand_in_the_text_as_literals():
    values = {"day": date(2025, 1, 2), "name": "o'neil", "number": 7, "yes": True}
    text = "SELECT %(day)s, %(name)s, %(number)s, %(yes)s, '%%'"
    assert literals.filled(text, values) == "SELECT DATE '2025-01-02', 'o''neil', 7, TRUE, '%'"


@pytest.mark.parametrize("value", [None, Decimal(1), [1, 2]])
def test_what_measures_do_not_ask_with_is_refused(value):
    with pytest.raises(TypeError):
        literals.literal(value)


def test_days_since_the_epoch():
    text = "SELECT c.starts_on - DATE '1970-01-01' - 3 AS day FROM c"
    assert "UNIX_DATE(c.starts_on) - 3" in dialect.translated(text, "spark")
    assert "UNIX_DATE" not in dialect.translated(text, "duckdb").upper()


def test_a_text_in_steps_names_each_expression_and_how_often_it_is_used():
    steps, last = dialect.in_steps(
        "WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x FROM a) SELECT * FROM a JOIN b ON x = y"
    )
    assert [(name, uses) for name, _, uses in steps] == [("a", 2), ("b", 1)]
    assert "named(y)" in steps[1][1] and not last.upper().startswith("WITH")

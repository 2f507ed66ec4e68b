import json
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import connection

from carecoord.kernel.periods import date_of
from patients.measures import definitions
from patients.measures import evaluate as measures
from tests.conftest import as_owner
from tests.oracles import history as facts
from tests.oracles.table import history


@dataclass
class Result:
    """A row with its days as dates, and the evidence."""

    row: object
    evidence: dict

    def __getattr__(self, name):
        return getattr(self.row, name)

    @property
    def of(self):
        """(covered days, period days), what a measure's value is made of."""
        return self.row.covered_days, self.row.period_days

    def on(self, name):
        """A day of the row as an ISO date: on("last_day")."""
        number = getattr(self.row, name)
        return None if number is None else date_of(number).isoformat()

    def runs(self):
        """The strip as 'state from..to' lines."""
        return [f"{run['state']} {run['from']}..{run['to']}" for run in self.evidence["strip"]]

    def supplies(self):
        """Every fill as 'ingredient from..to' after carry-over."""
        return [f"{fill['ingredient']} {fill['starts_on']}..{fill['ends_on']}" for fill in self.evidence["fills"]]


@pytest.fixture
def evaluate(db):
    """evaluate(code, table, year=2025, as_of=31 December) -> Result, or None when there is no fill of the class."""

    def run(code, table, *, year=2025, as_of=None):
        as_of = date.fromisoformat(as_of) if as_of else date(year, 12, 31)
        facts.write(cursor, {1: history(table)})
        asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
        row = next(measures.rows(cursor, **asked), None)
        evidence = measures.explain(cursor, patient_id=1, **asked)
        json.dumps(evidence)  # pages and the API write it so
        return row and Result(row, evidence)

    with as_owner(), connection.cursor() as cursor:
        facts.make_tables(cursor)
        yield run
        facts.drop_tables(cursor)

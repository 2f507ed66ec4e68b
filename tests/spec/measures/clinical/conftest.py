"""Runs a clinical measure on a text table: see tests/factories/clinical.py."""

import json
from datetime import date

import pytest

from patients.measures.clinical import charts, definitions
from patients.measures.clinical.case import Case
from patients.measures.clinical.measure import evaluate
from patients.measures.clinical.moments import days
from tests.factories import clinical

INITIALS = {"initial": "I", "denominator": "D", "exclusion": "X", "numerator": "N", "exception": "E"}


@pytest.fixture
def counts(tmp_path):
    """counts("cms122", table) -> "ID" for each group: initial, denominator, eXclusion, Numerator, Exception; ×2 as "IIDD"."""
    terms = clinical.terms(tmp_path)
    measures = {measure.code: measure for measure in definitions.every().values()}

    def run(code, table):
        path = tmp_path / "records.ndjson"
        path.write_text("\n".join(json.dumps(one) for one in clinical.resources(table)))
        source = charts.read(path)
        assert source.faults == []
        case = Case(source.charts["p1"], terms, days(date(2026, 1, 1), date(2026, 12, 31)))
        told = [_letters(counted.counts) for counted in evaluate(measures[code], case)]
        return told if len(told) > 1 else told[0]

    return run


def _letters(counts):
    return "".join(letter * counts[name] for name, letter in INITIALS.items()) or "-"

"""Spark over the lake, in local mode, comes to what PostgreSQL came to."""

import shutil
from importlib import import_module
from importlib.util import find_spec

import pytest

from carecoord.management.bench import members
from patients.measures import actions as measures
from patients.measures.lake import actions as lakes

from .conftest import acting, only

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.spark,
    pytest.mark.skipif(not shutil.which("java"), reason="needs Java 17 (openjdk-17-jre-headless), which is absent"),
    pytest.mark.skipif(
        not find_spec("pyspark"), reason="needs pyspark (pip install 'carecoord[spark]'), which is absent"
    ),
    pytest.mark.filterwarnings("ignore"),  # of libraries that Spark brings along
]


def test_spark_comes_to_what_postgresql_came_to(made, tmp_path, monkeypatch):
    """Three kinds: Spark plans each text anew, which takes longer than its few rows. `evaluate_measures --compare` does all."""
    only(monkeypatch, ["pdc_sta", "supd", "vaccine_influenza"])
    monkeypatch.setitem(
        import_module("patients.measures.engines.spark").SETTINGS, "spark.sql.codegen.wholeStage", "false"
    )
    asked = {"payer": made.payer, "year": 2025, "as_of": members.as_of(made)}
    with acting(made):
        measures.evaluate(**asked, cause="test")
        lakes.export(payer=made.payer, folder=tmp_path)
        told = lakes.compare(**asked, folder=tmp_path, engine="spark")
    assert told["differences"] == [] and told["results"] > 200

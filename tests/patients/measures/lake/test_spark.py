"""Spark over the lake, in local mode, comes to what PostgreSQL came to."""

import shutil
from importlib.util import find_spec

import pytest

from carecoord.management.bench import members
from patients.measures.lake import actions as lakes

from .conftest import acting

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.spark,
    pytest.mark.skipif(not shutil.which("java"), reason="needs Java 17 (openjdk-17-jre-headless), which is absent"),
    pytest.mark.skipif(
        not find_spec("pyspark"), reason="needs pyspark (pip install 'carecoord[spark]'), which is absent"
    ),
    pytest.mark.filterwarnings("ignore"),  # of libraries that Spark brings along
]


def test_spark_comes_to_what_postgresql_came_to(judged, tmp_path):
    with acting(judged):
        lakes.export(payer=judged.payer, folder=tmp_path)
        asked = {"payer": judged.payer, "folder": tmp_path, "year": 2025, "as_of": members.as_of(judged)}
        told = lakes.compare(**asked, engine="spark")
    assert told["differences"] == [] and told["results"] > 200

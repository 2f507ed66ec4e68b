"""The benchmark of feeds runs in a database that is gone afterwards, and counts what it loaded."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import connections

from carecoord.kernel.accounts.models import Organisation
from carecoord.operations.admin import administrator

from . import databases

pytestmark = pytest.mark.django_db(transaction=True)


def here():
    with administrator().elsewhere("postgres").connect(autocommit=True) as admin:
        return databases.names(admin)


def test_the_bench_of_feeds_measures_and_leaves_nothing_behind(as_owner):
    before, home, said = here(), connections["owner"].settings_dict["NAME"], io.StringIO()
    words = ["--lines", "400", "--rounds", "1", "--existing", "700", "--json"]
    call_command("bench", "feeds", *words, stdout=said, stderr=io.StringIO())
    figures = json.loads(said.getvalue())
    assert figures["lines"] == 400 and 350 < figures["lines loaded"] < 400
    assert figures["members"] == 36 and figures["first load, lines/s"] > 0
    assert figures["usual loader (serializer and bulk_create), lines/s"] > 0
    assert figures["the same claims in new bytes, lines/s"] > 0
    assert figures["most memory of the loading process, MB"] > 30
    assert any(label.startswith("a second client's 400 lines") for label in figures)
    many = 2 * figures["lines loaded"]
    assert figures[f"first load into tables with {many:,} lines, lines/s"] > 0
    assert {connection.settings_dict["NAME"] for connection in connections.all()} == {home}
    assert here() == before
    with as_owner():
        assert not Organisation.objects.filter(code__startswith="bench").exists()

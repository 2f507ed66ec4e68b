"""manage.py enrol: counts by reason of exclusion, over all payers that take part."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from patients.programs.models import Enrolment, EnrolmentRun
from tests.conftest import as_owner
from tests.factories.history import fill, hypertensive

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("enrol", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def world(cast):
    with as_owner():
        Enrolment.objects.all().delete()
        hypertensive(cast.a)
        for day in ("2026-02-01", "2026-05-01"):
            fill(cast.a, day)
    return cast


def test_it_prints_counts_by_reason_and_only_over_payers_that_the_pbm_serves(world):
    report = run("htn-dm", "--as-of", "2026-11-21")
    assert (report["members"], report["enrolled"], report["dry_run"]) == (1, 1, False)
    assert report["payers"].keys() == {"payer-a"}
    assert report["excluded"]["no_condition"] == 0 and sum(report["excluded"].values()) == 0
    with as_owner():
        assert Enrolment.objects.get().days.lower == date(2026, 11, 21)


def test_the_code_of_the_definition_will_do_and_a_dry_run_changes_nothing(world):
    assert run("medicare_htn_dm", "--as-of", "2026-11-21", "--dry-run")["enrolled"] == 1
    with as_owner():
        assert not Enrolment.objects.exists() and not EnrolmentRun.objects.exists()


def test_what_it_cannot_do_it_says(world):
    with pytest.raises(CommandError, match="There is no programme 'asthma'. There are: htn-dm."):
        run("asthma", "--as-of", "2026-11-21")
    with pytest.raises(CommandError, match="No client of payer-b has joined"):
        run("htn-dm", "--as-of", "2026-11-21", "--payer", "payer-b")
    run("htn-dm", "--as-of", "2026-11-21")
    with pytest.raises(CommandError, match="already decided for payer-a as of 2026-11-21"):
        run("htn-dm", "--as-of", "2026-11-20")

"""The lists that Django's admin drives say what people say: names, days, and the word beside each value on a telephone."""

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from carecoord.faces.pbm.templatetags.pbm_site import day
from patients.measures.models import Run
from tests.factories.cast import LONG_AGO

pytestmark = pytest.mark.django_db


def test_a_list_is_named_and_dated_as_people_do(sign_in):
    page = sign_in("dana").get(reverse("pbm:pharmacies_pbmparticipation_changelist")).content.decode()
    assert "<h1>Pharmacies in our own network</h1>" in page
    assert f'data-label="First day" class="field-since">{LONG_AGO:%-d %b %Y}</td>' in page
    assert 'data-label="Last day" class="field-until">open</td>' in page
    assert "Pbm" not in page and "None" not in page


def test_every_value_of_a_list_has_its_word(sign_in):
    client = sign_in("dana")
    for name in ("networkmembership", "contract", "fee"):
        page = client.get(reverse(f"pbm:pharmacies_{name}_changelist")).content.decode()
        cells = page.partition("<tbody")[2].count("<td ")
        assert cells and cells == page.count('<td role="cell" data-label="'), name


def test_a_cause_is_no_key(sign_in, cast, as_owner):
    with as_owner():
        Run.objects.create(payer=cast.a.payer, cause="delivery:17", year=2026, as_of=LONG_AGO, patients=1200)
    page = sign_in("dana").get(reverse("pbm:measures_run_changelist")).content.decode()
    assert "New claims" in page and "delivery:17" not in page
    assert 'class="field-patients num">1,200</td>' in page


def test_an_empty_list_says_what_to_do(sign_in):
    page = sign_in("dana").get(reverse("pbm:claims_crosswalk_changelist")).content.decode()
    assert "No crosswalks yet" in page and "load_crosswalk" in page


def test_a_day_out_of_a_snapshot_is_written_as_elsewhere():
    assert (day("1951-03-09"), day(None), day("spring")) == ("9 Mar 1951", None, "spring")
    assert date_format(LONG_AGO) == f"{LONG_AGO:%-d %b %Y}"

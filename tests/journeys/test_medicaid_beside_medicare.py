"""The Medicaid programme beside the Medicare one, as the demo shows them: a feed with both lines of business comes in, members are
enrolled and flagged, a pharmacist acts, the claim is paid, and the PBM's people read of it. Whatever tells of the use of
substances is seen by those alone who may (42 CFR part 2), on every page on the way.
"""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from carecoord.demo import build, places
from carecoord.demo.people import password
from carecoord.kernel.drugs import actions as drugs
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.flags.models import Flag
from patients.programs.models import Enrolment
from tests.conftest import as_owner

from .pilot_house import House, dollars, link, words

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 27)
TELLS = re.compile(r"opioid use|buprenorphine|suboxone|naltrexone|methadone|F11\.?\d|treatment may end", re.IGNORECASE)
REVIEW = {
    "occasion": ["other"], "outcome": "done", "agreed": "yes", "lists": ["bottles"], "medicines": "As the patient told",
    "found": ["missing"], "plan": ["prescriber"], "minutes": "15",
}  # fmt: skip


class DemoHouse(House):
    """Its people sign in as the demo prints it."""

    def browser(self, name):
        if name not in self.browsers:
            client = self.browsers[name] = self.new_browser()
            answer = client.post("/login/", {"login": f"{name}@demo.example", "password": password()})
            assert answer.status_code == 302, f"{name} cannot sign in"
        return self.browsers[name]

    def told(self, name, address):
        """What of the use of substances a page says to somebody, with the words around it."""
        said = self.read(name, address)
        return [said[max(each.start() - 60, 0) : each.end() + 40] for each in TELLS.finditer(said)]


@pytest.fixture
def house(settings, tmp_path, monkeypatch):
    """A demo of which every other member has Medicaid."""
    settings.SECOND_FACTOR_REQUIRED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HOME, settings.DELIVERIES = tmp_path, tmp_path / "deliveries"
    monkeypatch.setattr(build, "MEDICAID_EVERY", 2)
    with time_machine.travel(datetime(2026, 11, 27, 17, tzinfo=UTC), tick=True) as clock:
        with context.acting_as(context.worker_for()):
            drugs.load_built_in()
        house = DemoHouse(clock)
        house.summary = build.from_nothing(members=100, folder=tmp_path, today=TODAY, say=str)
        jobs.drain()
        yield house


def flags(*rules):
    """Open flags of the demo pharmacy."""
    with as_owner():
        found = Flag.objects.filter(pharmacy__npi=places.THEIR_STORES[0], rule__in=rules, status=Flag.Status.OPEN)
        return list(found.select_related("patient").order_by("-rank", "pk"))


def test_both_programmes_go_all_the_way(house):
    assert house.summary["results"]["differ"] == []
    enrolled = {code: counts["enrolled"] for code, counts in house.summary["enrolment"].items()}
    assert set(enrolled) == {"medicare-htn-dm", "medicaid-high-risk"} and min(enrolled.values()) > 5
    with as_owner():
        plans = Enrolment.objects.values_list("program__code", "patient__coverages__line_of_business").distinct()
        assert set(plans) == {("medicare-htn-dm", "medicare"), ("medicaid-high-risk", "medicaid")}
    sensitive = flags("oud_untreated", "oud_treatment_gap")
    others = flags("asthma_without_controller", "copd_without_controller", "asthma_ratio")
    assert sensitive and others and {one.sensitivity for one in sensitive} == {1}
    the_list_shows_it_to_those_who_may(house, sensitive, others)
    number, visit, claim = the_pharmacist_acts(house, sensitive[0])
    the_technician_reads_nothing_of_it(house, sensitive[0], visit, claim)
    the_claim_is_paid(house, number)
    the_pbm_counts_what_each_may_see(house)


def the_list_shows_it_to_those_who_may(house, sensitive, others):
    """The pharmacist's list has it, the technician's does not, nor does its file; asthma and COPD are for both."""
    assert house.told("alice", "/portal/") and not house.told("bob", "/portal/")
    for name in ("alice", "bob"):
        assert others[0].patient.name in house.read(name, "/portal/")
    files = {name: words(str(house.rows(name, "/portal/worklist.csv"))) for name in ("alice", "bob")}
    assert TELLS.search(files["alice"]) and not TELLS.search(files["bob"])
    panel = f"/portal/flags/{sensitive[0].public_id}/"
    assert house.browser("bob").get(panel).status_code == 404
    assert sensitive[0].reason in house.read("alice", f"/portal/?open={sensitive[0].public_id}")


def the_pharmacist_acts(house, flag):
    """From the flag to the claim. Nothing of substance use is filled in: the visit has no label."""
    panel = f"/portal/?open={flag.public_id}"
    visit = house.fill("alice", panel, to="/start/", press=str(flag.public_id))
    assert not TELLS.search(re.search(r'<form[^>]*id="visit".*?</form>', visit.text, re.DOTALL)[0])
    done = house.fill("alice", visit, to="/complete/", **REVIEW)
    assert "Completed" in done.words and dollars(3200) in done.words, done.words
    number = re.search(r"SC-[\w-]+", done.words)[0]
    with as_owner():
        assert Flag.objects.get(pk=flag.pk).status == Flag.Status.CLOSED
    return number, done.address, link(done.text, number)


def the_technician_reads_nothing_of_it(house, flag, visit, claim):
    """Chart, whole timeline, conditions, visit and claim of that patient are open to Bob, and tell him nothing."""
    chart = f"/portal/patients/{flag.patient.public_id}/"
    assert house.told("alice", f"{chart}conditions/")
    for page in (chart, f"{chart}?timeline=all", f"{chart}conditions/", f"{chart}plan/", visit, claim):
        assert house.told("bob", page) == [], page


def the_claim_is_paid(house, number):
    """Erin decides it and pays; neither she nor the pharmacy's technician reads what it was about."""
    page = link(house.open("erin", "/pbm/claims/"), number)
    assert house.told("erin", page) == []
    assert "Approved 1 claim" in house.fill("erin", page, to="/decide/", press="approve").words
    assert "Paid" in house.fill("erin", page, to="/decide/", press="pay").words
    assert number in house.read("dana", "/pbm/claims/?status=paid")


def the_pbm_counts_what_each_may_see(house):
    """Dana counts the sensitive flags, Erin does not; a member's conditions and results are shown likewise."""
    with as_owner():
        everywhere = Flag.objects.filter(status=Flag.Status.OPEN)
        hidden = everywhere.filter(sensitivity=1)
        (member,) = {one.patient.public_id for one in hidden.select_related("patient")[:1]}
        count = {"dana": everywhere.count(), "erin": everywhere.count() - hidden.count()}
    assert count["dana"] > count["erin"]
    for name, expected in count.items():
        rows = re.findall(r'data-label="Open flags"[^>]*>([\d,]+)<', house.open(name, "/pbm/flags/"))
        assert sum(int(each.replace(",", "")) for each in rows) == expected, name
    pages = [f"/pbm/roster/patients/{member}/{page}" for page in ("", "conditions/", "results/", "risk/")]
    assert any(house.told("dana", page) for page in pages)
    for page in pages:
        assert house.told("erin", page) == [], page
    assert "Medicaid high risk" in house.read("dana", f"/pbm/roster/patients/{member}/")

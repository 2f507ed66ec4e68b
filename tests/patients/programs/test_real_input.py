"""The main job on the CMS files that come with the project, by commands alone: files in, a flag on a pharmacist's worklist."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from carecoord.kernel.accounts.models import Membership, Organisation, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.drugs import actions as drugs
from carecoord.kernel.tenancy import context
from patients.care import worklist
from patients.programs import queries
from pharmacies.models import Pharmacy
from tests.conftest import as_owner
from tests.factories.cast import npi

pytestmark = pytest.mark.django_db
EXTRACT = Path(__file__).parents[2] / "data" / "cms_rif"
SET_UP = """
[pbm]
code = "northbridge"
name = "Northbridge PBM"
payers = {{ synthea = "Synthea Medicare" }}
[network]
code = "lantern"
name = "Lantern Network"
since = 2011-01-01
pharmacies = {npis}
[program]
code = "htn"
title = "Hypertension and diabetes"
definition = "medicare_htn_dm"
since = 2011-01-01
clients = {{ synthea = {clients} }}
[[people]]
email = "dana@example.org"
name = "Dana"
role = "{role}"
at = "pbm"
[[people]]
email = "alice@example.org"
name = "Alice"
role = "pharmacist"
at = "{store}"
"""


def run(*arguments):
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def stores(tmp_path, settings):
    """Feed's own pharmacy id -> NPI of an invented pharmacy, in the directory."""
    settings.DELIVERIES = tmp_path / "deliveries"
    with (EXTRACT / "pde.csv").open(newline="") as lines:
        ids = sorted({row["SRVC_PRVDR_ID"] for row in csv.DictReader(lines, delimiter="|")})
    found = {feed_id: npi(700 + number) for number, feed_id in enumerate(ids)}
    file = tmp_path / "pharmacies.csv"
    file.write_text("npi,name,zip\n" + "".join(f"{each},Store {feed_id},24901\n" for feed_id, each in found.items()))
    assert run("load_pharmacies", file)["added"] == len(found)
    (tmp_path / "crosswalk.csv").write_text(
        "feed_pharmacy_id,npi\n" + "".join(f"{feed_id},{each}\n" for feed_id, each in found.items())
    )
    return found


def plan(folder, stores, *, clients='"*"', role="program", store=None):
    file = folder / "set_up.toml"
    npis = list(stores.values())
    file.write_text(SET_UP.format(npis=npis, clients=clients, role=role, store=store or stores["PCP277696"]))
    return file


def test_real_cms_files_reach_a_worklist(stores, tmp_path):
    with context.logged_in("owner"):
        drugs.load_built_in()
    loaded = run("load_feed", "--payer", "synthea", "--format", "cms_rif", *sorted(EXTRACT.glob("*.csv")))
    assert loaded["lines"] == loaded["loaded"] > 0
    moved = run("load_crosswalk", "--payer", "synthea", tmp_path / "crosswalk.csv")["fills_moved"]
    assert moved == len((EXTRACT / "pde.csv").read_text().splitlines()) - 1
    made = run("set_up", plan(tmp_path, stores))
    assert set(made["first_passwords"]) == {"dana@example.org", "alice@example.org"}
    assert made["memberships"] == made["participations"] == len(stores)
    enrolled = run("enrol", "htn", "--as-of", "2016-10-31")
    assert enrolled["enrolled"] >= 1 and enrolled["excluded"]["not_opted_in"] == 0
    alice = User.objects.get(email="alice@example.org")
    with context.acting_as(alice.scope):
        (flag,) = worklist.page(alice, today=timezone.localdate()).flags
        assert (flag.measure, flag.rule, flag.year) == ("pdc_rasa", "low_adherence", 2016)
        assert flag.reason.startswith("Adherence to hypertension medicines (RAS antagonists): PDC 0% (2 of 291 days)")
    with context.logged_in("worker"):
        payer = Organisation.objects.get(kind="payer", code="synthea")
    with context.acting_as(context.worker_for(payer.pk)):
        ((_, night),) = queries.to_decide(payer=payer)
    assert (
        date(2020, 1, 1) < night < date(2022, 1, 1)
    )  # the feed stopped there: the night does not judge it as of today


def test_set_up_twice_changes_nothing_and_is_audited(stores, tmp_path):
    run("load_feed", "--payer", "synthea", "--format", "cms_rif", EXTRACT / "beneficiary_2015.csv")
    first = run("set_up", plan(tmp_path, stores))
    assert first["clients"] == {"synthea": ["Z0002", "Z0004", "Z0005", "medicare-ab"]}
    again = run("set_up", plan(tmp_path, stores))
    assert again == {
        "memberships": 0, "participations": 0, "fees": 0, "clients": {"synthea": []}, "first_passwords": {},
    }  # fmt: skip
    with as_owner():
        assert Membership.objects.count() == 2
        events = set(AuditEvent.objects.values_list("event", flat=True))
        assert {"pbm.serves", "person.added", "network.joined", "participation.began", "program.opted_in"} <= events


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"clients": '["Z9999"]'}, "synthea has no client Z9999. It has: none; load its eligibility first."),
        ({"role": "claims"}, "Name somebody under"),
        ({"store": "1000000186"}, "There is no pharmacy with NPI 1000000186"),
    ],
)
def test_what_set_up_cannot_do_it_says(stores, tmp_path, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("set_up", plan(tmp_path, stores, **words))


def test_the_directory_lists_every_bad_line(stores, tmp_path, capsys):
    file = tmp_path / "more.csv"
    good = npi(900)
    file.write_text(
        f"npi,name,zip,channel\n1234567890,A,,\n{good},,,\n{good},B,249,\n{good},B,24901-0001,Mail\n{good},C,,\n"
    )
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("load_pharmacies", str(file), stdout=out)
    told = json.loads(out.getvalue())
    assert (told["lines"], told["added"], told["rejected"]) == (5, 1, 4)
    assert [(p["line"], p["code"]) for p in told["problems"]] == [
        (2, "not_an_npi"), (3, "missing"), (4, "not_a_zip"), (6, "named_twice"),
    ]  # fmt: skip
    with as_owner():
        store = Pharmacy.objects.get(npi=good)
        assert (store.zip, store.channel, store.is_rural) == ("24901", "mail", True)
    file.write_text("nppi,name\n")
    with pytest.raises(CommandError, match="must name the columns npi and name"):
        call_command("load_pharmacies", str(file))

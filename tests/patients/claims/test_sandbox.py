"""A payer for trying: its feeds are loaded and counted, and nothing of its invented members reaches anybody."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from joserfc.jwk import ECKey

from carecoord.kernel.accounts import actions as accounts
from carecoord.kernel.accounts.models import Organisation, ServedPayer
from carecoord.kernel.jobs.models import Outbox
from carecoord.operations import figures
from patients.claims.synthetic import one_file
from patients.measures import people, tasks
from tests.conftest import as_owner

from . import feeds

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox():
    with as_owner():
        return Organisation.objects.create(kind="payer", code="acme-trial", name="Acme, trial", is_sandbox=True)


def file_of(kind, count):
    out = io.StringIO()
    one_file.write(out, kind=kind, count=count, seed=4)
    return out.getvalue().encode()


def topics(payer):
    with as_owner():
        return set(Outbox.objects.filter(payer_id=payer.pk).values_list("topic", flat=True))


def test_its_feeds_are_loaded_and_nobody_is_told_of_its_members(sandbox, payer):
    spans, fills = file_of("eligibility", 60), file_of("pharmacy_claim", 120)
    for one in (sandbox, payer):
        people_of_it, claims = feeds.load(one, spans), feeds.load(one, fills)
        assert (people_of_it.state, claims.state, claims.lines) == ("loaded", "loaded", 120)
        assert claims.loaded and claims.rejected == 0
    assert "patients.touched" in topics(payer), "the same files of another payer are told of"
    assert topics(sandbox) == {"delivery.received"}


def test_no_night_and_no_figure_counts_it(sandbox, payer):
    feeds.load(sandbox, file_of("eligibility", 5))
    tasks.nightly(Outbox(pk=1, topic="night", key="night:1"))
    assert "payer.due" in topics(payer) and "payer.due" not in topics(sandbox)
    assert figures.of_all_payers()["deliveries"] == {}
    assert [one.code for one in people.payers()] == [payer.code]
    assert people.payers(["acme-trial"]) == [sandbox]


def test_no_pbm_serves_it_whatever_the_code_does(sandbox, cast):
    with as_owner(), pytest.raises(IntegrityError, match="served by no PBM"), transaction.atomic():
        ServedPayer.objects.create(pbm=cast.pbm, payer=sandbox)
    with as_owner(), pytest.raises(accounts.CannotAdd, match="sandbox"), transaction.atomic():
        accounts.serve(pbm_code="p", pbm_name="P", payers={"acme-trial": "Acme"}, by=None)


def test_it_stays_one_and_nothing_else_becomes_one(sandbox, payer, cast):
    for one, value in ((sandbox, False), (payer, True), (cast.pbm, True)):
        with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.filter(pk=one.pk).update(is_sandbox=value)


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "jwks.json"
    made.write_text(json.dumps({"keys": [ECKey.generate_key("P-384").as_dict(private=False)]}))
    return made


def test_a_registered_sandbox_is_looked_after_by_a_pbm(file, capsys, sandbox):
    def told(**more):
        call_command("register_client", file, payer="acme-trial", sandbox=True, **more)
        return json.loads(capsys.readouterr().out)["sandbox_of"]

    assert told() is None, "before there is a PBM"
    with as_owner():
        north = Organisation.objects.create(kind="pbm", code="north", name="North")
    assert told() == "north"
    with as_owner():
        Organisation.objects.create(kind="pbm", code="south", name="South")
        assert Organisation.objects.get(pk=sandbox.pk).sandbox_of == north
    assert (told(), told(pbm="south"), told()) == ("north", "south", "south")
    with pytest.raises(CommandError, match="There is no PBM west"):
        told(pbm="west")
    with pytest.raises(CommandError, match="--pbm who looks after the sandbox: north, south"):
        call_command("register_client", file, payer="another-trial", sandbox=True)
    with as_owner():
        assert not Organisation.objects.filter(code="another-trial").exists()


def test_a_client_is_registered_for_one(file, capsys, payer):
    call_command("register_client", file, payer="trial", name="Feed", sandbox=True)
    assert json.loads(capsys.readouterr().out)["sandbox"] is True
    call_command("register_client", file, payer="trial", name="Another")
    assert json.loads(capsys.readouterr().out)["sandbox"] is True
    with pytest.raises(CommandError, match="no sandbox"):
        call_command("register_client", file, payer=payer.code, name="Feed", sandbox=True)

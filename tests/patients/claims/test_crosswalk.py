"""Which pharmacy a feed means by its own ids."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from carecoord.kernel.tenancy import context
from patients.claims import actions
from patients.claims.formats import FeedRefused
from patients.claims.models import Crosswalk, Fill
from tests.factories.cast import npi

from .feeds import claim, claims_file, load, span, spans_file

pytestmark = pytest.mark.django_db
KNOWN = npi(10 + ord("a"))
OTHER = npi(10 + ord("b"))


def cross(payer, text):
    with context.acting_as(context.worker_for(payer.pk)):
        return actions.load_crosswalk(payer=payer, stream=io.BytesIO(text.encode()), by=None)


def test_fills_find_their_pharmacy_by_npi_or_by_crosswalk_whenever_it_comes(payer, cast, as_owner):
    load(payer, spans_file(span("M1")))
    refs = {"A": KNOWN, "B": "PCP1", "C": "PCP2"}
    load(payer, claims_file(*(claim(c, dispensing_provider_npi=ref) for c, ref in refs.items())))
    crossed = cross(payer, f"feed_pharmacy_id,npi\nPCP1,{OTHER}\n")
    assert (crossed.added, crossed.fills_moved, crossed.rejected) == (1, 1, 0)
    load(payer, claims_file(claim("D", dispensing_provider_npi="PCP1")))
    with as_owner():
        mine = Fill.objects.filter(payer=payer)
        found = sorted(
            (f.pharmacy_ref, f.pharmacy and f.pharmacy.npi, f.channel) for f in mine.select_related("pharmacy")
        )
    assert found == sorted(
        [(KNOWN, KNOWN, "retail"), ("PCP1", OTHER, "retail"), ("PCP1", OTHER, "retail"), ("PCP2", None, "retail")]
    )


def test_the_channel_of_the_claim_speaks_before_that_of_the_pharmacy(payer, cast, as_owner):
    with as_owner():
        cast.a.pharmacy.channel = "mail"
        cast.a.pharmacy.save()
    load(payer, spans_file(span("M1")))
    load(payer, claims_file(claim("A", dispensing_provider_npi=KNOWN)))
    with as_owner():
        assert Fill.objects.get(payer=payer).channel == "mail"


def test_bad_lines_are_named_and_the_rest_counts(payer, cast, as_owner):
    text = f"npi,feed_pharmacy_id\n{KNOWN},X\n123,Y\n{KNOWN},\n\n{OTHER},X\n{KNOWN},{'z' * 61}\n{KNOWN},X\n"
    crossed = cross(payer, text)
    assert [problem[:3] for problem in crossed.problems] == [
        (3, "npi", "unknown_npi"),
        (4, "feed_pharmacy_id", "missing"),
        (6, "feed_pharmacy_id", "named_twice"),
        (7, "feed_pharmacy_id", "too_long"),
    ]
    assert (crossed.lines, crossed.added, crossed.unchanged, crossed.rejected) == (6, 1, 1, 4)
    with as_owner():
        assert Crosswalk.objects.get(payer=payer).feed_pharmacy_id == "X"


def test_it_is_an_upsert(payer, cast):
    cross(payer, f"feed_pharmacy_id,npi\nX,{KNOWN}\n")
    assert cross(payer, f"feed_pharmacy_id,npi\nX,{KNOWN}\n").unchanged == 1
    assert cross(payer, f"feed_pharmacy_id,npi\nX,{OTHER}\n").changed == 1


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\xff\xfe\n", b'feed_pharmacy_id,npi\n"x,1\n'])
def test_another_file_is_refused(payer, content):
    with context.acting_as(context.worker_for(payer.pk)), pytest.raises(FeedRefused):
        actions.load_crosswalk(payer=payer, stream=io.BytesIO(content), by=None)


def test_the_command_lists_what_is_wrong(cast, tmp_path, capsys):
    file = tmp_path / "crosswalk.csv"
    file.write_text(f"feed_pharmacy_id,npi\nX,{KNOWN}\nY,1\n")
    with pytest.raises(SystemExit):
        call_command("load_crosswalk", str(file), "--payer", "payer-a")
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], told["problems"][0]["line"], told["problems"][0]["code"]) == (1, 3, "unknown_npi")
    with pytest.raises(CommandError, match="no file"):
        call_command("load_crosswalk", str(tmp_path / "none.csv"), "--payer", "payer-a")

"""Pharmacies from a file: good lines count, bad ones are listed with everything that is wrong, and twice is once."""

from io import BytesIO

import pytest

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.claims.synthetic import population
from pharmacies import actions
from pharmacies.models import Pharmacy
from tests.factories.cast import npi

pytestmark = pytest.mark.django_db
REGISTRY = "npi,cms_org_name,city,state,zip,primary_taxonomy_desc\n"


def load(text, by=None):
    scope = by.scope if by else context.Scope(role="pbm")
    with context.acting_as(scope):
        return actions.load_pharmacies(stream=BytesIO(text.encode()), by=by)


def codes(listed):
    return [(fault.line, fault.field, fault.code) for fault in listed.problems]


def test_the_registrys_own_layout_is_read(as_owner):
    listed = load(
        REGISTRY
        + f'{npi(1)},"HOLLOW DRUG, INC",MARTIN,ky,416490001,"Pharmacy, Community/Retail Pharmacy"\n'
        + f'{npi(2)},FAR DRUG,BUTTE,MT,59701,"Pharmacy, Specialty Pharmacy"\n'
        + f'{npi(3)},NEAR DRUG,BURLINGTON,VT,05401,"Pharmacy, Home Infusion Therapy Pharmacy"\n'
    )
    assert (len(listed.added), listed.rejected, listed.unplaced) == (3, 0, 0)
    with as_owner():
        first, second, third = Pharmacy.objects.filter(npi__in=[npi(1), npi(2), npi(3)]).order_by("npi")
        assert (first.name, first.state, first.zip, first.channel) == ("HOLLOW DRUG, INC", "KY", "41649", "retail")
        assert (second.channel, second.time_zone, third.channel) == ("specialty", "America/Denver", "other")
        assert first.is_rural and (first.county_fips, first.rucc) == ("", None)
        assert Organisation.objects.get(pk=first.pk).code == npi(1)


def test_a_county_that_the_file_names_brings_its_code(as_owner):
    load(f"npi,name,zip,county_fips\n{npi(1)},A,24901,54025\n{npi(2)},B,24901,\n")
    with as_owner():
        assert list(
            Pharmacy.objects.filter(npi__in=[npi(1), npi(2)]).order_by("npi").values_list("rucc", flat=True)
        ) == [
            6,
            None,
        ]


def test_the_invented_directory_is_read_too(tmp_path, as_owner):
    population._write_directory(tmp_path)
    listed = load((tmp_path / "pharmacies.csv").read_text())
    assert (listed.rejected, len(listed.added)) == (0, listed.lines)
    with as_owner():
        assert set(Pharmacy.objects.values_list("channel", flat=True)) >= {"retail", "mail", "ltc"}


def test_every_fault_of_every_line_is_listed():
    listed = load(
        "npi,name,state,zip,channel,county_fips\n"
        "1234567890,,XX,249,Post,99999\n"
        f"{npi(1)},A,WV,24901,retail\n"
        f"{npi(2)},B,WV,24901,retail,\n"
        f"{npi(2)},B again,WV,24901,retail,\n"
        f"{npi(3)},{'x' * 201},WV,24901,retail,\n"
    )
    assert codes(listed) == [
        (2, "npi", "not_an_npi"), (2, "name", "missing"), (2, "channel", "unknown"), (2, "state", "unknown"),
        (2, "zip", "not_a_zip"), (2, "county_fips", "unknown"), (3, "", "wrong_cells"), (5, "npi", "named_twice"),
        (6, "name", "too_long"),
    ]  # fmt: skip
    assert (listed.lines, len(listed.added), listed.rejected) == (5, 1, 4)
    assert "line 4" in next(fault.message for fault in listed.problems if fault.code == "named_twice")


def test_loading_again_changes_only_what_changed(as_owner):
    text = f"npi,name,zip\n{npi(1)},A,24901\n{npi(2)},B,24901\n"
    load(text)
    again = load(text.replace(",A,", ",A Street,"))
    assert [npi_ for npi_, *_ in again.changed] == [npi(1)] and again.unchanged == 1 and not again.added
    assert again.changed[0][2] == {"name": ("A", "A Street")}
    with as_owner():
        assert Organisation.objects.get(code=npi(1)).name == "A Street"
        loads = AuditEvent.objects.filter(event="pharmacies.loaded").order_by("pk")
        assert [event.detail["changed"] for event in loads] == [0, 1]


def test_what_the_file_leaves_empty_stays(as_owner):
    load(f"npi,name,phone,zip\n{npi(1)},A,304-555-0100,24901\n")
    assert load(f"npi,name,phone,zip\n{npi(1)},A,,\n").unchanged == 1


def test_a_network_lead_changes_only_pharmacies_of_the_network(cast, as_owner):
    with as_owner():
        actions.load_pharmacies(stream=BytesIO(f"npi,name\n{npi(1)},A\n".encode()), by=None)
    listed = load(f"npi,name\n{npi(1)},Mine\n{cast.a.pharmacy.npi},Ash Avenue\n{npi(2)},New\n", by=cast.grace)
    assert codes(listed) == [(2, "npi", "not_yours")]
    assert [len(listed.added), len(listed.changed)] == [1, 1]


def test_a_plan_writes_nothing(cast, as_owner):
    with context.acting_as(cast.dana.scope):
        listed = actions.plan_pharmacies(stream=BytesIO(f"npi,name\n{npi(1)},A\n".encode()), who=cast.dana)
    assert listed.added == [(npi(1), "A")]
    with as_owner():
        assert not Pharmacy.objects.filter(npi=npi(1)).exists()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "must name the columns"),
        (b"npi,name,name\n", "must name the columns"),
        (b"npi,name,zip,zip\n", "named twice"),
        (b"npi,name,owner\n", "Unknown column owner"),
        (b'npi,name\n1,"a\n', "quotes"),
        (b"npi,name\n1,\xff\n", "not UTF-8"),
    ],
)
def test_what_is_no_directory_is_refused_in_a_sentence(file, says):
    with context.acting_as(context.Scope(role="pbm")), pytest.raises(actions.NotADirectory, match=says):
        actions.load_pharmacies(stream=BytesIO(file), by=None)


@pytest.mark.shared_data
def test_the_registrys_file_of_five_states(shared_data, as_owner):
    """1,831 real pharmacies: none is refused, each has its rurality, and the second time nothing changes."""
    file = shared_data / "codes/nppes_independent_pharmacies_KY_WV_IA_MT_VT.csv"
    first, second = load(file.read_text()), load(file.read_text())
    assert (len(first.added), first.rejected, second.unchanged) == (1831, 0, 1831)
    with as_owner():
        assert Pharmacy.objects.filter(rucc=None, county_fips="").count() >= 1831

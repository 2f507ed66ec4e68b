"""Which pages are pictured, as whom, with which objects; and what the contact sheet says of them."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from carecoord.demo import pages, pictures
from carecoord.kernel.accounts.models import Organisation


@pytest.fixture
def found(cast, settings, monkeypatch):
    settings.SECOND_FACTOR_REQUIRED = False

    def person(name):
        client, user = Client(raise_request_exception=False), getattr(cast, name, None) if name else None
        if user is not None:
            client.force_login(user)
        return client, user

    monkeypatch.setattr(pages, "_person", person)
    return {page.route: page for page in reversed(pages.everything())}


@pytest.mark.django_db
def test_every_page_is_found_with_an_object_of_its_own_and_somebody_who_may(found, cast):
    assert found["portal/patients/<uuid:public_id>/"].path == f"/portal/patients/{cast.a.patient.public_id}/"
    assert found["portal/billing/claims/<uuid:public_id>/"].path.endswith(f"{cast.a.service_claim.public_id}/")
    assert found["portal/encounters/<uuid:public_id>/"].who == "alice"
    assert (found["pbm/system/"].who, found["pbm/audit/"].who, found["pbm/claims/"].who) == ("ada", "vera", "erin")
    assert found["portal/flags/<uuid:public_id>/"].path == f"/portal/?open={cast.a.flag.public_id}"
    assert found["portal/flags/<uuid:public_id>/try/"].path == f"/portal/flags/{cast.a.flag.public_id}/try/"
    assert (
        found["portal/patients/<uuid:public_id>/facts/"].path == f"/portal/patients/{cast.a.patient.public_id}/facts/"
    )
    assert {"pbm/clients/<int:pk>/opt-in/", "pbm/opt-ins/<int:pk>/end/", "pbm/network/papers/<uuid:public_id>/"} <= set(
        found
    )
    assert found["portal/nothing-here/ (404)"].status == 404 and found["pbm/claims/ (403)"].who == "alice"
    assert found["login/"].session == ""
    assert not [route for route in found if route.startswith("api/") or route.endswith((".csv", "export/"))]
    assert len(found) > 40


PAGE = pages.Page("portal/<uuid:public_id>/", "/portal/x/", "alice", "a session")


def test_the_contact_sheet_shows_each_page_once_and_says_what_is_wrong():
    taken = [
        pictures.Picture(PAGE, 1440, "light", "a.png", ()),
        pictures.Picture(PAGE, 390, "dark", "b.png", ("12 px wider than the window",)),
    ]
    sheet = pictures.contact_sheet(taken)
    assert sheet.count("<article>") == 1
    assert "/portal/&lt;uuid:public_id&gt;/" in sheet
    assert 'src="b.png"' in sheet and "12 px wider than the window" in sheet
    assert "a session" not in sheet


def test_without_playwright_it_says_what_is_missing(monkeypatch, tmp_path):
    def absent(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(pictures, "import_module", absent)
    with pytest.raises(CommandError, match="Pictures need Playwright"):
        call_command("screenshots", tmp_path)


@pytest.mark.django_db
def test_no_pictures_are_taken_of_real_people(as_owner, tmp_path):
    with as_owner():
        Organisation.objects.create(kind="payer", code="a-real-one", name="A real one")
    pytest.importorskip("playwright")
    with pytest.raises(CommandError, match="more than a demo"):
        call_command("screenshots", tmp_path)

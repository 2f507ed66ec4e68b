"""The gallery has an address where people are invented, and none where they are not."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from carecoord import urls

pytestmark = pytest.mark.django_db
DEMO_URLS = "tests.faces.components.with_gallery"


@pytest.fixture
def alice(cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.alice)
    return client


@pytest.mark.parametrize(("demo", "debug", "there"), [(True, False, 1), (False, True, 1), (False, False, 0)])
def test_it_is_there_in_the_demo_and_while_debugging(settings, demo, debug, there):
    settings.DEMO, settings.DEBUG = demo, debug
    assert len(urls.gallery()) == there


def test_it_is_nowhere_else(alice):
    with pytest.raises(NoReverseMatch):
        reverse("gallery")
    assert alice.get("/components/").status_code == 404
    assert "Components</a>" not in alice.get("/portal/").content.decode()


def test_the_demo_links_to_it_from_every_page(alice, settings):
    settings.ROOT_URLCONF = DEMO_URLS
    assert '<a class="no-print" href="/components/">Components</a>' in alice.get("/portal/").content.decode()
    page = alice.get("/components/").content.decode()
    assert "Every part of a page, in every state" in page and "Dismissing needs a reason" in page
    assert alice.post("/components/", {"q": "a\0b"}).status_code == 200


def test_a_visitor_signs_in_first(settings):
    settings.ROOT_URLCONF = DEMO_URLS
    assert Client().get("/components/").url == "/login/?next=/components/"

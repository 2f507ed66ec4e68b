"""Today's list: who is on it, in what order, by which filter."""

import pytest

pytestmark = pytest.mark.django_db


def test_alice_sees_her_patient_and_not_charlies(alice, cast):
    page = alice.get("/portal/").content.decode()
    assert cast.a.canary in page
    assert cast.b.canary not in page

"""What belongs to a payer that the PBM does not serve is not there: 404, in words and in lists."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

ROWS = [
    ("pbm:programs_participation_change", "pbm:programs_participation_changelist", "participation"),
    ("pbm:client", "pbm:clients", "client"),
    ("pbm:claims_delivery_change", "pbm:claims_delivery_changelist", "delivery"),
]


@pytest.mark.parametrize("page, rows, name", ROWS)
def test_a_strangers_row_is_not_there(sign_in, cast, page, rows, name):
    client, ours, theirs = sign_in("dana"), getattr(cast.a, name), getattr(cast.b, name)
    assert client.get(reverse(page, args=[getattr(ours, "public_id", ours.pk)])).status_code == 200
    assert client.get(reverse(page, args=[getattr(theirs, "public_id", theirs.pk)])).status_code == 404
    assert cast.b.canary not in client.get(reverse(rows)).content.decode()


def test_a_strangers_claim_is_not_there(sign_in, cast):
    client = sign_in("erin")
    assert client.get(reverse("pbm:claim", args=[cast.a.service_claim.public_id])).status_code == 200
    assert client.get(reverse("pbm:claim", args=[cast.b.service_claim.public_id])).status_code == 404
    assert cast.b.canary not in client.get(reverse("pbm:claims") + "?status=all").content.decode()


def test_a_mixed_selection_is_refused_whole(sign_in, cast, as_owner):
    both = [cast.a.service_claim.public_id, cast.b.service_claim.public_id]
    answer = sign_in("erin").post(reverse("pbm:claims_decide"), {"action": "approve", "selected": both})
    assert answer.status_code == 404
    with as_owner():
        cast.a.service_claim.refresh_from_db()
        assert cast.a.service_claim.status == "submitted"


@pytest.mark.parametrize("selected", ["1", "not-an-id", "' or 1=1 --"])
def test_nonsense_is_not_there_either(sign_in, selected):
    answer = sign_in("erin").post(reverse("pbm:claims_decide"), {"action": "approve", "selected": selected})
    assert answer.status_code == 404


def test_a_strangers_members_are_not_on_the_roster_nor_found(sign_in, cast):
    client = sign_in("dana")
    assert cast.b.canary not in client.get(reverse("pbm:roster")).content.decode()
    found = client.post(reverse("pbm:roster_search"), {"q": f"M-{cast.b.canary}"})
    assert list(found.context["rows"]) == []
    exported = client.post(reverse("pbm:roster_export")).content.decode()
    assert cast.a.canary in exported and cast.b.canary not in exported


def test_a_filter_cannot_ask_what_the_list_does_not_show(sign_in):
    url = reverse("pbm:programs_decision_changelist")
    assert sign_in("dana").get(url, {"patient__last_name__startswith": "c"}).status_code == 400


def test_a_strangers_client_cannot_be_opted_in(sign_in, cast):
    given = {"program": cast.program.pk, "client": cast.b.client.pk, "since": "2026-01-01"}
    answer = sign_in("dana").post(reverse("pbm:programs_participation_add"), given)
    assert answer.status_code == 200 and "client" in answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    "path",
    [
        "/pbm/claims/delivery/1/delete/",
        "/pbm/claims/delivery/1/history/",
        "/pbm/jsi18n/",
        "/pbm/logout/",
        "/pbm/r/1/1/",
    ],
)
def test_what_we_do_not_use_of_the_admin_has_no_address(sign_in, path):
    assert sign_in("dana").get(path).status_code == 404

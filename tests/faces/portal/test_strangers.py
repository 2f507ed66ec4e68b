"""Who may not: a stranger's pharmacy gets 404 for everything of Alice's; people without the permission get 403."""

import pytest
from django.urls import get_resolver, reverse

from carecoord.faces.portal import urls
from carecoord.kernel.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
OBJECT = {
    "flag": "flag", "assign": "flag", "dismiss": "flag", "reopen": "flag", "patient": "patient", "start": "patient", "consent": "patient",
    "leave": "patient", "conditions": "patient", "take_back": "opt_out",
    "encounter": "encounter", "save": "encounter", "complete": "encounter", "discard": "encounter", "restore": "encounter",
    "claim": "service_claim", "resubmit": "service_claim", "correct": "service_claim", "void": "service_claim",
    "lot": "vaccine_lot",
    "try": "flag", "snooze": "flag", "wake": "flag", "facts": "patient", "death": "patient", "end_fact": "fact",
    "plan": "patient", "move_problem": "problem", "move_goal": "goal", "move_intervention": "intervention",
}  # fmt: skip
LISTS = {
    "opt_outs",
    "today",
    "today_csv",
    "measures",
    "patients",
    "billing",
    "billing_csv",
    "statement",
    "statement_csv",
    "pharmacy",
    "vaccines",
    "vaccines_csv",
    "doses_given",
}
BOTH = {"dismiss", "lot", "plan", "try", "snooze", "facts"}
POST_ONLY = {"assign", "reopen", "start", "consent", "save", "complete", "discard", "restore", "resubmit", "void"}
POST_ONLY |= {"leave", "take_back", "wake", "death", "end_fact", "move_problem", "move_goal", "move_intervention"}
ELSEWHERE = {
    "remittance",
    "remittance_835",
    "claim_837",
    "claim_form",
    "claim_files",
    "claims_file",
    "name_pharmacy",
    "name_person",
    "load_835",
    "measure",
    "result",
    "letter",
}
ELSEWHERE |= {
    "received",
    "decide_received",
    "settle_received",
}  # with those above in test_claim_files.py, and in the matrix
ELSEWHERE |= {
    "people",
    "people_csv",
    "people_search",
    "invite",
    "person",
    "person_change",
    "renew",
    "cancel",
}  # tests/faces/test_people.py
POSTED = {
    "protocol": "adherence_call",
    "reason": "not_found",
    "revision": "0",
    "kind": "calls",
    "is_given": "yes",
    "since": "2026-01-01",
}


def test_every_address_is_in_this_test():
    assert {p.name for p in urls.urlpatterns} == set(OBJECT) | LISTS | ELSEWHERE
    assert get_resolver()


@pytest.mark.parametrize("name", OBJECT)
@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_gets_404_for_what_is_alices(charlie, cast, as_owner, name, method):
    theirs = getattr(cast.a, OBJECT[name])
    answer = getattr(charlie, method)(
        reverse(f"portal:{name}", args=[theirs.public_id]), POSTED if method == "post" else None
    )
    is_asked_so = name in POST_ONLY if method == "post" else name not in POST_ONLY
    assert answer.status_code == 404 if is_asked_so or name in BOTH else 405
    assert cast.a.canary not in answer.content.decode()
    with as_owner():
        kept = type(theirs).objects.get(pk=theirs.pk)
    assert all(getattr(kept, f.attname) == getattr(theirs, f.attname) for f in theirs._meta.concrete_fields)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_charlies_lists_hold_nothing_of_alices(charlie, cast, name):
    answer = charlie.get(reverse(f"portal:{name}"))
    assert answer.status_code == 200
    assert cast.a.canary not in answer.content.decode()


@pytest.mark.parametrize("name", sorted(LISTS | set(OBJECT)))
@pytest.mark.parametrize("person", ["dana", "grace", "vera"])
def test_people_of_other_sites_get_403(sign_in, cast, name, person):
    args = [getattr(cast.a, OBJECT[name]).public_id] if name in OBJECT else []
    method = "post" if name in POST_ONLY else "get"
    answer = getattr(sign_in(getattr(cast, person)), method)(reverse(f"portal:{name}", args=args))
    assert answer.status_code == 403
    assert cast.a.canary not in answer.content.decode()


@pytest.mark.parametrize("name", ["today", "patients", "billing", "pharmacy"])
def test_a_visitor_is_sent_to_sign_in(client, cast, name):
    answer = client.get(reverse(f"portal:{name}"))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


def test_the_second_wall_stands_alone(charlie, cast, monkeypatch):
    """With the query's wall taken down, PostgreSQL still shows Charlie nothing of Alice's."""
    from carecoord.kernel.tenancy.models import VisibleQuerySet

    monkeypatch.setattr(VisibleQuerySet, "visible_to", lambda self, who: self.all())
    for name in sorted(LISTS):
        assert cast.a.canary not in charlie.get(reverse(f"portal:{name}")).content.decode()
    assert charlie.get(reverse("portal:patient", args=[cast.a.patient.public_id])).status_code == 404


def test_a_refusal_is_on_the_trail(charlie, cast, as_owner):
    charlie.get(reverse("portal:patient", args=[cast.a.patient.public_id]))
    with as_owner():
        event = AuditEvent.objects.filter(event="request.refused", user_id=cast.charlie.pk).latest("id")
    assert event.detail["status"] == 404


def test_no_portal_page_stays_in_a_cache(alice):
    for name in sorted(LISTS):
        assert alice.get(reverse(f"portal:{name}")).headers["Cache-Control"] == "no-store"

"""As each role, each page: 200 for those whose work it is, 403 for the others, the sign-in page for visitors."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

NETWORK = [
    f"pbm:pharmacies_{name}_changelist"
    for name in ("pharmacy", "network", "networkmembership", "pbmparticipation", "contract", "fee")
]
NETWORK += ["pbm:pharmacies_export"]
PROGRAMMES = [
    "pbm:clients",
    "pbm:programs_program_changelist",
    "pbm:programs_participation_changelist",
    "pbm:programs_enrolmentrun_changelist",
    "pbm:measures_run_changelist",
]
MEASURES = ["pbm:measures", "pbm:parameters", "pbm:risk"]
ROSTER = ["pbm:roster", "pbm:letters", "pbm:flags_by_pharmacy", "pbm:programs_decision_changelist"]
FEEDS = [
    "pbm:claims_delivery_changelist",
    "pbm:feed_health",
    "pbm:claims_crosswalk_changelist",
    "pbm:webhooks",
    "pbm:webhook_hosts",
]
WEBHOOKS = ["pbm:webhook_add", "pbm:webhook_allow"]
CONFLICTS = ["pbm:conflicts", "pbm:conflict_rulings", "pbm:pairs", "pbm:odd_dates", "pbm:dispensed"]
CLAIMS = ["pbm:claims", "pbm:remittances", "pbm:recoupments", "pbm:invoices", "pbm:payers"]
ADD_NETWORK = [f"pbm:pharmacies_{name}_add" for name in ("pharmacy", "network", "networkmembership")]
ADD_NETWORK += ["pbm:pharmacies_import", "pbm:exclusion_check"]
ADD_CONTRACT = [f"pbm:pharmacies_{name}_add" for name in ("contract", "fee", "pbmparticipation")]
ADD_PROGRAM = ["pbm:programs_program_add", "pbm:programs_participation_add", "pbm:client_add"]
AUDIT = ["pbm:audit"]
SANDBOXES = ["pbm:sandboxes", "pbm:sandbox_add"]
ALL = [
    *NETWORK,
    *PROGRAMMES,
    *MEASURES,
    *ROSTER,
    *FEEDS,
    *WEBHOOKS,
    *CONFLICTS,
    *CLAIMS,
    *ADD_NETWORK,
    *ADD_CONTRACT,
    *ADD_PROGRAM,
    *AUDIT,
    *SANDBOXES,
]
MAY = {
    "dana": [
        *NETWORK,
        *PROGRAMMES,
        *MEASURES,
        *ROSTER,
        *FEEDS,
        *CONFLICTS,
        *CLAIMS,
        *ADD_NETWORK,
        *ADD_CONTRACT,
        *ADD_PROGRAM,
    ],
    "erin": [*NETWORK, *PROGRAMMES, *MEASURES, *ROSTER, *FEEDS, *CONFLICTS, *CLAIMS],
    "grace": [*NETWORK, *MEASURES, *ADD_NETWORK],
    "ada": [*NETWORK, *PROGRAMMES, *MEASURES, *FEEDS, *WEBHOOKS, *ADD_NETWORK, *ADD_CONTRACT, *SANDBOXES],
    "vera": AUDIT,
    "alice": [],
    "charlie": [],
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("who", MAY)
def test_a_page_opens_for_those_whose_work_it_is(sign_in, who, name):
    answer = sign_in(who).get(reverse(name))
    assert answer.status_code == (200 if name in MAY[who] else 403)


@pytest.mark.parametrize(
    "who, status", [("dana", 200), ("erin", 200), ("grace", 200), ("ada", 200), ("vera", 302), ("alice", 403)]
)
def test_the_first_page(sign_in, who, status):
    assert sign_in(who).get(reverse("pbm:index")).status_code == status


@pytest.mark.parametrize("name", ["pbm:index", *ALL])
def test_a_visitor_is_led_to_sign_in(client, cast, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302 and answer["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "name, who",
    [
        ("pbm:roster_export", "erin"),
        ("pbm:roster_search", "grace"),
        ("pbm:letters_print", "erin"),
        ("pbm:letters_mark", "erin"),
        ("pbm:letters_addresses", "erin"),
        ("pbm:audit_export", "dana"),
        ("pbm:claims_decide", "dana"),
    ],
)
def test_a_deed_is_refused_to_those_whose_work_it_is_not(sign_in, name, who):
    assert sign_in(who).post(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["pbm:claims_decide", "pbm:roster_export", "pbm:roster_search", "pbm:audit_export"])
def test_deeds_are_not_done_by_a_link(sign_in, name):
    answers = {who: sign_in(who).get(reverse(name)).status_code for who in ("dana", "erin", "vera")}
    assert set(answers.values()) <= {403, 405}


def test_the_navigation_shows_what_a_person_may_open(sign_in):
    for who in ("dana", "erin", "grace", "ada"):
        page = sign_in(who).get(reverse("pbm:index"))
        for item in page.context["nav_items"]:
            assert sign_in(who).get(reverse(item["name"])).status_code == 200, (who, item)

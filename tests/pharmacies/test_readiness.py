"""What a pharmacy lacks, and what runs out, on a day."""

from datetime import date, timedelta

import pytest

from carecoord.kernel.tenancy import context
from pharmacies import actions, readiness
from pharmacies.models import Credential, NetworkMembership, PbmParticipation, ServiceAttestation
from pharmacies.standard import SERVICES

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
MINIMUM = [service.code for service in SERVICES if service.is_minimum]


def lacks(cast, who="alice", on=DAY):
    person = getattr(cast, who)
    with context.acting_as(person.scope):
        return [lack.code for lack in readiness.missing_to_bill(person, pharmacy=cast.a.pharmacy, on=on)]


def attest(cast, services=MINIMUM, since=DAY, **given):
    with context.acting_as(cast.grace.scope):
        return actions.attest(
            network=cast.network, pharmacy=cast.a.pharmacy, services=services, attested_by="Alice", evidence="Folder 7.",
            since=since, by=cast.grace, **given,
        )  # fmt: skip


def add_paper(cast, kind, until=None, **given):
    with context.acting_as(cast.dana.scope):
        return actions.add_credential(
            pharmacy=cast.a.pharmacy, kind=kind, since=date(2025, 1, 1), until=until, by=cast.dana, **given
        )


def ending(cast, who="dana", days=90):
    person = getattr(cast, who)
    with context.acting_as(person.scope):
        found = readiness.running_out(person, on=DAY, days=days)
    return [(each.what, each.step) for each in found]


def test_what_is_missing_is_the_same_to_the_pharmacy_and_to_those_who_look_after_it(cast):
    assert lacks(cast, "alice") == lacks(cast, "dana") == ["attestation", "dsmt", "standard"]
    assert lacks(cast, "grace") == ["attestation", "dsmt", "standard"]  # who cannot see PBMs' own networks misses none


def test_nothing_is_missing_once_everything_is_there(cast):
    attest(cast)
    add_paper(cast, "attestation")
    add_paper(cast, "dsmt", number="D1")
    assert lacks(cast) == []


def test_places_and_papers_are_missed_when_they_end(cast, as_owner):
    with as_owner():
        NetworkMembership.objects.filter(pharmacy=cast.a.pharmacy).update(until=date(2026, 5, 31))
        PbmParticipation.objects.filter(pharmacy=cast.a.pharmacy).update(until=date(2026, 5, 31))
        Credential.objects.filter(pharmacy=cast.a.pharmacy).update(until=date(2026, 5, 31))
    assert lacks(cast) == [
        "network", "pbm", "license", "license", "exclusion_check", "attestation", "immunization", "dsmt",
    ]  # fmt: skip
    assert lacks(cast, "dana", on=date(2026, 5, 31)) == ["attestation", "dsmt", "standard"]


def test_a_standard_is_missed_service_by_service(cast):
    attest(cast, [code for code in MINIMUM if code != "immunization"])
    with context.acting_as(cast.alice.scope):
        (lack,) = [
            x for x in readiness.missing_to_bill(cast.alice, pharmacy=cast.a.pharmacy, on=DAY) if x.code == "standard"
        ]
    assert lack.sentence == "Lantern Network asks for: immunizations."


def test_a_word_counts_a_year_and_is_renewed_before_it_runs_out(cast, as_owner):
    (first,) = attest(cast, ["immunization"])
    assert first.until == date(2027, 5, 31)
    attest(cast, ["immunization"], since=date(2027, 5, 1))
    with as_owner():
        rows = ServiceAttestation.objects.filter(service="immunization").order_by("since").values_list("since", "until")
        assert list(rows) == [(DAY, date(2027, 4, 30)), (date(2027, 5, 1), date(2028, 4, 29))]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"services": ["naloxone"]}, "does not ask for: naloxone"),
        ({"since": date(2019, 1, 1)}, "not in this network"),
        ({"until": date(2026, 5, 1)}, "before the first"),
    ],
)
def test_a_word_that_cannot_count_is_refused(cast, given, says):
    with pytest.raises(actions.CannotChange, match=says):
        attest(cast, **given)


def test_a_word_for_a_later_day_stands_in_the_way(cast):
    attest(cast, ["immunization"])
    with pytest.raises(actions.CannotChange, match="Immunizations: an attestation from 1 Jun 2026"):
        attest(cast, ["immunization"], since=date(2026, 1, 1))


def test_a_word_can_be_taken_back_and_is_not_made_longer(cast):
    (word,) = attest(cast, ["immunization"])
    with context.acting_as(cast.grace.scope):
        with pytest.raises(actions.CannotChange, match="attest the service anew"):
            actions.end_attestation(attestation=word, until=date(2030, 1, 1), by=cast.grace)
        assert actions.end_attestation(attestation=word, until=date(2026, 7, 1), by=cast.grace).until == date(
            2026, 7, 1
        )


def test_papers_run_out_in_steps_of_thirty_days(cast):
    for number, days in enumerate([-1, 0, 30, 31, 90, 91]):
        add_paper(cast, "dsmt", until=DAY + timedelta(days=days), number=str(number))
        assert [step for _, step in ending(cast)] == [
            ["expired"],
            ["30 days"],
            ["30 days"],
            ["60 days"],
            ["90 days"],
            [],
        ][number]


def test_a_paper_with_a_successor_does_not_run_out(cast):
    add_paper(cast, "dsmt", until=DAY + timedelta(days=5), number="old")
    assert ending(cast) == [("DSMT accreditation", "30 days")]
    add_paper(cast, "dsmt", number="new")
    assert ending(cast) == []


def test_anothers_paper_is_no_successor(cast):
    add_paper(cast, "immunization", until=DAY + timedelta(days=5), number="mine", person=cast.bob)
    assert ending(cast) == [("Immunization certificate", "30 days")]  # alice's own goes on


def test_a_stranger_is_told_of_nothing_that_runs_out(cast):
    add_paper(cast, "dsmt", until=DAY + timedelta(days=5))
    attest(cast, ["immunization"], until=DAY + timedelta(days=5))
    assert ending(cast, "charlie") == [] and len(ending(cast, "alice")) == len(ending(cast, "grace")) == 2

"""Three tries: what counts, what the policy speaks against, where it ends; and a flag put off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import outreach as policy
from patients.care import protocols, worklist, zones
from patients.care.actions import outreach
from patients.care.models import OutreachTry, Snooze, State
from patients.care.models.outreach import TRANSITIONS
from patients.flags.models import Flag

from .test_protocols import CALL

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
LIMITS = policy.Limits(tries=3, days_apart=7, not_before=8, not_from=21)


@pytest.fixture
def flag(cast, story):
    with context.acting_as(cast.alice.scope):
        yield story[0]


def log(cast, flag, outcome="no_answer", channel="phone", **more):
    return outreach.log_try(flag=flag, channel=channel, outcome=outcome, by=cast.alice, **more)


def said(flag):
    return Flag.objects.get(pk=flag.pk)


def test_every_state_has_its_transitions():
    assert set(TRANSITIONS) == set(State)
    assert all(to <= set(State) for to in TRANSITIONS.values())
    assert set(policy.STATES) == set(OutreachTry.Outcome)


def test_three_tries_in_vain_a_week_apart_take_the_flag_off_as_not_reachable(cast, flag, that_day):
    states = []
    for outcome in ("no_answer", "voicemail", "no_answer"):
        one = log(cast, flag, outcome)
        states.append((one.number, one.counts, one.state, one.next_on))
        that_day.shift(timedelta(days=7))
    assert states == [
        (1, True, "attempting", date(2026, 11, 28)),
        (2, True, "attempting", date(2026, 12, 5)),
        (3, True, "unable", None),
    ]
    assert (said(flag).status, said(flag).dismissal) == ("dismissed", "not_found")
    assert "21 Nov: Telephone, no answer" in flag.changes.latest("id").why
    with pytest.raises(outreach.CannotTry, match="is dismissed"):
        log(cast, flag)


def test_tries_too_close_together_are_kept_and_do_not_count(cast, flag, that_day):
    log(cast, flag)
    for _ in range(4):
        that_day.shift(timedelta(hours=1))
        one = log(cast, flag)
        assert (one.counts, one.state, one.next_on) == (False, "attempting", date(2026, 11, 28))
    assert said(flag).status == "open"


def test_the_policy_is_a_parameter_of_the_day(cast, flag, as_owner):
    with as_owner():
        for code, value in (("tries", 2), ("days_apart", 0)):
            ParameterValue.objects.create(
                code=f"care.outreach_{code}", value=value, since=date(2026, 11, 1), reason="A pilot."
            )
    with context.acting_as(cast.alice.scope):
        assert [log(cast, flag).state for _ in range(2)] == ["attempting", "unable"]


@pytest.mark.parametrize(
    "outcome, state, dismissal", [("declined", "declined", "declined"), ("reached", "reached", "")]
)
def test_a_word_from_the_patient_ends_the_trying(cast, flag, outcome, state, dismissal):
    one = log(cast, flag, outcome)
    assert (one.state, one.next_on, said(flag).dismissal) == (state, None, dismissal)


def test_who_asked_to_be_called_back_is_called_whatever_the_hour(cast, flag, that_day):
    at = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # 10:30 in the evening of the 22nd
    assert log(cast, flag, "call_back", call_back_at=at).next_on == date(2026, 11, 22)
    that_day.move_to(at)
    assert log(cast, flag, "reached").against_policy == ""
    for wrong in ({}, {"call_back_at": at - timedelta(days=9)}, {"call_back_at": at + timedelta(days=400)}):
        with pytest.raises(outreach.CannotTry):
            log(cast, flag, "call_back", **wrong)


def test_quiet_hours_hold_where_the_patient_lives(cast, flag, that_day, as_owner):
    that_day.move_to("2026-11-21T13:30:00+00:00")  # 8:30 in New York, 7:30 in Chicago
    assert log(cast, flag).against_policy == ""
    for state, where in [("TX", "7:30 AM"), ("KY", "7:30 AM")]:
        with as_owner():
            cast.a.patient.state = state
            cast.a.patient.save()
        with context.acting_as(cast.alice.scope):
            with pytest.raises(outreach.CannotTry, match=f"It is {where} where the patient lives"):
                log(cast, flag)
            one = log(cast, flag, anyway=True, note="Answered a call of theirs")
            assert (one.counts, where in one.against_policy) == (False, True)
            assert log(cast, flag, channel="counter").against_policy == ""


@pytest.mark.parametrize(
    "kind, given, channel, outcome, match",
    [
        ("texts", None, "text", "no_answer", "no consent to text"),
        ("texts", False, "text", "no_answer", "no consent to text"),
        ("texts", True, "text", "no_answer", None),
        ("voicemail", False, "phone", "voicemail", "does not want messages"),
        ("voicemail", True, "phone", "voicemail", None),
        ("voicemail", None, "phone", "voicemail", None),
        ("calls", False, "phone", "no_answer", "does not want to be called"),
        ("services", False, "phone", "no_answer", "declined the pharmacy's services"),
    ],
)
def test_consent(cast, flag, kind, given, channel, outcome, match):
    if given is not None:
        care.record_consent(
            patient=cast.a.patient, pharmacy=cast.a.pharmacy, kind=kind, is_given=given, since=TODAY, by=cast.alice
        )
    if match is None:
        assert log(cast, flag, outcome, channel).counts
        return
    with pytest.raises(outreach.CannotTry, match=match):
        log(cast, flag, outcome, channel)
    with pytest.raises(outreach.CannotTry, match=match):
        log(cast, flag, outcome, channel, anyway=True, note=" ")


def test_a_put_back_flag_begins_a_new_round(cast, flag):
    log(cast, flag, "declined")
    care_flags = said(flag)
    from patients.flags import actions as flags

    flags.reopen(flag=care_flags, by=cast.alice)
    one = log(cast, flag)
    assert (one.number, one.from_state, one.state, one.counts) == (2, "declined", "attempting", True)


def test_a_call_of_a_visit_is_a_try_by_itself(cast, flag):
    visit = care.start(
        patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="adherence_call", flag=flag, by=cast.alice
    )
    answers = {"service_on": "2026-11-21", "medicine": "Lisinopril", "outcome": "message"}
    visit = care.save(encounter=visit, answers=answers, revision=visit.revision, by=cast.alice)
    care.complete(encounter=visit, by=cast.alice)
    visit = care.start(
        patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="adherence_call", flag=flag, by=cast.alice
    )
    visit = care.save(encounter=visit, answers=CALL, revision=visit.revision, by=cast.alice)
    care.complete(encounter=visit, by=cast.alice)
    tries = OutreachTry.objects.filter(flag=flag).order_by("number")
    assert [(t.outcome, t.state) for t in tries] == [("voicemail", "attempting"), ("reached", "reached")]
    assert said(flag).status == "closed"


REVIEW = {"service_on": "2026-11-21", "occasion": ["discharge"]}


@pytest.mark.parametrize(
    ("outcome", "tried", "state", "dismissal"),
    [
        ("message", "voicemail", "attempting", ""),
        ("no_answer", "no_answer", "attempting", ""),
        ("wrong_number", "wrong_number", "wrong_number", ""),
        ("declined", "declined", "declined", "declined"),
    ],
)
def test_a_review_that_came_to_nothing_is_a_try_by_itself(cast, flag, outcome, tried, state, dismissal):
    visit = care.start(
        patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="medication_review", flag=flag, by=cast.alice
    )
    visit = care.save(encounter=visit, answers=REVIEW | {"outcome": outcome}, revision=visit.revision, by=cast.alice)
    care.complete(encounter=visit, by=cast.alice)
    one = OutreachTry.objects.get(flag=flag)
    assert (one.outcome, one.state, said(flag).dismissal) == (tried, state, dismissal)


def test_every_protocol_counts_what_it_lets_come_of_a_try():
    """Whatever outcome can be chosen is a service that was given, or a try."""
    choosing = [each for each in protocols.every().values() if "outcome" in each.by_name]
    assert {each.code for each in choosing} == {"adherence_call", "comprehensive_review", "medication_review"}
    for protocol in choosing:
        for code, _ in protocol.by_name["outcome"].choices:
            attempt = protocol.attempt({"outcome": code})
            assert attempt in OutreachTry.Outcome.values or protocol.given({"outcome": code}), (protocol.code, code)


def test_the_same_try_is_never_stored_twice(cast, flag):
    one = log(cast, flag)
    twin = {f.attname: getattr(one, f.attname) for f in one._meta.concrete_fields if f.name != "id"}
    with pytest.raises(IntegrityError), transaction.atomic():
        OutreachTry.objects.create(**twin)


def test_a_flag_put_off_is_off_the_list_until_its_day(cast, flag, that_day):
    outreach.snooze(flag=flag, until=TODAY + timedelta(days=3), why="On holiday", by=cast.alice)
    on = lambda day, show="all": [f.pk for f in worklist.chosen(cast.alice, show=show, today=day)]  # noqa: E731
    assert flag.pk not in on(TODAY) and flag.pk in on(TODAY, "snoozed")
    assert flag.pk not in on(TODAY + timedelta(days=2)) and flag.pk in on(TODAY + timedelta(days=3))
    outreach.snooze(flag=flag, until=TODAY + timedelta(days=9), by=cast.alice)
    assert Snooze.objects.filter(flag=flag, ended_at=None).count() == 1
    outreach.wake(flag=flag, by=cast.alice)
    assert flag.pk in on(TODAY)
    for until in (TODAY, TODAY + timedelta(days=61)):
        with pytest.raises(outreach.CannotTry, match="until a day within"):
            outreach.snooze(flag=flag, until=until, by=cast.alice)


def test_whom_to_try_again_today(cast, flag, that_day):
    log(cast, flag)
    assert flag.pk not in [f.pk for f in worklist.chosen(cast.alice, show="try", today=TODAY)]
    again = worklist.chosen(cast.alice, show="try", today=TODAY + timedelta(days=7))
    assert [(f.pk, f.next_try_on) for f in again] == [(flag.pk, TODAY + timedelta(days=7))]


def test_every_state_of_the_union_has_a_zone_and_every_zone_exists():
    from zoneinfo import ZoneInfo

    assert zones.zones_of("ky") == ("America/New_York", "America/Chicago")
    assert zones.zones_of("XX") == () == zones.zones_of("")
    assert len(zones._every()) == 52
    for names in zones._every().values():
        assert all(ZoneInfo(name) for name in names)

"""From what happened to a receiver's answer: tries and their pauses, one id, and nobody held up by somebody else."""

import contextlib
import json
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone
from standardwebhooks import Webhook

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.webhooks import dispatch, retention, sending
from carecoord.kernel.webhooks.actions import endpoints, messages
from carecoord.kernel.webhooks.models import Attempt, Message, Secret

from .conftest import START
from .receiver import as_worker, endpoint_of, health_of, listening, messages_of, now, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("this_machine")]


def test_what_happened_is_told_and_verifies(cast, receiver, as_owner):
    endpoint, secret = endpoint_of(cast.frank, receiver.url)
    told(cast, answer=42)
    jobs.drain()
    (got,) = receiver.got
    body = Webhook(secret).verify(got.body, got.headers)
    assert body["type"] == "thing.happened" and body["data"] == {"answer": 42}
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    (message,) = messages_of(endpoint)
    assert (message.state, message.tries, message.webhook_id) == ("sent", 1, got.headers["webhook-id"])
    (attempt,) = message.tried
    assert attempt.status == 204 and attempt.was_taken and attempt.fault == ""
    assert now(endpoint, as_owner).state == "on" and health_of(endpoint, as_owner).last_success_at
    jobs.drain()
    assert len(receiver.got) == 1


def test_another_payers_endpoint_hears_nothing(cast, receiver):
    endpoint_of(cast.gus, receiver.url)
    told(cast)
    jobs.drain()
    assert receiver.got == []


def test_what_is_rolled_back_is_never_told(cast, receiver):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    with pytest.raises(ZeroDivisionError), as_worker(cast.a.payer):
        messages.tell(payer_id=cast.a.payer.pk, type="x", data={})
        raise ZeroDivisionError
    jobs.drain()
    assert receiver.got == [] and messages_of(endpoint) == []


def tries_until_given_up(clock, endpoint):
    """Seconds between one try and the next, as a sweeper that looks every second would make them."""
    times = []
    for _ in range(20):
        jobs.drain()
        (message,) = messages_of(endpoint)
        times.append(timezone.now())
        if message.state != "waiting":
            break
        clock.move_to(message.next_try_at + timedelta(seconds=1))
    return [(later - earlier).total_seconds() for earlier, later in zip(times, times[1:], strict=False)]


def test_a_failing_receiver_is_tried_ten_times_in_three_days_under_one_id(cast, receiver, clock, as_owner):
    receiver.says(500, body=b"out of order")
    endpoint, secret = endpoint_of(cast.frank, receiver.url)
    told(cast)
    pauses = tries_until_given_up(clock, endpoint)
    assert len(pauses) == 9 and len(receiver.got) == 10
    for pause, wanted in zip(pauses, dispatch.PAUSES, strict=True):
        assert wanted <= pause <= wanted * 1.2 + 2
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    times = [int(got.headers["webhook-timestamp"]) for got in receiver.got]
    assert times == sorted(set(times))
    (message,) = messages_of(endpoint)
    assert message.state == "failed" and message.ended_at
    first = message.tried[0]
    assert (first.status, first.fault, first.answer) == (500, "It answered 500.", "out of order")
    assert now(endpoint, as_owner).state == "failing"
    assert health_of(endpoint, as_owner).failing_since == START
    receiver.says(200)
    with as_worker(cast.a.payer):
        messages.send_again(message=message, by=None)
    jobs.drain()
    assert len(receiver.got) == 11 and receiver.got[-1].headers["webhook-id"] == receiver.got[0].headers["webhook-id"]
    assert now(endpoint, as_owner).state == "on" and health_of(endpoint, as_owner).gave_up_at is None
    assert len(messages_of(endpoint)[0].tried) == 11


def test_a_late_endpoint_is_not_yet_a_failing_one(cast, receiver, clock, as_owner):
    receiver.says(503)
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    jobs.drain()
    assert now(endpoint, as_owner).state == "late"


def test_the_jitter_spreads_what_failed_together():
    answer = sending.Answer(status=500)
    pauses = {dispatch._pause(4, answer) for _ in range(50)}
    assert len(pauses) > 40 and min(pauses) >= 7_200 and max(pauses) <= 7_200 * 1.2


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_left_alone_with_all_its_messages(cast, receiver, clock, as_owner, status):
    receiver.says(status, [("Retry-After", "600")])
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    told(cast)
    jobs.drain()
    assert len(receiver.got) == 1
    receiver.says(200)
    clock.shift(599)
    jobs.drain()
    assert len(receiver.got) == 1
    clock.shift(2)
    jobs.drain()
    assert [m.state for m in messages_of(endpoint)] == ["sent", "sent"]


def test_nobody_may_ask_us_to_wait_for_longer_than_a_day(cast, receiver, clock, as_owner):
    receiver.says(429, [("Retry-After", "99999999")])
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    jobs.drain()
    assert messages_of(endpoint)[0].next_try_at == START + timedelta(days=1)


def test_killed_between_the_answer_and_its_record_it_is_sent_again_under_the_same_id(
    cast, receiver, clock, monkeypatch
):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    record, killed = dispatch._settle, []

    def die(**given):
        if not killed:
            killed.append(given["answer"])
            raise SystemExit("killed")
        return record(**given)

    monkeypatch.setattr(dispatch, "_settle", die)
    with pytest.raises(SystemExit):
        jobs.drain()
    assert killed[0].was_taken and messages_of(endpoint)[0].tried == []
    clock.shift(60)
    jobs.drain()
    assert len(receiver.got) == 2 and receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    assert messages_of(endpoint)[0].state == "sent"


def test_a_message_that_breaks_our_worker_every_time_is_a_failed_try_and_the_others_go_on(
    cast, receiver, clock, monkeypatch
):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast, type="bad")
    told(cast, type="good")
    bad = messages_of(endpoint)[0].pk
    post = dispatch._try

    def breaks(endpoint, message):
        if message.pk == bad:
            raise RuntimeError("a defect of ours")
        return post(endpoint, message)

    monkeypatch.setattr(dispatch, "_try", breaks)
    for _ in range(12):
        with contextlib.suppress(RuntimeError):
            jobs.drain()
        clock.shift(45 * 60)
    first, second = messages_of(endpoint)
    assert second.state == "sent" and first.state == "waiting"
    assert "a defect of ours" in first.tried[0].fault
    assert len(receiver.got) == 1


def test_a_slow_endpoint_rests_and_others_come_first(cast, receiver, clock, as_owner, monkeypatch):
    slow, _ = endpoint_of(cast.frank, receiver.url)
    with listening() as other:
        quick, _ = endpoint_of(cast.frank, other.url)
        posted = sending.post

        def late(target, **given):
            if target.port != receiver.port:
                return posted(target, **given)
            receiver.got.append(target)
            return sending.Answer(fault="It took longer than ten seconds.", milliseconds=10_000)

        monkeypatch.setattr(sending, "post", late)
        for _ in range(5):
            told(cast)
        jobs.drain()
        assert len(other.got) == 5 and len(receiver.got) == 1
        clock.shift(31)
        jobs.drain()
        assert len(receiver.got) == 2


def test_a_busy_endpoint_is_looked_at_again_with_one_piece_of_work(cast, receiver, clock, monkeypatch, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    for _ in range(20):
        told(cast)
    with monkeypatch.context() as busy:
        busy.setattr(dispatch, "_take_slot", lambda endpoint: False)
        jobs.drain()
    with as_owner():
        assert Outbox.objects.filter(topic="webhook.due", done_at=None).count() == 1
    clock.shift(6)
    jobs.drain()
    assert len(receiver.got) == 20


def test_work_that_was_lost_is_found_by_the_daily_tidying(cast, receiver, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    with as_owner():
        Outbox.objects.all().delete()
    jobs.drain()
    assert receiver.got == []
    with as_worker(cast.a.payer):
        retention.tidy(payer=cast.a.payer, today=timezone.localdate())
    jobs.drain()
    assert len(receiver.got) == 1 and messages_of(endpoint)[0].state == "sent"


def test_a_second_that_another_clock_has_passed_is_looked_at_all_the_same(cast, receiver, clock, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    with as_worker(cast.a.payer):
        for _ in range(2):
            dispatch._look_again(endpoint, START + timedelta(seconds=5))
    with as_owner():
        (row,) = Outbox.objects.filter(topic="webhook.due", done_at=None)
        Outbox.objects.filter(pk=row.pk).update(done_at=START)
    with as_worker(cast.a.payer):
        dispatch._look_again(endpoint, START + timedelta(seconds=5))
    with as_owner():
        assert Outbox.objects.filter(topic="webhook.due", done_at=None).count() == 1


def test_two_messages_at_most_are_on_their_way_to_one_endpoint(cast, receiver, clock):
    """Two other workers hold the lines; the third waits its turn, and another endpoint has lines of its own."""
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    elsewhere, _ = endpoint_of(cast.frank, f"{receiver.url}/elsewhere")
    others = connections.create_connection("worker")
    try:
        with others.cursor() as cursor:
            for slot in range(dispatch.AT_ONCE):
                number = endpoint.pk * dispatch.AT_ONCE + slot
                cursor.execute("select pg_advisory_lock(hashtext('carecoord.webhooks'), %s::int)", [number])
        told(cast)
        jobs.drain()
        assert [message.state for one in (endpoint, elsewhere) for message in messages_of(one)] == ["waiting", "sent"]
    finally:
        others.close()
    clock.shift(6)
    jobs.drain()
    assert messages_of(endpoint)[0].state == "sent" and len(receiver.got) == 2


def test_nothing_is_left_to_do_when_all_is_sent(cast, receiver, as_owner):
    endpoint_of(cast.frank, receiver.url)
    for _ in range(7):
        told(cast)
    jobs.drain()
    with as_owner():
        assert not Outbox.objects.filter(topic="webhook.due", done_at=None).exists()
    assert len(receiver.got) == 7


def test_each_try_is_in_the_trail(cast, receiver, as_owner):
    endpoint_of(cast.frank, receiver.url)
    told(cast)
    jobs.drain()
    with as_owner():
        events = set(AuditEvent.objects.filter(event__startswith="webhook").values_list("event", flat=True))
    assert events == {"webhook.queued", "webhook.tried"}


def test_a_body_is_what_it_was_when_it_happened(cast, receiver, clock):
    endpoint_of(cast.frank, receiver.url)
    receiver.says(500)
    told(cast, name="ünïcode \u2028")
    jobs.drain()
    clock.shift(60)
    jobs.drain()
    assert receiver.got[0].body == receiver.got[1].body
    assert json.loads(receiver.got[0].body) == {
        "type": "thing.happened",
        "timestamp": "2026-11-27T12:00:00.000Z",
        "data": {"name": "ünïcode \u2028"},
    }


def test_old_tries_and_messages_go_after_a_month(cast, receiver, clock, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    jobs.drain()
    receiver.says(500)
    told(cast)
    jobs.drain()
    with jobs.context.acting_as(cast.ada.scope):
        endpoints.rotate(endpoint=endpoint, by=cast.ada)
    clock.shift(timedelta(days=29))
    with as_worker(cast.a.payer):
        assert retention.tidy(payer=cast.a.payer, today=timezone.localdate()) == 0
    clock.shift(timedelta(days=3))
    with as_worker(cast.a.payer):
        retention.tidy(payer=cast.a.payer, today=timezone.localdate())
    with as_owner():
        assert [m.state for m in Message.objects.filter(endpoint_id=endpoint.pk)] == ["waiting"]
        assert not Attempt.objects.filter(message__endpoint_id=endpoint.pk).exists()
        assert Secret.objects.get(endpoint_id=endpoint.pk).until is None

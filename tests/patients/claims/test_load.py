"""A delivery on its way: every line in exactly one place, whatever is wrong with it or with the machine."""

import gzip
from datetime import date

import pytest

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from patients.claims import actions, events, queries, reader, staging, storage
from patients.claims.encoding import Encoder
from patients.claims.formats import Feed, FeedRefused
from patients.claims.models import EligibilityEvent, Fill, PharmacyEvent, Reject
from patients.claims.tables import TABLES
from patients.models import Client, Coverage, Member, Patient

from .feeds import SPAN, claim, claims_file, counts, fresh, load, new_payer, span, spans_file, states, take, withdraw

pytestmark = pytest.mark.django_db


def test_a_claim_waits_for_its_member_and_is_then_taken_up(payer, as_owner):
    early = load(payer, claims_file(claim("A"), claim("B", member_id="M2")))
    assert counts(early) == (2, 0, 2, 0, 0, 0)
    assert states(payer) == {"A": "waiting", "B": "waiting"}
    enrolled = load(payer, spans_file(span("M1", first_name="Ada", last_name="Okafor")))
    assert counts(enrolled) == (1, 1, 0, 0, 0, 0)
    assert counts(fresh(payer, early)) == (2, 1, 1, 0, 0, 0)
    assert states(payer) == {"A": "paid", "B": "waiting"}
    with as_owner():
        fill = Fill.objects.get()
        assert (fill.patient.name, fill.day, fill.days_supply, fill.paid_cents) == ("Okafor, Ada", 20148, 30, 1000)
        assert fill.patient_id in queries.touched_patients(enrolled.pk)


def test_a_claim_that_knows_only_the_person_finds_the_member(payer):
    load(payer, spans_file(span("M1", person_id="P1")))
    assert counts(load(payer, claims_file(claim("A", member_id="P1")))) == (1, 1, 0, 0, 0, 0)


def test_withdrawn_eligibility_sends_claims_back_to_waiting(payer, as_owner):
    enrolled = load(payer, spans_file(span("M1")))
    claims = load(payer, claims_file(claim("A")))
    withdraw(payer, enrolled)
    assert counts(fresh(payer, claims)) == (1, 0, 1, 0, 0, 0)
    with as_owner():
        assert not Fill.objects.exists()
        assert not Coverage.objects.exists()
        assert Member.objects.count() == 1  # care may hang on the person
    load(payer, spans_file(span("M1")))
    assert states(payer) == {"A": "paid"}
    with as_owner():
        assert Patient.objects.count() == 1
        assert Fill.objects.count() == 1


def test_an_event_that_another_delivery_repeated_stays(payer, as_owner):
    load(payer, spans_file(span("M1")))
    first = load(payer, claims_file(claim("A"), claim("B")))
    second = load(payer, claims_file(claim("A"), claim("C")))
    assert counts(second) == (2, 1, 0, 1, 0, 0)
    withdraw(payer, first)
    assert states(payer) == {"A": "paid", "C": "paid"}
    assert counts(fresh(payer, second)) == (2, 2, 0, 0, 0, 0)
    withdraw(payer, second)
    assert states(payer) == {}
    with as_owner():
        assert PharmacyEvent.objects.filter(is_withdrawn=True).count() == 3  # a record of what was once said


def test_bad_lines_are_named_and_the_good_ones_are_loaded(payer, as_owner):
    load(payer, spans_file(span("M1")))
    lines = claims_file(
        claim("A"), claim("B", dispensing_date="2025-02-30", quantity="x"), "only,three,columns", claim("C")
    )
    delivery = load(payer, lines)
    assert counts(delivery) == (4, 2, 0, 0, 2, 0)
    with as_owner():
        found = list(Reject.objects.order_by("line_number", "field").values_list("line_number", "field", "code"))
    assert found == [(3, "dispensing_date", "not_a_date"), (3, "quantity", "not_a_number"), (4, "line", "column_count")]
    assert storage.path_of(delivery.stored_as).exists()  # kept, so that a person can look at the rejected lines


def test_statistics_are_made_of_every_column_that_an_index_is_of():
    """Without them the planner takes any index that begins with the payer, and reads all that the payer has."""
    for table in TABLES.values():
        planned = events._planned_by(table.model._meta)
        wanted = {"id", "payer_id", "record_id", "member_id", "delivery_id"}
        wanted |= {"person_id", "patient_id"} if table.is_eligibility else {"claim_id"} if table.is_payment else set()
        assert wanted <= set(planned) <= {field.column for field in table.model._meta.concrete_fields}


def test_a_line_that_the_database_refuses_is_set_aside_alone(payer, as_owner, monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 8)
    lines = claims_file(*(claim(f"C{i:02}") for i in range(40)))
    original = Encoder.encode

    def poisoned(self, row):
        digest, words = original(self, row)
        return digest, words.replace("C17\t1\t", "C17\t99999999999\t", 1)

    monkeypatch.setattr(Encoder, "encode", poisoned)
    monkeypatch.setattr(Feed, "written", Feed.__iter__)  # line by line, through the encoder
    delivery = load(payer, lines)
    assert counts(delivery) == (40, 0, 39, 0, 1, 0)
    with as_owner():
        assert list(Reject.objects.values_list("line_number", "field", "code")) == [(19, "line", "database_refused")]


def test_a_line_that_utf_8_cannot_write_is_set_aside_whatever_chunk_it_is_in(payer, as_owner, monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 1)
    monkeypatch.setattr(staging, "CHUNK_ROWS", 3)
    original = Encoder.encode

    def poisoned(self, row):
        digest, words = original(self, row)
        return digest, words.replace("C02", "\ud800", 1)

    monkeypatch.setattr(Encoder, "encode", poisoned)
    monkeypatch.setattr(Feed, "written", Feed.__iter__)  # line by line, through the encoder
    delivery = load(payer, claims_file(*(claim(f"C{i:02}") for i in range(8))))
    assert counts(delivery) == (8, 0, 7, 0, 1, 0)
    with as_owner():
        assert list(Reject.objects.values_list("line_number", "code")) == [(4, "database_refused")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (claims_file().replace(b"rx_number", b"quantity"), "more than once"),
        (b"name,shoe size\n", "no known column"),
        (gzip.compress(claims_file(claim("A")))[:-9], "gzip"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(payer, as_owner, content, sentence):
    delivery = load(payer, content)
    assert (delivery.state, counts(delivery)) == ("refused", (0, 0, 0, 0, 0, 0))
    assert sentence in delivery.refusal
    with as_owner():
        assert not PharmacyEvent.objects.exists()


def test_gzip_is_read(payer):
    assert counts(load(payer, gzip.compress(claims_file(claim("A"))))) == (1, 0, 1, 0, 0, 0)


def test_the_bytes_go_when_they_are_loaded(payer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delivery = load(payer, claims_file(claim("A")))
    assert not storage.path_of(delivery.stored_as).exists()


def test_loading_twice_does_it_once(payer, as_owner):
    delivery = load(payer, claims_file(claim("A")))
    with as_owner():
        jobs.hand_on(topic="delivery.received", payer_id=payer.pk, subject_id=delivery.pk)
    jobs.drain()
    assert counts(fresh(payer, delivery)) == (1, 0, 1, 0, 0, 0)


def test_the_newest_span_says_who_somebody_is(payer, as_owner):
    old = span(
        "M1", first_name="Ada", last_name="Old", enrollment_end_date="2024-12-31", enrollment_start_date="2024-01-01"
    )
    new = span("M1", last_name="New", death_date="2025-06-01", group_id="G1", group_name="Group One")
    for order in ([old, new], [new, old]):
        each = new_payer(f"payer-{order[0][-30:]}")
        for line in order:
            load(each, spans_file(line))
        with as_owner():
            patient = Patient.objects.get(payer=each)
            assert (patient.search_name, patient.sex, patient.died_on) == ("new ada", "female", date(2025, 6, 1))
            spans = Coverage.objects.filter(payer=each).order_by("starts_on")
            assert [(s.contract, s.pbp, s.line_of_business) for s in spans] == [("H1234", "001", "medicare")] * 2
            assert spans[1].client == Client.objects.get(payer=each, code="G1", name="Group One")


def test_who_is_at_risk_is_told_a_span_and_a_feed_that_does_not_tell_it_is_known_again(payer, as_owner):
    def told(*lines):
        return "\n".join([",".join([*SPAN, "at_risk_beneficiary_flag"]), *lines, ""]).encode()

    first = span("M1", enrollment_end_date="2025-03-31")
    load(payer, spans_file(first))
    second = load(payer, told(f"{first},0", f"{span('M1', enrollment_start_date='2025-04-01')},1"))
    assert counts(second) == (2, 1, 0, 1, 0, 0)
    with as_owner():
        spans = Coverage.objects.order_by("starts_on")
        assert [one.is_at_risk_beneficiary for one in spans] == [False, True]


def test_an_end_that_is_learned_later_holds(payer, as_owner):
    load(payer, spans_file(span("M1")))
    second = load(payer, spans_file(span("M1", enrollment_end_date="2025-06-30")))
    assert counts(second) == (1, 0, 0, 0, 0, 1)
    with as_owner():
        assert Coverage.objects.get().ends_on == date(2025, 6, 30)
        assert EligibilityEvent.objects.filter(in_conflict=True).count() == 2


def test_what_a_delivery_lacks_and_how_its_header_differs_is_kept(payer):
    delivery = load(payer, claims_file(claim("A", days_supply="", dispensing_provider_npi="PCP1")))
    assert delivery.notes["no_days_supply"] == 1
    assert delivery.notes["pharmacy_ref_not_npi"] == 1
    assert delivery.drift["missing"]


def test_every_deed_is_in_the_trail(payer, as_owner):
    delivery = load(payer, claims_file(claim("A")))
    withdraw(payer, delivery, reason="Wrong month")
    with as_owner():
        events = AuditEvent.objects.filter(table_name="claims_delivery", event__startswith="delivery.")
        assert list(events.order_by("id").values_list("event", flat=True)) == [
            "delivery.received",
            "delivery.loaded",
            "delivery.withdrawn",
        ]


def test_only_a_loaded_delivery_can_be_withdrawn_and_only_with_a_reason(payer):
    waiting = take(payer, claims_file(claim("A")))
    with pytest.raises(actions.CannotWithdraw, match="received"):
        withdraw(payer, waiting)
    loaded = load(payer, claims_file(claim("A")))
    with pytest.raises(actions.CannotWithdraw, match="why"):
        withdraw(payer, loaded, reason=" ")
    withdraw(payer, loaded)
    with pytest.raises(actions.CannotWithdraw, match="withdrawn"):
        withdraw(payer, loaded)


def test_an_unknown_format_is_refused_before_a_byte_is_kept(payer, settings):
    with pytest.raises(FeedRefused, match="Unknown format"):
        take(payer, b"x", format="hl7")
    assert not settings.DELIVERIES.exists()


def test_a_file_that_is_too_long_leaves_nothing(payer, settings):
    settings.FEED_MAX_BYTES = 10
    with pytest.raises(storage.TooLarge, match="longer than 10 bytes"):
        take(payer, b"x" * 11)
    assert not [path for path in settings.DELIVERIES.rglob("*") if path.is_file()]


def test_another_payer_sees_nothing_of_it(payer, as_owner):
    other = new_payer("other")
    load(payer, claims_file(claim("A")))
    load(other, spans_file(span("M1")))
    assert states(payer) == {"A": "waiting"}
    assert states(other) == {}

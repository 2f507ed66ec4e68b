"""A delivery's page: its counts, its rejects, and taking it back."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from carecoord.faces.pbm import delivery_page
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from patients.claims import documentation
from patients.claims.formats.reading.described import FAULTS
from patients.claims.models import Delivery, Reject

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(cast, as_owner):
    with as_owner():
        Delivery.objects.filter(pk=cast.a.delivery.pk).update(state="loaded", lines=1, rejected=1)
        Reject.objects.create(
            payer=cast.a.payer, delivery=cast.a.delivery, line_number=7, field="ndc_code", code="not_an_ndc",
            message="ndc_code has no eleven digits", digest="0" * 64,
        )  # fmt: skip
    return cast.a.delivery


def page_of(delivery):
    return reverse("pbm:claims_delivery_change", args=[delivery.public_id])


def withdraw(client, delivery, reason="Sent by mistake"):
    return client.post(reverse("pbm:delivery_withdraw", args=[delivery.public_id]), {"reason": reason}, follow=True)


def test_rejects_are_grouped_with_field_code_count_and_first_lines(sign_in, loaded, as_owner):
    with as_owner():
        for line in (9, 9, 12, 15, 20):
            Reject.objects.create(
                payer_id=loaded.payer_id, delivery=loaded, line_number=line, field="ndc_code", code="not_an_ndc", message="x",
                digest="1" * 64,
            )  # fmt: skip
        Reject.objects.create(
            payer_id=loaded.payer_id,
            delivery=loaded,
            line_number=8,
            field="qty",
            code="not_a_number",
            message="No number.",
        )
    answer = sign_in("dana").get(page_of(loaded))
    groups = [(g.code, g.field, g.lines, g.message, g.first) for g in answer.context["groups"]]
    assert groups == [
        ("not_an_ndc", "ndc_code", 5, "ndc_code has no eleven digits", (7, 9)),
        ("not_a_number", "qty", 1, "No number.", (8,)),
    ]
    assert "ndc_code has no eleven digits" in answer.content.decode()


def test_a_reject_leads_to_what_the_documentation_says_of_its_field_and_its_code(sign_in, loaded, client, as_owner):
    with as_owner():
        Reject.objects.filter(delivery=loaded).update(code="not_a_date")
    page = sign_in("erin").get(page_of(loaded)).content.decode()
    lines = lines_of(sign_in("erin"), loaded, code="not_a_date", field="ndc_code").content.decode()
    for told_at in ("/formats/tuva_csv/#pharmacy_claim.ndc_code", "/formats/#not_a_date"):
        address, _, anchor = told_at.partition("#")
        assert f'href="{told_at}"' in page and f'href="{told_at}"' in lines
        assert f'id="{anchor}"' in client.get(address).content.decode(), "an engineer without an account can read it"


@pytest.mark.parametrize(
    ("code", "field", "kind", "anchor"),
    [
        ("tuva_csv", "claim_id", "medical_claim", "#medical_claim.claim_id"),
        ("tuva_csv", "claim_id", "", "#pharmacy_claim.claim_id"),
        ("tuva_csv", "line", "eligibility", "#eligibility.line"),
        ("tuva_csv", "a column of another file", "", ""),
        ("papyrus", "claim_id", "", None),
    ],
)
def test_the_address_of_a_field_is_that_of_its_kind_of_record(code, field, kind, anchor):
    told_at = delivery_page.told_at(Delivery(format=code, kind=kind), field)
    assert told_at == ("" if anchor is None else f"/formats/{code}/{anchor}")


def test_every_field_of_every_format_and_every_code_can_be_linked_to(client):
    page = client.get(reverse("feed_formats")).content.decode()
    assert [code for code in FAULTS if f'id="{code}"' not in page] == []
    for one in documentation.all_formats():
        page = client.get(reverse("feed_format", args=[one.code])).content.decode()
        for title, fields in one.fields.items():
            for field in fields:
                place = documentation.place_of(one.code, field.name, [title])
                assert f'id="{escape(place)}"' in page, (one.code, place)


def lines_of(client, delivery, **asked):
    return client.get(reverse("pbm:delivery_reject_lines", args=[delivery.public_id]), asked)


def test_a_group_leads_to_its_lines(sign_in, loaded, cast):
    client = sign_in("dana")
    assert "code=not_an_ndc&amp;field=ndc_code" in client.get(page_of(loaded)).content.decode()
    answer = lines_of(client, loaded, code="not_an_ndc", field="ndc_code")
    assert [row.line_number for row in answer.context["rows"]] == [7] and "0" * 64 in answer.content.decode()
    assert "No such lines" in lines_of(client, loaded, code="other", field="ndc_code").content.decode()
    assert lines_of(client, loaded, code="other").status_code == 400
    assert lines_of(client, cast.b.delivery, code="not_an_ndc", field="ndc_code").status_code == 404


def test_counts_add_up_in_words_and_sums_are_shown(sign_in, loaded, as_owner):
    totals = {"pharmacy_claim": {"rows": 1200, "quantity": "36000.500", "paid_cents": "1234567"}}
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(
            lines=1201, loaded=1200, rejected=1, totals=totals, notes={"no_pharmacy": 4}, drift={"missing": ["daw"]}
        )
    page = sign_in("dana").get(page_of(loaded)).content.decode()
    for words in ("1,201 = 1,200 loaded + 1 rejected", "36,000.500", "$12,345.67", "do not name the pharmacy", "daw"):
        assert words in page, words


def test_what_is_unlike_the_deliveries_before_is_said(sign_in, loaded, as_owner):
    alike = dict(
        payer_id=loaded.payer_id, format="tuva_csv", kind="pharmacy_claim", stored_as="x", sha256="0" * 64, size_bytes=1,
        state="loaded", lines=10, loaded=10,
    )  # fmt: skip
    with as_owner():
        for _ in range(3):
            Delivery.objects.create(**alike)
        now = Delivery.objects.create(**alike | {"loaded": 2, "repeated": 8, "drift": {"unknown": ["shoe"]}})
    page = sign_in("dana").get(page_of(now)).content.decode()
    assert "80.0% of lines repeat what came before" in page and "none of the last 3 had: shoe" in page


def progress_of(client, delivery, looks=1, **headers):
    return client.get(reverse("pbm:delivery_progress", args=[delivery.public_id]), {"looks": looks}, headers=headers)


def test_while_it_is_loaded_the_page_asks_again_and_then_shows_all(sign_in, loaded, cast, as_owner):
    client = sign_in("dana")
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(state="loading")
    assert "?looks=1" in client.get(page_of(loaded)).content.decode()
    assert "?looks=2" in progress_of(client, loaded).content.decode()
    left_open = progress_of(client, loaded, looks=40).content.decode()
    assert "?looks=" not in left_open and "Look again" in left_open
    assert "?looks=" not in progress_of(client, loaded, looks="x").content.decode()
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(state="loaded")
    assert progress_of(client, loaded, **{"HX-Request": "true"})["HX-Refresh"] == "true"
    assert progress_of(client, cast.b.delivery).status_code == 404


@pytest.fixture
def kept(loaded, settings, tmp_path, as_owner):
    settings.DELIVERIES = tmp_path
    name = "ab" * 16
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / name).write_bytes(b"bytes")
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(stored_as=name)
    return loaded


def test_a_delivery_is_replayed_with_a_reason(sign_in, kept, as_owner):
    client, address = sign_in("dana"), reverse("pbm:delivery_replay", args=[kept.public_id])
    assert f'href="{address}"' in client.get(page_of(kept)).content.decode()
    assert client.post(address, {"reason": " "}).status_code == 422
    answer = client.post(address, {"reason": "The directory was behind"}, follow=True)
    assert "Handed to the workers." in answer.content.decode()
    with as_owner():
        again = Delivery.objects.get(replay_of=kept)
        assert Outbox.objects.filter(topic="delivery.received", subject_id=again.pk).count() == 1
        assert AuditEvent.objects.get(event="delivery.replayed_by_hand").detail["reason"] == "The directory was behind"
    assert reverse("pbm:claims_delivery_change", args=[again.public_id]) in answer.content.decode()


def test_without_its_bytes_or_the_permission_a_replay_is_not_offered(sign_in, loaded, kept, cast, settings, tmp_path):
    assert "Replay this delivery" not in sign_in("erin").get(page_of(kept)).content.decode()
    assert sign_in("erin").get(reverse("pbm:delivery_replay", args=[kept.public_id])).status_code == 403
    assert sign_in("dana").get(reverse("pbm:delivery_replay", args=[cast.b.delivery.public_id])).status_code == 404
    settings.DELIVERIES = tmp_path / "elsewhere"
    client = sign_in("dana")
    assert "Replay this delivery" not in client.get(page_of(kept)).content.decode()
    gone = client.post(reverse("pbm:delivery_replay", args=[kept.public_id]), {"reason": "x"})
    assert gone.status_code == 422 and "no longer kept" in gone.content.decode()


def test_rejects_come_as_a_file(sign_in, loaded, cast):
    file = sign_in("erin").get(reverse("pbm:delivery_rejects", args=[loaded.public_id]))
    assert b"".join(file).decode().splitlines() == [
        "line,field,code,message",
        "7,ndc_code,not_an_ndc,ndc_code has no eleven digits",
    ]
    assert sign_in("dana").get(reverse("pbm:delivery_rejects", args=[cast.b.delivery.public_id])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 1),
        ({"trouble": "rejects"}, 1),
        ({"trouble": "failed"}, 0),
        ({"state": "loaded"}, 1),
        ({"payer": "payer-a"}, 1),
    ],
)
def test_deliveries_are_filtered(sign_in, loaded, asked, found):
    page = sign_in("dana").get(reverse("pbm:claims_delivery_changelist"), asked)
    assert len(page.context["rows"]) == found


@pytest.mark.parametrize("asked", [{"payer": "payer-b"}, {"state": "x"}, {"trouble": "\0"}])
def test_a_filter_for_what_is_not_there_is_refused(sign_in, loaded, asked):
    assert sign_in("dana").get(reverse("pbm:claims_delivery_changelist"), asked).status_code == 400


def test_a_delivery_is_withdrawn_with_a_reason_and_its_work_handed_on(sign_in, loaded, as_owner):
    answer = withdraw(sign_in("dana"), loaded)
    assert "Withdrawn." in answer.content.decode()
    with as_owner():
        assert Delivery.objects.get(pk=loaded.pk).state == "withdrawn"
        assert Outbox.objects.filter(topic="delivery.withdrawn", subject_id=loaded.pk).count() == 1
        assert AuditEvent.objects.get(event="delivery.withdrawn").user_id is not None
    again = withdraw(sign_in("dana"), loaded, reason="Sent \u201ctwice\u201d")
    assert again.status_code == 422 and "only a loaded one can be withdrawn" in again.content.decode()
    assert 'value="Sent \u201ctwice\u201d"' in again.content.decode()


@pytest.mark.parametrize(("reason", "said"), [(" ", "Say why"), ("x" * 501, "at most 500")])
def test_without_a_good_reason_nothing_happens_and_what_was_typed_stays(sign_in, loaded, as_owner, reason, said):
    answer = withdraw(sign_in("dana"), loaded, reason=reason)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and reason.strip() in page
    with as_owner():
        assert Delivery.objects.get(pk=loaded.pk).state == "loaded"


def test_withdrawing_is_asked_for_on_a_page_that_says_what_it_does(sign_in, loaded):
    client, address = sign_in("dana"), reverse("pbm:delivery_withdraw", args=[loaded.public_id])
    assert f'href="{address}"' in client.get(page_of(loaded)).content.decode()
    assert "1 line of this file is taken back" in client.get(address).content.decode()


def test_who_may_not_withdraw_is_not_offered_it(sign_in, loaded):
    client = sign_in("erin")
    assert "Withdraw this delivery" not in client.get(page_of(loaded)).content.decode()
    assert withdraw(client, loaded).status_code == 403


def test_a_strangers_delivery_is_not_there(sign_in, cast):
    assert withdraw(sign_in("dana"), cast.b.delivery).status_code == 404


@pytest.fixture
def failed(loaded, as_owner):
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(state="failed", refusal="The load failed several times.")
    return loaded


def try_again(client, delivery):
    return client.post(reverse("pbm:delivery_try_again", args=[delivery.public_id]), follow=True)


def test_a_failed_delivery_says_so_and_is_tried_again(sign_in, failed, as_owner):
    page = sign_in("dana").get(page_of(failed)).content.decode()
    assert "The load failed several times." in page and "Try this delivery again" in page
    assert "Handed to the workers once more." in try_again(sign_in("dana"), failed).content.decode()
    with as_owner():
        assert Delivery.objects.get(pk=failed.pk).state == "received"
        assert Outbox.objects.filter(topic="delivery.received", subject_id=failed.pk).count() == 1
        assert AuditEvent.objects.get(event="delivery.tried_again").user_id is not None
    assert "only a failed one can be tried again" in try_again(sign_in("dana"), failed).content.decode()


def test_who_may_not_try_again_is_not_offered_it(sign_in, failed, cast):
    client = sign_in("erin")
    assert "Try this delivery again" not in client.get(page_of(failed)).content.decode()
    assert try_again(client, failed).status_code == 403
    assert try_again(sign_in("dana"), cast.b.delivery).status_code == 404


def test_the_health_of_feeds_is_a_page_and_a_word_on_the_list(sign_in, loaded, cast, as_owner):
    client = sign_in("ada")
    page = client.get(reverse("pbm:feed_health")).content.decode()
    assert "100.0% of the lines cannot be read." in page and "Loaded by hand" in page and "Payer B" not in page
    assert "1 feed has something to look at" in client.get(reverse("pbm:claims_delivery_changelist")).content.decode()
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(loaded=1, rejected=0)
    assert "Feeds to look at" not in client.get(reverse("pbm:claims_delivery_changelist")).content.decode()

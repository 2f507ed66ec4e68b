"""Records that came twice with one key and other words: which there are, and a person's ruling on which words stand.

A ruling is part of the set that the fold works on: the events that it sets aside take no part, in whatever order events and
rulings come. It holds for the words that were seen. When the chosen words are withdrawn it has no effect; when they come
back, it has; other words that come later are in conflict with the chosen ones.
"""

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs

from . import counts, fold, payments
from . import load as loading
from .models import ClinicalEvent, ConflictRuling, Delivery, EligibilityEvent, MedicalEvent, PaymentEvent, PharmacyEvent
from .tables import TABLES

RULED = (PharmacyEvent, MedicalEvent, PaymentEvent, EligibilityEvent, ClinicalEvent)
MODELS = {model._meta.model_name: model for model in RULED}
NO_VERSION = -(2**31)
TOPIC = "conflict.ruled"


class CannotRule(Exception):
    """There is nothing to rule, or no reason. Says so."""


def open_ones(model, *, visible_to, delivery=None):
    """The first event of each conflict, or what a delivery says in them: the others with the key are in `versions`."""
    rows = model.objects.visible_to(visible_to).filter(in_conflict=True, is_withdrawn=False)
    if delivery is not None:
        return rows.filter(delivery=delivery)
    rows = rows.annotate(dated=Coalesce("version", Value(NO_VERSION)))
    same = {name: OuterRef(name) for name in ("payer_id", "record_id", "record_line", "action", "dated")}
    return rows.filter(~Exists(rows.filter(**same, pk__lt=OuterRef("pk"))))


KEY = ("record_id", "record_line", "version", "action")


def beside(model, said, *, visible_to):
    """{pk: [(key of the delivery, line), ...]}: which other events have the key of each of these (dicts with KEY and pk)."""
    rows = model.objects.visible_to(visible_to).filter(in_conflict=True, is_withdrawn=False)
    rows = rows.filter(record_id__in={one["record_id"] for one in said}).order_by("pk")
    by_key = {}
    for one in rows.values("pk", "delivery_id", "line_number", *KEY):
        by_key.setdefault(tuple(one[name] for name in KEY), []).append(one)
    return {
        one["pk"]: [
            (other["delivery_id"], other["line_number"])
            for other in by_key.get(tuple(one[name] for name in KEY), ())
            if other["pk"] != one["pk"]
        ]
        for one in said
    }


def alike(event):
    """Every event that counts and has the key of this one, itself among them."""
    return type(event).objects.filter(
        payer_id=event.payer_id,
        record_id=event.record_id,
        record_line=event.record_line,
        action=event.action,
        is_withdrawn=False,
        **({"version__isnull": True} if event.version is None else {"version": event.version}),
    )


def versions(events):
    """Lists of events that say one thing together: alone, or the spans of one statement. In the order in which they came."""
    told = {}
    for event in sorted(events, key=lambda one: one.pk):
        told.setdefault(getattr(event, "statement", "") or event.content_hash, []).append(event)
    return list(told.values())


def ruling_on(event):
    """The ruling in force on the key of this event, or None."""
    return _rulings(event).first()


def _rulings(event):
    found = ConflictRuling.objects.filter(
        payer_id=event.payer_id,
        table=event._meta.model_name,
        record_id=event.record_id,
        record_line=event.record_line,
        action=event.action,
        revoked_at=None,
    )
    return found.filter(version__isnull=True) if event.version is None else found.filter(version=event.version)


def patients_of(rulings):
    """Keys of the patients whose records these rulings are about."""
    found = set()
    for name in {ruling.table for ruling in rulings}:
        mine = [ruling for ruling in rulings if ruling.table == name]
        rows = MODELS[name].objects.filter(
            payer_id__in={ruling.payer_id for ruling in mine}, record_id__in={ruling.record_id for ruling in mine}
        )
        found |= set(rows.exclude(patient=None).values_list("patient_id", flat=True))
    return found


@audited
def rule(*, event, reason, by):
    """The words of this event stand, those of the others with its key do not. Returns the ConflictRuling; a worker folds.

    An earlier ruling on the key is revoked by it. Raises CannotRule.
    """
    if not reason.strip():
        raise CannotRule("Say why this version stands.")
    _rulings(event).select_for_update().first()
    told = versions(alike(event))
    mine = next((events for events in told if event.pk in {one.pk for one in events}), None)
    if mine is None or len(told) < 2:
        raise CannotRule("There is no conflict any more: only one version is left.")
    hashes = {one.content_hash for one in mine}
    against = sorted({one.content_hash for events in told for one in events} - hashes, key=str)
    before = ruling_on(event)
    if before is not None and before.chosen in hashes and set(against) <= set(before.against):
        raise CannotRule("This version stands already by a ruling.")
    if before is not None:
        _end(before, by)
    ruling = _write(event, against, reason, by)
    record(event="conflict.ruled", by=by, target=ruling, reason=reason, patients=_patients(told))
    jobs.hand_on(topic=TOPIC, payer_id=ruling.payer_id, subject_id=ruling.pk)
    return ruling


def _write(event, against, reason, by):
    key = ("payer_id", "record_id", "record_line", "version", "action")
    told = {name: getattr(event, name) for name in key}
    told |= {"chosen": event.content_hash, "against": against, "reason": reason, "by": by}
    try:
        with transaction.atomic():
            return ConflictRuling.objects.create(table=event._meta.model_name, **told)
    except IntegrityError:
        raise CannotRule("Somebody else has ruled on it in this moment. Look at it once more.")


@audited
def revoke(*, ruling, reason, by):
    """Takes a ruling back: what it set aside counts again, and is in conflict again. Raises CannotRule."""
    ruling = ConflictRuling.objects.select_for_update().get(pk=ruling.pk)
    if not reason.strip():
        raise CannotRule("Say why the ruling is taken back.")
    if ruling.revoked_at is not None:
        raise CannotRule("This ruling was taken back already.")
    _end(ruling, by)
    record(event="conflict.ruling_revoked", by=by, target=ruling, reason=reason)
    jobs.hand_on(topic=TOPIC, payer_id=ruling.payer_id, subject_id=ruling.pk)
    return ruling


def _end(ruling, by):
    ruling.revoked_at, ruling.revoked_by = timezone.now(), by
    ruling.save(update_fields=["revoked_at", "revoked_by"])


def _patients(told):
    return {one.patient_id for events in told for one in events if one.patient_id}


def refold(*, ruling):
    """Works out anew the record that a ruling is about, and what follows from it."""
    model = MODELS[ruling.table]
    table = next(one for one in TABLES.values() if one.model is model)
    loading.take_turn(ruling.payer_id)
    of_record = model.objects.filter(
        payer_id=ruling.payer_id, record_id=ruling.record_id, record_line=ruling.record_line
    )
    last = of_record.order_by("is_withdrawn", F("pk").desc()).first()
    if last is None:
        return
    with connection.cursor() as cursor:
        payments.join(cursor, payments.NOTHING, payer_id=ruling.payer_id)
        fold.begin(cursor)
        cursor.execute("insert into touched_records values (%s, %s, 0)", [ruling.record_id, ruling.record_line])
        fold.spread(cursor, table, payer_id=ruling.payer_id)
        fold.settle(table, payer_id=ruling.payer_id)
        cursor.execute("drop table if exists pg_temp.changed")
        cursor.execute(
            f"""create temporary table changed on commit drop as
                select distinct e.member_id, e.person_id, e.patient_id
                  from touched_records t
                 cross join lateral (
                       select * from {table.name} e
                        where e.payer_id = (select %s::bigint) and e.record_id = t.record_id
                          and e.record_line = t.record_line and not e.is_withdrawn
                       offset 0) e""",  # noqa: S608 - a table of this package
            [ruling.payer_id],
        )
        loading.restate_facts_of(cursor, "select id, patient_id from altered")
    delivery = Delivery.objects.get(pk=last.delivery_id)
    counts.recount_others(loading.follow_up(table, delivery=delivery))
    loading.tell(delivery)

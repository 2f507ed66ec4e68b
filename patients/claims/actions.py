"""What is done with deliveries: taking them in, taking them back, and saying which pharmacy a feed means."""

import csv
import io
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs
from pharmacies.models import Pharmacy

from . import facts, notices, storage
from .formats import FORMATS, FeedRefused
from .models import Crosswalk, Delivery, Upload


class KeyReused(Exception):
    """The idempotency key was used before, for other bytes."""


class CannotWithdraw(Exception):
    """Only a loaded delivery can be withdrawn."""


class CannotTryAgain(Exception):
    """Only what failed can be tried again."""


class CannotReplay(Exception):
    """Only what has come to an end, and whose bytes are kept, can be loaded anew."""


NOT_LOADED = (
    "The load failed several times and nobody tries it any more. Nothing of the file was taken over; the file is kept. "
    "Try it again, or have somebody look at the worker's log."
)
NOT_WITHDRAWN = (
    "Taking the file back failed several times and nobody tries it any more: what it had told still counts. "
    "Try it again, or have somebody look at the worker's log."
)


@audited
def receive(*, payer, format, stream=None, kept=None, file_name="", client=None, idempotency_key=None, by):
    """Takes a file in: bytes on disk, a Delivery, and the work to load it, or none of them. Returns the Delivery.

    `stream` is binary, or the bytes are `kept` (a storage.Kept) already; `file_name` is the sender's, for people only. Under
    a key that `client` used before, the same bytes give the same delivery (`is_replayed` is set on it) and other bytes raise
    KeyReused. Raises storage.TooLarge, and FeedRefused for a format that nobody knows. Keys belong to a client: without one
    they are kept, not looked at.
    """
    if format not in FORMATS:
        raise FeedRefused("unknown_format", f"Unknown format. Known: {', '.join(FORMATS)}.")
    kept = kept or storage.keep(stream, max_bytes=settings.FEED_MAX_BYTES)
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                payer=payer,
                client=client,
                format=format,
                file_name=_printable(file_name)[:200],
                stored_as=kept.name,
                sha256=kept.sha256,
                size_bytes=kept.size_bytes,
                idempotency_key=idempotency_key,
            )
            record(event="delivery.received", by=by, target=delivery, detail={"format": format, "sha256": kept.sha256})
            size = {"bytes": kept.size_bytes}  # a small one does not wait behind a large one
            jobs.hand_on(topic="delivery.received", payer_id=payer.pk, subject_id=delivery.pk, detail=size)
    except IntegrityError:
        storage.forget(kept.name)
        return _replayed(client, idempotency_key, kept.sha256, format, by)
    except BaseException:
        storage.forget(kept.name)
        raise
    delivery.is_replayed = False
    return delivery


def _replayed(client, idempotency_key, sha256, format, by):
    """The delivery that this key made; another request may have made it a moment ago."""
    if client is None or idempotency_key is None:
        raise IntegrityError("The delivery could not be written.")
    first = Delivery.objects.filter(client=client, idempotency_key=idempotency_key).first()
    if first is None:
        raise IntegrityError("The delivery could not be written.")
    if (first.sha256, first.format) != (sha256, format):
        raise KeyReused("This Idempotency-Key was used before, for another file. Use a new key for a new file.")
    record(event="delivery.replayed", by=by, target=first)
    first.is_replayed = True
    return first


def _printable(name):
    """A file name as people may see it: no folders, no control characters."""
    return "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())


@audited
def withdraw(*, delivery, reason, by):
    """Takes a delivery back: it is withdrawn at once, and a worker folds again what it had told. Raises CannotWithdraw."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state != Delivery.State.LOADED:
        raise CannotWithdraw(
            f"This delivery is {delivery.get_state_display().lower()}: only a loaded one can be withdrawn."
        )
    if not reason.strip():
        raise CannotWithdraw("Say why the delivery is withdrawn.")
    delivery.state, delivery.withdrawn_at = Delivery.State.WITHDRAWN, timezone.now()
    delivery.save(update_fields=["state", "withdrawn_at"])
    record(event="delivery.withdrawn", by=by, target=delivery, reason=reason)
    jobs.hand_on(topic="delivery.withdrawn", payer_id=delivery.payer_id, subject_id=delivery.pk)
    return delivery


@audited
def begin_upload(*, payer, client, format, file_name, part, length, idempotency_key, by):
    """An upload in parts, of which the first is on disk as `part` (storage.begin_part). Returns the Upload."""
    upload = Upload.objects.create(
        payer=payer,
        client=client,
        format=format,
        file_name=_printable(file_name)[:200],
        part=part,
        length=length,
        idempotency_key=idempotency_key,
    )
    record(event="upload.begun", by=by, target=upload, detail={"format": format})
    return upload


@audited
def complete_upload(*, upload, kept, by):
    """The parts are the file: it is received. Returns the Delivery. Raises KeyReused; then the parts stay."""
    delivery = receive(
        payer=upload.payer,
        format=upload.format,
        kept=kept,
        file_name=upload.file_name,
        client=upload.client,
        idempotency_key=upload.idempotency_key,
        by=by,
    )
    upload.delivery = delivery
    upload.save(update_fields=["delivery"])
    transaction.on_commit(lambda: storage.forget_part(upload.part))
    record(event="upload.completed", by=by, target=upload)
    return delivery


@audited
def cancel_upload(*, upload, by):
    """The parts go. What was delivered stays."""
    record(event="upload.cancelled", by=by, target=upload)
    transaction.on_commit(lambda: storage.forget_part(upload.part))
    upload.delete()


@audited
def empty_sandbox(*, sandbox, by):
    """Takes back everything that a sandbox was told; a worker does it. The list of what came stays. Raises CannotWithdraw."""
    if not sandbox.is_sandbox:
        raise CannotWithdraw(f"{sandbox} is no sandbox: its deliveries are withdrawn one by one.")
    loaded = list(Delivery.objects.filter(payer=sandbox, state=Delivery.State.LOADED))
    for delivery in loaded:
        withdraw(delivery=delivery, reason="The sandbox was emptied.", by=by)
    record(event="sandbox.emptied", by=by, target=sandbox, count=len(loaded))


@audited
def give_up(*, delivery, fault, by):
    """The work on a delivery failed too often: its state says so, in a sentence. `fault` is for the trail."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state in (Delivery.State.RECEIVED, Delivery.State.LOADING):
        delivery.state, delivery.refusal = Delivery.State.FAILED, NOT_LOADED
    elif delivery.state == Delivery.State.WITHDRAWN:
        delivery.refusal = NOT_WITHDRAWN
    delivery.stage = ""
    delivery.save(update_fields=["state", "refusal", "stage"])
    record(event="delivery.given_up", by=by, target=delivery, reason=fault)
    if delivery.state == Delivery.State.FAILED:
        notices.tell(delivery, "delivery.failed")
    return delivery


@audited
def try_again(*, delivery, by):
    """Hands a failed delivery to the workers once more: its load, or its withdrawal. Raises CannotTryAgain."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if not delivery.may_be_tried_again:
        raise CannotTryAgain(
            f"This delivery is {delivery.get_state_display().lower()}: only a failed one can be tried again."
        )
    topic = "delivery.withdrawn"
    if delivery.state == Delivery.State.FAILED:
        topic, delivery.state = "delivery.received", Delivery.State.RECEIVED
    delivery.refusal = ""
    delivery.save(update_fields=["state", "refusal"])
    record(event="delivery.tried_again", by=by, target=delivery)
    jobs.hand_on(topic=topic, payer_id=delivery.payer_id, subject_id=delivery.pk)
    return delivery


@audited
def replay(*, delivery, reason, by):
    """Loads the bytes of a delivery once more, as a new delivery that names it. Returns the new one. Raises CannotReplay.

    Nothing of the old one changes. Of a withdrawn or refused file every line is judged anew; of a loaded one, lines that
    stand are repeats, and lines that were rejected are tried again. One that failed is tried again instead.
    """
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if not reason.strip():
        raise CannotReplay("Say why the file is loaded once more.")
    if not delivery.may_be_replayed:
        raise CannotReplay(
            f"This delivery is {delivery.get_state_display().lower()}: only a loaded, refused or withdrawn one can be replayed."
        )
    try:
        kept = storage.keep_again(delivery.stored_as)
    except FileNotFoundError:
        raise CannotReplay("The bytes of this file are no longer kept. Have it sent once more.")
    try:
        with transaction.atomic():
            told = ("payer_id", "client_id", "format", "file_name", "sha256", "size_bytes")
            again = Delivery.objects.create(
                replay_of=delivery, stored_as=kept, **{name: getattr(delivery, name) for name in told}
            )
            record(event="delivery.replayed_by_hand", by=by, target=again, reason=reason, detail={"of": delivery.pk})
            size = {"bytes": again.size_bytes}
            jobs.hand_on(topic="delivery.received", payer_id=again.payer_id, subject_id=again.pk, detail=size)
    except BaseException:
        storage.forget(kept)
        raise
    return again


@dataclass
class Crossed:
    """What a crosswalk file came to. `problems`: (line, field, code, sentence)."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    fills_moved: int = 0
    problems: list = field(default_factory=list)


CROSSWALK_COLUMNS = ("feed_pharmacy_id", "npi")
LONGEST_ID = 60


@audited
def load_crosswalk(*, payer, stream, by):
    """Reads a CSV of feed_pharmacy_id,npi into the payer's crosswalk and looks up its fills anew. Returns Crossed.

    Good lines count, bad ones are listed: an id that is empty or too long, an NPI that no pharmacy of the directory has,
    an id that the file names twice with different NPIs. Raises FeedRefused for a file that is no such CSV.
    """
    rows = _crosswalk_rows(stream)
    known = dict(Pharmacy.objects.filter(npi__in={npi for _, _, npi in rows}).values_list("npi", "pk"))
    now = dict(Crosswalk.objects.filter(payer=payer).values_list("feed_pharmacy_id", "pharmacy_id"))
    crossed, seen = Crossed(lines=len(rows)), {}
    for line, feed_id, npi in rows:
        fault = _crosswalk_fault(feed_id, npi, known, seen)
        if fault:
            crossed.rejected += 1
            crossed.problems.append((line, *fault))
            continue
        seen[feed_id] = npi
        if now.get(feed_id) == known[npi]:
            crossed.unchanged += 1
            continue
        Crosswalk.objects.update_or_create(payer=payer, feed_pharmacy_id=feed_id, defaults={"pharmacy_id": known[npi]})
        crossed.changed += feed_id in now
        crossed.added += feed_id not in now
        now[feed_id] = known[npi]
    crossed.fills_moved = facts.rehome(payer_id=payer.pk)
    record(event="crosswalk.loaded", by=by, target=payer, detail={"lines": crossed.lines, "rejected": crossed.rejected})
    return crossed


def _crosswalk_rows(stream):
    try:
        text = stream.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FeedRefused("not_utf_8", "The file is not UTF-8.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if any(header.count(name) != 1 for name in CROSSWALK_COLUMNS):
            raise FeedRefused(
                "bad_header", f"The first line must name the columns {' and '.join(CROSSWALK_COLUMNS)}.", 1
            )
        place = {name: index for index, name in enumerate(header)}
        return [
            (reader.line_num, *((row + [""] * len(header))[place[name]].strip() for name in CROSSWALK_COLUMNS))
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    except csv.Error:
        raise FeedRefused("bad_quoting", "The quotes of the file do not match up.", reader.line_num)


def _crosswalk_fault(feed_id, npi, known, seen):
    if not feed_id:
        return "feed_pharmacy_id", "missing", "feed_pharmacy_id is empty."
    if len(feed_id) > LONGEST_ID:
        return "feed_pharmacy_id", "too_long", f"feed_pharmacy_id is longer than {LONGEST_ID} letters."
    if npi not in known:
        return "npi", "unknown_npi", "npi is that of no pharmacy in the directory."
    if seen.get(feed_id, npi) != npi:
        return "feed_pharmacy_id", "named_twice", "feed_pharmacy_id stands earlier in the file with another npi."
    return None

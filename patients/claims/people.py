"""A person's ruling that two ids of a payer are one person's, or two persons'. It is part of the set from which members follow."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs
from patients.models import Member

from . import counts, members
from . import load as loading
from .conflicts import CannotRule
from .models import Delivery, EligibilityEvent, PersonRuling, Standing
from .records import REFERENCE

TOPIC = "person.ruled"
TOGETHER = timedelta(minutes=10)


def ruling_on(payer_id, one_id, other_id):
    """The ruling in force on two ids, or None."""
    one_id, other_id = sorted((one_id, other_id))
    return PersonRuling.objects.filter(payer_id=payer_id, one_id=one_id, other_id=other_id, revoked_at=None).first()


@audited
def rule(*, one, other, is_same, reason, by):
    """Two records (Members of one payer) are one person's, or two persons'. Returns the PersonRuling; a worker unites or parts.

    An earlier ruling on the two is revoked by it. Raises CannotRule.
    """
    if not reason.strip():
        raise CannotRule("Say why.")
    if one.payer_id != other.payer_id or one.member_id == other.member_id:
        raise CannotRule("Choose two ids of one payer.")
    one_id, other_id = sorted((one.member_id, other.member_id))
    before = ruling_on(one.payer_id, one_id, other_id)
    if before is not None and before.is_same == is_same:
        raise CannotRule("Somebody has decided so already.")
    if before is not None:
        _end(PersonRuling.objects.select_for_update().get(pk=before.pk), by)
    told = {"payer_id": one.payer_id, "one_id": one_id, "other_id": other_id, "is_same": is_same}
    try:
        with transaction.atomic():
            ruling = PersonRuling.objects.create(**told, reason=reason, by=by)
    except IntegrityError:
        raise CannotRule("Somebody else has decided in this moment. Look at it once more.")
    event = "person.united" if is_same else "person.parted"
    record(event=event, by=by, target=ruling, reason=reason, patients=[one.patient_id, other.patient_id])
    jobs.hand_on(topic=TOPIC, payer_id=ruling.payer_id, subject_id=ruling.pk)
    return ruling


@audited
def revoke(*, ruling, reason, by):
    """Takes a ruling back: the two are what feeds alone say of them. Raises CannotRule."""
    ruling = PersonRuling.objects.select_for_update().get(pk=ruling.pk)
    if not reason.strip():
        raise CannotRule("Say why it is taken back.")
    if ruling.revoked_at is not None:
        raise CannotRule("This was taken back already.")
    _end(ruling, by)
    record(event="person.ruling_revoked", by=by, target=ruling, reason=reason, patients=sorted(patients_of([ruling])))
    jobs.hand_on(topic=TOPIC, payer_id=ruling.payer_id, subject_id=ruling.pk)
    return ruling


def _end(ruling, by):
    ruling.revoked_at, ruling.revoked_by = timezone.now(), by
    ruling.save(update_fields=["revoked_at", "revoked_by"])


def patients_of(rulings):
    """Keys of the patients whose ids these rulings name."""
    ids = {name for ruling in rulings for name in (ruling.one_id, ruling.other_id)}
    rows = Member.objects.filter(payer_id__in={r.payer_id for r in rulings}, member_id__in=ids)
    return {key for keys in rows.values_list("patient_id", "merged_into_id") for key in keys if key is not None}


def refold(*, ruling):
    """Unites or parts the records that a ruling names, and works out what follows."""
    loading.take_turn(ruling.payer_id)
    ids = [ruling.one_id, ruling.other_id]
    of_them = EligibilityEvent.objects.filter(payer_id=ruling.payer_id, member_id__in=ids)
    last = of_them.order_by("is_withdrawn", "-pk").first()
    if last is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.touched_people, pg_temp.touched_ids")
        cursor.execute(loading.PEOPLE.format(name="touched_people"))
        cursor.execute(
            "create temporary table touched_ids on commit drop as select unnest(%s::text[]) as member_id", [ids]
        )
        loading.follow_ids(cursor, payer_id=ruling.payer_id)
        cursor.execute("analyze touched_people")
        members.refresh(payer_id=ruling.payer_id)
        cursor.execute("select distinct delivery_id from moved")
        others = {row[0] for row in cursor.fetchall()}
        delivery = Delivery.objects.get(pk=last.delivery_id)
        loading.note_touched(cursor, delivery)
    counts.recount_others(others)
    loading.tell(delivery)
    _decide_anew(delivery.payer)


def _decide_anew(payer):
    """Who may see whom follows from the programmes: they decide in minutes, once for all rulings of ten, and not at night."""
    if payer.is_sandbox:
        return
    number, into = divmod(timezone.now().timestamp(), TOGETHER.total_seconds())
    left = TOGETHER - timedelta(seconds=into)
    key = f"people:{payer.pk}:{number:.0f}"
    jobs.hand_on(topic="payer.due", payer_id=payer.pk, detail={"cause": "ids of one person"}, key=key, delay=left)


@dataclass(frozen=True)
class Alias:
    """Another id of a person: which, beside which, since which delivery (`told_by`) or by which `ruling`."""

    id: str
    beside: str
    is_former: bool = False
    told_by: Delivery | None = None
    ruling: PersonRuling | None = None


def also_known(who, *, member):
    """Aliases of a person, each with the first delivery that told of it, then people's rulings."""
    rows = EligibilityEvent.objects.visible_to(who).filter(
        payer=member.payer_id, patient=member.patient_id, is_withdrawn=False, standing=Standing.PAID
    )
    rows = rows.exclude(person_id="").exclude(person_id=F("member_id"))
    rows = (
        rows.values_list("person_id", "member_id", "source")
        .annotate(Min("delivery"))
        .order_by("person_id", "member_id")
    )
    found = {}
    for person_id, member_id, source, delivery in rows:
        key = (person_id, member_id, source == REFERENCE)
        found[key] = min(found.get(key, delivery), delivery)
    told = Delivery.objects.visible_to(who).in_bulk(set(found.values()))
    aliases = [Alias(*key, told_by=told.get(delivery)) for key, delivery in found.items()]
    rulings = [ruling for ruling in about(member) if ruling.is_same]
    return aliases + [Alias(ruling.one_id, ruling.other_id, ruling=ruling) for ruling in rulings]


def about(member):
    """PersonRulings in force that name an id of this record or of those that lead to it, the newest first."""
    ids = ids_of(member)
    rows = PersonRuling.objects.filter(
        Q(one_id__in=ids) | Q(other_id__in=ids), payer_id=member.payer_id, revoked_at=None
    )
    return rows.select_related("by").order_by("-pk")


def ids_of(member):
    """The ids that lead to the record of this Member, its own first."""
    return [
        member.member_id,
        *Member.objects.filter(merged_into=member.patient_id).values_list("member_id", flat=True),
    ]

"""One patient's story, newest first: what claims tell, and what was done here."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from carecoord.kernel.drugs.models import Product
from carecoord.kernel.periods import date_of
from patients.claims import substance_use
from patients.claims.models import Fill, Stay
from patients.flags.models import Flag
from pharmacies.models import Pharmacy

from . import protocols
from .models import Encounter, OutreachTry

STAYS = {"inpatient": "Hospital stay", "snf": "Nursing facility stay", "hospice": "Hospice care"}


@dataclass(frozen=True, kw_only=True)
class Event:
    """`kind` is fill, stay, flag, encounter or try; `ref` the public id of the row to look at, where there is a page for it;
    `under` the id under which it was documented, where that is a former one."""

    on: date
    kind: str
    title: str
    text: str = ""
    who: str = ""
    icon: str = "circle-dot"
    tone: str = ""
    ref: UUID | None = None
    under: str = ""


def of(who, *, patient, limit=40):
    """(events, whether there are more). Each source gives its newest `limit`, so the newest `limit` together are right."""
    sources = (_fills, _stays, _flags, _encounters, _tries)
    found = [event for source in sources for event in source(who, patient, limit + 1)]
    found.sort(key=lambda event: event.on, reverse=True)
    return tuple(found[:limit]), len(found) > limit


def _fills(who, patient, limit):
    fills = substance_use.fills_for(who, Fill.objects.visible_to(who).filter(patient=patient))
    rows = list(fills.order_by("-day", "-event_id")[:limit])
    names = {p.ndc11: p for p in Product.objects.filter(ndc11__in={row.ndc for row in rows})}
    places = dict(Pharmacy.objects.filter(pk__in={row.pharmacy_id for row in rows} - {None}).values_list("pk", "name"))
    for row in rows:
        product = names.get(row.ndc)
        supply = f"{row.days_supply} days" if row.days_supply else "days supply not given"
        place = places.get(row.pharmacy_id) or (f"pharmacy {row.pharmacy_ref}" if row.pharmacy_ref else "")
        title = f"Filled {product.written}" if product else f"Filled NDC {row.ndc}"
        yield Event(
            on=date_of(row.day), kind="fill", title=title, text=", ".join(filter(None, [supply, place])), icon="pill"
        )


def _stays(who, patient, limit):
    for row in Stay.objects.visible_to(who).filter(patient=patient).order_by("-from_day", "-event_id")[:limit]:
        first, last = date_of(row.from_day), date_of(row.to_day)
        text = f"{first:%-d %b %Y} to {last:%-d %b %Y}"
        yield Event(on=first, kind="stay", title=STAYS.get(row.kind, "Stay"), text=text, icon="hospital")


def _flags(who, patient, limit):
    tones = {Flag.Severity.URGENT: "urgent"}
    for flag in Flag.objects.visible_to(who).filter(patient__in=patient.records).order_by("-raised_at", "-id")[:limit]:
        open_tone = tones.get(flag.severity, "") if flag.status == Flag.Status.OPEN else ""
        state = flag.get_dismissal_display() if flag.dismissal else flag.get_status_display()
        yield Event(
            on=flag.raised_at.date(),
            kind="flag",
            title=f"Flag: {flag.headline}",
            text=f"{flag.reason} ({state})",
            icon="flag",
            tone=open_tone,
            ref=flag.public_id,
            under=patient.former_ids.get(flag.raised_for_id or flag.patient_id, ""),
        )


def _encounters(who, patient, limit):
    rows = (
        Encounter.objects.visible_to(who).filter(patient__in=patient.records).exclude(status=Encounter.Status.DISCARDED)
    )
    for visit in rows.select_related("started_by", "completed_by").order_by("-service_on", "-id")[:limit]:
        is_done = visit.status == Encounter.Status.COMPLETED
        protocol = protocols.every().get(visit.protocol)
        yield Event(
            on=visit.service_on,
            kind="encounter",
            title=f"{protocols.title(visit.protocol)}, {visit.get_status_display().lower()}",
            text=protocol.summary(visit.answers, visit.result) if protocol else "",
            who=str(visit.completed_by or visit.started_by),
            icon=protocol.icon if protocol else "clipboard",
            tone="ok" if is_done else "accent",
            ref=visit.public_id,
            under=patient.former_ids.get(visit.patient_id, ""),
        )


def _tries(who, patient, limit):
    rows = (
        OutreachTry.objects.visible_to(who)
        .filter(patient__in=patient.records)
        .select_related("by", "flag")
        .order_by("-at", "-id")
    )
    for one in rows[:limit]:
        yield Event(
            on=timezone.localtime(one.at).date(),
            kind="try",
            title=f"{one.get_channel_display()}: {one.get_outcome_display().lower()}",
            text="; ".join(filter(None, [f"About: {one.flag.headline}", one.note])),
            who=one.by.name,
            icon="phone" if one.state == "reached" else "phone-missed",
            under=patient.former_ids.get(one.patient_id, ""),
        )

"""Claims that came twice with one key and other words: which stands, and a person's ruling on it."""

from dataclasses import dataclass

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import Words
from carecoord.faces.guard import requires
from carecoord.kernel import money
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record, saw
from carecoord.kernel.periods import date_of
from patients.claims import conflicts as rulings
from patients.claims import substance_use
from patients.claims.models import ConflictRuling, Delivery, MedicalEvent, PaymentEvent, PharmacyEvent

from ..doing import do
from ..paging import page_of
from ..site import render_page, tabs
from ..templatetags.pbm_site import spoken

TITLES = {
    "pharmacyevent": "Pharmacy claims",
    "medicalevent": "Medical claims",
    "paymentevent": "Payments of claims",
    "eligibilityevent": "Eligibility",
    "clinicalevent": "Clinical records",
}
PLACES = {
    "pharmacyevent": "pharmacy",
    "medicalevent": "medical",
    "paymentevent": "payments",
    "eligibilityevent": "eligibility",
    "clinicalevent": "clinical",
}
"""Model -> what its addresses are called by."""
LATEST_DAY = 30_000
"""A version above it, the year 2052, is no day: some formats put more than a day into it."""
COLUMNS = (
    Column("Record"), Column("Line", css="num low"), Column("Version", css="low"), Column("What it does", css="low"),
    Column("Payer", css="lower"),
)  # fmt: skip
RULING_COLUMNS = (
    Column("Record"), Column("Kind", css="low"), Column("Why"), Column("By", css="low"), Column("On", css="low"),
    Column("Change", is_hidden=True),
)  # fmt: skip
ONE = {
    "pharmacyevent": "Pharmacy claim",
    "medicalevent": "Medical claim",
    "paymentevent": "Payment",
    "eligibilityevent": "Eligibility",
    "clinicalevent": "Clinical record",
}
NO_RULING = (
    "Nobody has ruled. Of two that say otherwise at one version the smaller content hash stands: arbitrary, but the same "
    "whichever came first."
)


class Choice(forms.Form):
    kind = forms.ChoiceField(choices=[(place, place) for place in PLACES.values()], required=False)
    delivery = forms.UUIDField(required=False)


@require_safe
@requires(P.ROSTER_VIEW)
def conflicts(request):
    """Open ones of one kind of record, newest first; of one delivery, when it is named."""
    user, asked = request.user, Choice(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {}
    delivery = wanted.get("delivery") and get_object_or_404(
        Delivery.objects.visible_to(user), public_id=wanted["delivery"]
    )
    opened = {
        place: rulings.open_ones(rulings.MODELS[name], visible_to=user, delivery=delivery)
        for name, place in PLACES.items()
    }
    counted = {place: rows.count() for place, rows in opened.items()}
    place = wanted.get("kind") or max(counted, key=counted.get)
    found = opened[place].select_related("payer")
    rows, page = page_of(found, request.GET, sorts={"newest": "id"}, default="-newest", noun="conflict")
    saw(*(row.patient_id for row in rows if row.patient_id))
    record(event="conflicts.read", by=user, count=len(rows))
    names = {place: name for name, place in PLACES.items()}
    of = f"&delivery={delivery.public_id}" if delivery else ""
    shown = {
        "delivery": delivery,
        "kinds": [
            {"label": TITLES[names[each]], "href": f"?kind={each}{of}", "count": count, "current": each == place}
            for each, count in counted.items()
        ],
        "rows": [(row, _version(row), reverse(f"pbm:conflict_{place}", args=[row.pk])) for row in rows],
        "page": page,
        "columns": headings(COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:conflicts"),
    }
    return render_page(request, "pbm/conflicts.html", shown, status=200 if asked.is_valid() else 400)


@require_safe
@requires(P.ROSTER_VIEW)
def ruled(request):
    """Rulings in force, newest first: each can be taken back."""
    found = ConflictRuling.objects.visible_to(request.user).filter(revoked_at=None).select_related("by")
    rows, page = page_of(found, request.GET, sorts={"newest": "id"}, default="-newest", noun="ruling")
    saw(*rulings.patients_of(rows))
    record(event="conflict_rulings.read", by=request.user, count=len(rows))
    shown = {
        "rows": [(row, TITLES[row.table]) for row in rows],
        "page": page,
        "may_rule": request.user.may(P.CONFLICT_RULE),
        "columns": headings(RULING_COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:conflict_rulings"),
    }
    return render_page(request, "pbm/conflict_rulings.html", shown)


@dataclass(frozen=True)
class Version:
    """One side of a conflict. `told`: {label: words}. `stands`: a sentence, or ''. `may_stand`: whether it can be chosen."""

    name: str
    event: object
    delivery: object
    told: dict
    stands: str
    is_set_aside: bool
    may_stand: bool


@require_safe
@requires(P.ROSTER_VIEW)
def conflict(request, pk, table):
    """All versions side by side: what differs first, then what they have in common."""
    user, event = request.user, _event_or_404(request, pk, table)
    told, ruling = rulings.versions(rulings.alike(event)), rulings.ruling_on(event)
    deliveries = Delivery.objects.visible_to(user).in_bulk({one.delivery_id for events in told for one in events})
    sides = [_side(number, events, ruling, deliveries) for number, events in enumerate(told, 1)]
    saw(*(one.patient_id for events in told for one in events if one.patient_id))
    record(event="conflict.read", by=user, target=event)
    labels = list(dict.fromkeys(label for side in sides for label in side.told))
    cells = [(label, [side.told.get(label, "") for side in sides]) for label in labels]
    differing = [(label, words) for label, words in cells if len(set(words)) > 1]
    shown = {
        "event": event,
        "title": _title(event),
        "sides": sides,
        "cells": [
            (label, [(side.name, word or "–") for side, word in zip(sides, words, strict=True)])
            for label, words in differing
        ],
        "common": [(label, words[0]) for label, words in cells if len(set(words)) == 1 and words[0]],
        "ruling": ruling,
        "why": "" if ruling else NO_RULING if len(sides) > 1 else "There is one version left: nothing is in conflict.",
        "standing": next((side for side in sides if side.stands), None),
        "may_rule": user.may(P.CONFLICT_RULE) and len(sides) > 1,
        "rule_name": f"pbm:conflict_{PLACES[table]}_rule",
        "columns": headings((Column("What"), *(Column(side.name) for side in sides)), query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:conflicts"),
    }
    return render_page(request, "pbm/conflict.html", shown)


def _event_or_404(request, pk, table):
    rows = rulings.MODELS[table].objects.visible_to(request.user).select_related("payer")
    event = get_object_or_404(rows, pk=pk, is_withdrawn=False)
    if not substance_use.may_see(request.user) and any(
        substance_use.event_tells(one) for events in rulings.versions(rulings.alike(event)) for one in events
    ):
        raise Http404
    return event


def _side(number, events, ruling, deliveries):
    hashes = {one.content_hash for one in events}
    standing = next((one for one in events if one.standing), None)
    is_chosen = ruling is not None and ruling.chosen in hashes
    return Version(
        name=f"Version {chr(64 + number)}" if number <= 26 else f"Version {number}",
        event=events[0],
        delivery=deliveries.get(events[0].delivery_id),
        told=_told(events),
        stands=standing.get_standing_display() if standing else "",
        is_set_aside=ruling is not None and bool(hashes & set(ruling.against)),
        may_stand=not is_chosen,
    )


def _told(events):
    """{label: words} of what the feed said; spans of one statement are read together."""
    model, told = type(events[0]), {}
    names = [f.name for f in model._meta.concrete_fields if f.name in model.phi and f.name != "patient"]
    for name in [*names, "source"]:
        words = list(dict.fromkeys(_worded(name, getattr(one, name)) for one in events))
        told[spoken(name.removesuffix("_cents"))] = "; ".join(filter(None, words))
    return told


def _worded(name, value):
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_cents"):
        return money.dollars(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _title(event):
    return f"{ONE[event._meta.model_name]} {event.record_id}, line {event.record_line}"


def _version(event):
    """Of claims the day of payment, or of an 837 the moment when it was made, where that is what their version is."""
    version = event.version
    if version is None or not isinstance(event, (PharmacyEvent, MedicalEvent, PaymentEvent)):
        return version
    if LATEST_DAY * 100 < version <= LATEST_DAY * 24 * 60:
        return f"{date_format(date_of(version // (24 * 60)))}, {version // 60 % 24}:{version % 60:02}"
    return date_format(date_of(version)) if abs(version) <= LATEST_DAY else version


class Ruling(forms.Form):
    reason = Words(max_length=500, error_messages={"required": "Say why this version stands."})


@require_http_methods(["GET", "POST"])
@requires(P.CONFLICT_RULE)
def rule(request, pk, table):
    event = _event_or_404(request, pk, table)
    saw(*([event.patient_id] if event.patient_id else []))
    return do(
        request,
        Ruling(request.POST or None),
        lambda **given: rulings.rule(event=event, by=request.user, **given),
        heading=f"One version stands: {_title(event)}",
        intro="The other versions that are known now no longer count; they stay on record, and the ruling can be taken back. "
        "When the same words come once more the ruling holds. Other words that come later are a new conflict.",
        said="Ruled. What follows from it is worked out in the background.",
        to=reverse(f"pbm:conflict_{PLACES[table]}", args=[event.pk]),
        section="feeds",
        button="Yes, this version stands",
    )


class Revocation(forms.Form):
    reason = Words(max_length=500, error_messages={"required": "Say why the ruling is taken back."})


@require_http_methods(["GET", "POST"])
@requires(P.CONFLICT_RULE)
def revoke(request, public_id):
    ruling = get_object_or_404(ConflictRuling.objects.visible_to(request.user), public_id=public_id)
    saw(*rulings.patients_of([ruling]))
    return do(
        request,
        Revocation(request.POST or None),
        lambda **given: rulings.revoke(ruling=ruling, by=request.user, **given),
        heading=f"Take back the ruling on {ruling.record_id}",
        intro="Every version counts again, and they are in conflict again.",
        said="Taken back. What follows from it is worked out in the background.",
        to=reverse("pbm:conflict_rulings"),
        section="feeds",
        button="Yes, take it back",
        kind="danger",
    )

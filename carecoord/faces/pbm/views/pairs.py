"""Two records that may be one person's: suggestions, both side by side, a person's decision, and taking it back."""

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record, saw
from patients.claims import pairs as suggestions
from patients.claims import people
from patients.claims.models import PersonRuling
from patients.models import Member

from ..doing import do
from ..paging import page_of
from ..site import render_page, tabs

COLUMNS = (Column("Records"), Column("Why"), Column("Be careful"), Column("Payer", css="lower"))
RULINGS = (
    Column("Ids"), Column("Decided"), Column("Why"), Column("By", css="low"), Column("On", css="low"),
    Column("Change", is_hidden=True),
)  # fmt: skip


@require_safe
@requires(P.ROSTER_VIEW)
def pairs(request):
    """Suggested pairs, and the decisions in force, newest first."""
    user, found = request.user, suggestions.suggested(request.user)
    rulings = PersonRuling.objects.visible_to(user).filter(revoked_at=None).select_related("by")
    rows, page = page_of(rulings, request.GET, sorts={"newest": "id"}, default="-newest", noun="decision")
    saw(*(member.patient_id for pair in found for member in (pair.one, pair.other)), *people.patients_of(rows))
    record(event="pairs.read", by=user, count=len(found))
    shown = {
        "pairs": found,
        "most": suggestions.MOST,
        "rows": rows,
        "page": page,
        "may_rule": user.may(P.CONFLICT_RULE),
        "columns": headings(COLUMNS, query=request.GET),
        "ruling_columns": headings(RULINGS, query=request.GET),
        "section": "roster",
        "tabs": tabs("roster", "pbm:pairs"),
    }
    return render_page(request, "pbm/pairs.html", shown)


@require_safe
@requires(P.ROSTER_VIEW)
def pair(request, one_id, other_id):
    user = request.user
    one, other = _two_or_404(user, one_id, other_id)
    shown = {
        "pair": suggestions.pair_of(user, one, other),
        "ruling": people.ruling_on(one.payer_id, one.member_id, other.member_id),
        "may_rule": user.may(P.CONFLICT_RULE),
        "columns": headings(
            (Column("What"), Column("Record A"), Column("Record B"), Column("Agrees")), query=request.GET
        ),
        "section": "roster",
        "tabs": tabs("roster", "pbm:pairs"),
    }
    return render_page(request, "pbm/pair.html", shown)


def _two_or_404(user, one_id, other_id):
    rows = Member.objects.visible_to(user).select_related("patient", "payer").order_by("pk")
    one = get_object_or_404(rows, patient__public_id=one_id)
    other = rows.filter(patient__public_id=other_id, payer=one.payer_id).first()
    if other is None or other == one:
        raise Http404
    return one, other


class Decision(forms.Form):
    reason = Words(max_length=500, error_messages={"required": "Say why."})


DECIDE = {
    True: {
        "heading": "One person",
        "intro": "Claims, cover and care of both are read as one person's from now on, under the id of today. The visits and papers "
        "of both are kept. It can be taken back, and then everything is as the payer's files say.",
        "button": "Yes, they are one person",
        "said": "Decided. The records are united in the background.",
    },
    False: {
        "heading": "Two persons",
        "intro": "They are not suggested again, and no number that the payer puts beside both unites them. It can be taken back.",
        "button": "Yes, they are two persons",
        "said": "Decided. They stay apart.",
    },
}


@require_http_methods(["GET", "POST"])
@requires(P.CONFLICT_RULE)
def decide(request, one_id, other_id, is_same):
    one, other = _two_or_404(request.user, one_id, other_id)
    words = DECIDE[is_same] | {"heading": f"{DECIDE[is_same]['heading']}: {one.id_now} and {other.id_now}"}
    return do(
        request,
        Decision(request.POST or None),
        lambda **given: people.rule(one=one, other=other, is_same=is_same, by=request.user, **given),
        to=reverse("pbm:pairs"),
        section="roster",
        **words,
    )


@require_http_methods(["GET", "POST"])
@requires(P.CONFLICT_RULE)
def take_back(request, public_id):
    ruling = get_object_or_404(PersonRuling.objects.visible_to(request.user), public_id=public_id)
    saw(*people.patients_of([ruling]))
    return do(
        request,
        Decision(request.POST or None),
        lambda **given: people.revoke(ruling=ruling, by=request.user, **given),
        heading=f"Take back the decision on {ruling.one_id} and {ruling.other_id}",
        intro="They are again what the payer's files alone say of them.",
        said="Taken back. What follows from it is worked out in the background.",
        to=reverse("pbm:pairs"),
        section="roster",
        button="Yes, take it back",
        kind="danger",
    )

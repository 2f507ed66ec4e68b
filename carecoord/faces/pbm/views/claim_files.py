"""Claim files: claims as 837P and CMS-1500, remittances as 835, and how payers are named in them."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components import claim_downloads
from carecoord.faces.fields import Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies.billing.formats import actions
from pharmacies.billing.models import PayerIdentity, Remittance, ServiceClaim

from ..claim_forms import Decision, Queue
from ..site import render_page, tabs
from .claims import NEEDED, REFUSED, show_queue

MOST_SHOWN = 200


class PayerForm(forms.ModelForm):
    class Meta:
        model = PayerIdentity
        fields = ("edi_id", "tax_id", "street", "city", "state", "zip", "contact_name", "contact_phone")
        field_classes = {name: Words for name in ("street", "city", "contact_name")}


@require_safe
@requires(P.CLAIM_VIEW)
def claim_837(request, public_id):
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    return claim_downloads.claims(request, [found], "837", _refused(request, reverse("pbm:claim", args=[public_id])))


@require_safe
@requires(P.CLAIM_VIEW)
def claim_form(request, public_id):
    """The CMS-1500; `?paper=plain` draws the boxes, too."""
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    kind = claim_downloads.kind_of(request.GET.get("paper"))
    return claim_downloads.claims(request, [found], kind, _refused(request, reverse("pbm:claim", args=[public_id])))


@require_POST
@requires(P.CLAIM_VIEW)
def selected(request):
    """The ticked claims in one file. One that is not there, or not theirs, is a 404 for all."""
    field = forms.UUIDField()
    try:
        keys = {field.clean(text) for text in request.POST.getlist("selected")}
    except forms.ValidationError:
        raise Http404
    found = list(ServiceClaim.objects.visible_to(request.user).filter(public_id__in=keys).order_by("pk"))
    if len(found) != len(keys):
        raise Http404
    if not found:
        messages.error(request, "Select at least one claim.")
        return show_queue(request, Queue({}), refused=Decision(request.POST, actions=NEEDED), status=REFUSED)
    kind = claim_downloads.kind_of(request.POST.get("format"))
    return claim_downloads.claims(request, found, kind, _refused(request, reverse("pbm:claims")))


@require_safe
@requires(P.CLAIM_VIEW)
def remittance_835(request, public_id):
    found = get_object_or_404(Remittance.objects.visible_to(request.user), public_id=public_id)
    return claim_downloads.remittance(request, found, _refused(request, reverse("pbm:remittance", args=[public_id])))


@require_safe
@requires(P.CLAIM_VIEW)
def payers(request):
    """How each payer that we serve is named in claims and remittances."""
    return _payers(request)


@require_POST
@requires(P.CLAIM_ADJUDICATE)
def name_payer(request, public_id):
    payer = get_object_or_404(_served(request.user), public_id=public_id)
    form = PayerForm(request.POST, auto_id=_ids(payer))
    if not form.is_valid():
        return _payers(request, changed={payer.pk: form}, status=422)
    actions.name_payer(payer=payer, facts=form.cleaned_data, by=request.user)
    messages.success(request, f"{payer.name}: saved.")
    return redirect("pbm:payers")


def _payers(request, *, changed=None, status=200):
    known = {each.payer_id: each for each in PayerIdentity.objects.visible_to(request.user)}
    rows = [
        {
            "payer": payer,
            "identity": known.get(payer.pk),
            "form": (changed or {}).get(payer.pk) or PayerForm(instance=known.get(payer.pk), auto_id=_ids(payer)),
            "is_open": payer.pk in (changed or {}),
        }
        for payer in _served(request.user).order_by("name")
    ]
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:payers"),
        "rows": rows,
        "may_edit": request.user.may(P.CLAIM_ADJUDICATE),
    }
    return render_page(request, "pbm/payers.html", found, status=status)


def _served(user):
    return Organisation.objects.filter(pk__in=user.scope.payer_ids)


def _ids(payer):
    return f"payer{payer.pk}_%s"


def _refused(request, back):
    """Answers with every sentence that says what is missing, and the way back."""

    def answer(sentences):
        shown = {"sentences": sentences[:MOST_SHOWN], "count": len(sentences), "back": back, "section": "claims"}
        return render_page(request, "pbm/cannot_write.html", shown, status=422)

    return answer

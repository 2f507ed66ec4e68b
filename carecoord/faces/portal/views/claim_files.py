"""Claim files: claims as 837P and CMS-1500, remittances as 835 out and in, and how the pharmacy is named in them."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components import claim_downloads
from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import Words
from carecoord.kernel.accounts.models import Membership, User, in_force_on
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.accounts.roles import PERMISSIONS
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.money import dollars
from carecoord.kernel.npi import validate_npi
from patients.care import protocols
from pharmacies.billing.formats import actions, files
from pharmacies.billing.formats.from_ledger import visit_reasons
from pharmacies.billing.models import (
    BillingIdentity,
    PersonIdentity,
    ReceivedClaim,
    ReceivedRemittance,
    Remittance,
    ServiceClaim,
)
from pharmacies.billing.models.files import PHARMACIST, TAXONOMY

from ..page import portal_page, show

MOST_SHOWN = 200
LARGEST_BYTES = 5_000_000
RECEIVED = (Column("Trace"), Column("Payer"), Column("Paid on"), Column("State"), Column("Amount", css="num"))
CLAIMS = (
    Column("Claim"), Column("Patient"), Column("What happens"), Column("Charged", css="num"), Column("Paid", css="num"),
    Column("Contract", css="num"), Column("Patient pays", css="num"), Column("Other", css="num"),
)  # fmt: skip
WORK = (Column("Claim"), Column("Patient"), Column("Payment"), Column("Why"), Column("Done", is_hidden=True))
FAULTS = (
    Column("Segment", css="num"),
    Column("Which"),
    Column("Element", css="num"),
    Column("Code"),
    Column("What is wrong"),
)
PEOPLE = (Column("Who"), Column("In claims"), Column("NPI"), Column("Taxonomy"))
CHIPS = {"proposed": "high", "posted": "ok", "aside": "routine"}


class IdentityForm(forms.ModelForm):
    class Meta:
        model = BillingIdentity
        fields = ("tax_id", "taxonomy", "zip", "contact_name", "contact_phone")
        field_classes = {"contact_name": Words}


class PersonForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label="Who", to_field_name="public_id", empty_label="Choose")
    npi = forms.CharField(
        label="NPI", max_length=10, required=False, validators=[validate_npi],
        help_text="Ten digits, the person's own. Empty takes it off the record.",
    )  # fmt: skip
    last_name = forms.CharField(
        label="Last name", max_length=60, required=False, help_text="As registered with the NPI."
    )
    first_name = forms.CharField(label="First name", max_length=35, required=False)
    taxonomy = forms.CharField(label="Taxonomy code", max_length=10, initial=PHARMACIST, validators=[TAXONOMY])

    def __init__(self, *args, store, **kwargs):
        super().__init__(*args, auto_id="person_%s", **kwargs)
        serving = [role for role, held in PERMISSIONS.items() if Permission.ENCOUNTER_COMPLETE in held]
        here = Membership.objects.filter(in_force_on(timezone.localdate()), organisation=store.pk, role__in=serving)
        self.fields["person"].queryset = User.objects.filter(memberships__in=here).order_by("name", "pk")

    def clean(self):
        given = super().clean()
        if given.get("npi") and not given.get("last_name"):
            self.add_error("last_name", "A claim names the person: enter the last name.")
        return given


class RemittanceFileForm(forms.Form):
    file = forms.FileField(
        label="Remittance file (835)",
        help_text="As the payer or its clearing house sent it. 5 MB at most.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_file(self):
        if self.cleaned_data["file"].size > LARGEST_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Ask the payer for smaller ones.")
        return self.cleaned_data["file"]


class NoteForm(forms.Form):
    """What was done about one ReceivedClaim."""

    note = Words(max_length=500, error_messages={"required": "Say what was done about it."})

    def __init__(self, data=None, *, about):
        super().__init__(data, auto_id=f"note_{about.pk}_%s")
        self.about = about
        self.fields["note"].label = f"What was done about {about.control_number}"


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claim_837(request, public_id):
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    return claim_downloads.claims(request, [found], "837", _refused(request, reverse("portal:claim", args=[public_id])))


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claim_form(request, public_id):
    """The CMS-1500; `?paper=plain` draws the boxes, too."""
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    kind = claim_downloads.kind_of(request.GET.get("paper"))
    return claim_downloads.claims(request, [found], kind, _refused(request, reverse("portal:claim", args=[public_id])))


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claims_file(request):
    """All claims with a status, newest first, that can go out: `?format=` 837, cms1500 or plain."""
    status = request.GET.get("status", "")
    found = files.that_can_go_out(ServiceClaim.objects.visible_to(request.user), request.user).order_by("-pk")
    if status in ServiceClaim.Status.values:
        found = found.filter(status=status)
    kind = claim_downloads.kind_of(request.GET.get("format"))
    return claim_downloads.claims(
        request, list(found[: files.MOST_CLAIMS + 1]), kind, _refused(request, reverse("portal:claim_files"))
    )


@require_safe
@portal_page(Permission.BILLING_VIEW)
def remittance_835(request, public_id):
    found = get_object_or_404(Remittance.objects.visible_to(request.user), public_id=public_id)
    return claim_downloads.remittance(request, found, _refused(request, reverse("portal:remittance", args=[public_id])))


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claim_files(request):
    return _page(request)


def _page(request, *, status=200, settling=None, **more):
    who = request.user
    identity = BillingIdentity.objects.visible_to(who).first()
    work = ReceivedClaim.objects.visible_to(who).filter(way="queue", settled_at=None, remittance__status="posted")
    work = list(work.select_related("remittance", "claim").order_by("id")[:MOST_SHOWN])
    audit.saw(refs={each.claim.patient_ref for each in work if each.claim})
    received = ReceivedRemittance.objects.visible_to(who).order_by("-id")[:MOST_SHOWN]
    shown = {
        "identity": identity,
        "reasons": [
            (protocols.title(code), f"{row['diagnosis']}, place of service {row['place']}")
            for code, row in visit_reasons().items()
        ],
        "people": PersonIdentity.objects.visible_to(who).select_related("person").order_by("person__name", "pk"),
        "person_form": PersonForm(store=request.store),
        "may_name_people": who.may(Permission.STAFF_MANAGE),
        "identity_form": IdentityForm(instance=identity, auto_id="identity_%s"),
        "file_form": RemittanceFileForm(),
        "received": [(each, CHIPS[each.status], dollars(each.total_cents)) for each in received],
        "received_headings": headings(RECEIVED, query=request.GET),
        "work": [(each, settling if settling and settling.about == each else NoteForm(about=each)) for each in work],
        "work_headings": headings(WORK, query=request.GET),
        "people_headings": headings(PEOPLE, query=request.GET),
        "fault_headings": headings(FAULTS, query=request.GET),
        "may_decide": who.may(Permission.ENCOUNTER_COMPLETE),
    }
    answer = show(request, "portal/billing/files.html", "billing", **shown | more)
    answer.status_code = status
    return answer


@require_POST
@portal_page(Permission.ENCOUNTER_COMPLETE)
def name_pharmacy(request):
    form = IdentityForm(request.POST, auto_id="identity_%s")
    if not form.is_valid():
        return _page(request, status=422, identity_form=form, is_naming=True)
    actions.name_pharmacy(pharmacy=request.store, facts=form.cleaned_data, by=request.user)
    messages.success(request, "Saved. Claims and remittances carry it from now on.")
    return redirect("portal:claim_files")


@require_POST
@portal_page(Permission.STAFF_MANAGE)
def name_person(request):
    """Somebody's own NPI for the next claims; an empty one takes it off the record."""
    form = PersonForm(request.POST, store=request.store)
    if form.is_valid():
        facts = dict(form.cleaned_data)
        person = facts.pop("person")
        there = PersonIdentity.objects.visible_to(request.user).filter(person=person).first()
        try:
            if facts["npi"]:
                actions.name_person(pharmacy=request.store, person=person, facts=facts, by=request.user)
            elif there:
                actions.forget_person(identity=there, by=request.user)
        except actions.CannotName as refusal:
            form.add_error("npi", str(refusal))
        else:
            messages.success(
                request, f"Saved. The next claims of {person} carry it; claims that went out stay as they are."
            )
            return redirect("portal:claim_files")
    return _page(request, status=422, person_form=form, is_naming_person=True)


@require_POST
@portal_page(Permission.BILLING_VIEW)
def load(request):
    form = RemittanceFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, status=422, file_form=form)
    file = form.cleaned_data["file"]
    try:
        rows, new, left = actions.load(stream=file, file_name=file.name, pharmacy=request.store, by=request.user)
    except actions.CannotLoad as refusal:
        form.add_error("file", str(refusal))
        shown = {"faults": refusal.problems[:MOST_SHOWN], "faults_count": len(refusal.problems)}
        return _page(request, status=422, file_form=form, **shown)
    if left:
        messages.info(request, f"The file pays others too: {left} of its {left + len(rows)} payments were left out.")
    if not new:
        messages.info(request, "This file was loaded before; nothing changed.")
    elif len(rows) > 1:
        messages.success(request, f"{new} of {len(rows)} payments are new. Look at each, then post it.")
    return redirect("portal:received", rows[0].public_id) if len(rows) == 1 else redirect("portal:claim_files")


@require_safe
@portal_page(Permission.BILLING_VIEW)
def received(request, public_id):
    found = get_object_or_404(ReceivedRemittance.objects.visible_to(request.user), public_id=public_id)
    claims = found.claims.visible_to(request.user).select_related("claim", "settled_by").order_by("position")
    audit.saw(refs={each.claim.patient_ref for each in claims if each.claim})
    beside = [each | {"amount": dollars(abs(each["cents"]))} for each in found.provider_adjustments]
    return show(
        request,
        "portal/billing/received.html",
        "billing",
        it=found,
        chip=CHIPS[found.status],
        total=dollars(found.total_cents),
        beside=beside,
        claims=[_received_row(each) for each in claims],
        headings=headings(CLAIMS, query=request.GET),
        to_post=sum(each.way == "post" for each in claims),
        to_work=sum(each.way == "queue" for each in claims),
        sums=_received_row(None, claims),
        may_decide=request.user.may(Permission.ENCOUNTER_COMPLETE),
    )


@require_POST
@portal_page(Permission.ENCOUNTER_COMPLETE)
def decide(request, public_id):
    """Posts a proposal, or sets it aside."""
    found = get_object_or_404(ReceivedRemittance.objects.visible_to(request.user), public_id=public_id)
    aside = request.POST.get("action") == "aside"
    try:
        (actions.set_aside if aside else actions.post)(remittance=found, by=request.user)
    except actions.CannotPost as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Set aside." if aside else "Posted. What needs somebody stands under Claim files.")
    return redirect("portal:received", public_id)


@require_POST
@portal_page(Permission.BILLING_VIEW)
def settle(request, public_id):
    found = get_object_or_404(ReceivedClaim.objects.visible_to(request.user), public_id=public_id)
    form = NoteForm(request.POST, about=found)
    if form.is_valid():
        try:
            actions.settle(claim=found, note=form.cleaned_data["note"], by=request.user)
        except actions.CannotPost as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Claim {found.control_number} is done.")
        return redirect("portal:claim_files")
    return _page(request, status=422, settling=form)


def _refused(request, back):
    """Answers with every sentence that says what is missing, and the way back."""

    def answer(sentences):
        shown = {"sentences": sentences[:MOST_SHOWN], "count": len(sentences), "back": back}
        page = show(request, "portal/billing/refused.html", "billing", **shown)
        page.status_code = 422
        return page

    return answer


def _received_row(each, rows=()):
    names = ("charge_cents", "paid_cents", "contractual_cents", "patient_cents", "other_cents")
    cents = {name: sum(getattr(row, name) for row in rows) if each is None else getattr(each, name) for name in names}
    cuts = [] if each is None else [cut | {"amount": dollars(cut["cents"])} for cut in each.adjustments]
    return {"it": each, "cuts": cuts} | {name.removesuffix("_cents"): dollars(value) for name, value in cents.items()}

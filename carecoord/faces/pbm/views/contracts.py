"""A contract: its fee schedule on a day, the rural uplift, and the schedule as a file and from one."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, counted, headings
from carecoord.faces.fields import DayField
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies import actions
from pharmacies.billing.fees import raised
from pharmacies.models import Contract, Fee
from pharmacies.queries import in_force, percent

from .. import exports
from ..doing import do
from ..forms import FeeForm, UpliftForm
from ..site import csv_response, render_page, tabs

FEE_COLUMNS = (
    Column("Code"), Column("Service"), Column("Where"), Column("Fee", css="num"), Column("Rural pharmacies", css="num"),
    Column("From"), Column("Until"), Column("Change", is_hidden=True),
)  # fmt: skip
UPLIFT_COLUMNS = (Column("Percent", css="num"), Column("From"), Column("Until"))
FAULT_COLUMNS = (Column("Line", css="num"), Column("Field"), Column("Code"), Column("What is wrong"))
EXPORTED = (*actions.FEE_COLUMNS, "until", "rural_amount")
LARGEST_BYTES = 1_000_000


class DayForm(forms.Form):
    on = DayField(required=False, label="Schedule on")


class FileForm(forms.Form):
    file = forms.FileField(
        label="Fee schedule",
        help_text=f"A CSV with the columns {', '.join(actions.FEE_COLUMNS)}.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_file(self):
        if self.cleaned_data["file"].size > LARGEST_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB.")
        return self.cleaned_data["file"]


def _visible(request, public_id):
    return get_object_or_404(Contract.objects.visible_to(request.user), public_id=public_id)


def _page_of(found):
    return reverse("pbm:contract", args=[found.public_id])


def _is_own(request, found):
    return request.user.may(P.CONTRACT_EDIT) and found.pbm_id == request.user.membership.organisation_id


@require_safe
@requires(P.NETWORK_VIEW)
def contract(request, public_id):
    found, form = _visible(request, public_id), DayForm(request.GET or None)
    on = (form.cleaned_data["on"] if form.is_valid() else None) or timezone.localdate()
    return _page(request, found, {"form": form, "on": on}, status=400 if form.errors else 200)


def _page(request, found, more, *, status=200):
    on = more.get("on") or timezone.localdate()
    uplifts = found.uplifts.visible_to(request.user).order_by("-since")
    uplift = next((row for row in uplifts if row.since <= on and (row.until is None or row.until >= on)), None)
    fees = Fee.objects.visible_to(request.user).filter(contract=found)
    shown = {
        "contract": found,
        "on": on,
        "form": DayForm(),
        "file_form": FileForm(),
        "fees": [(fee, _rural(fee, uplift)) for fee in fees.filter(in_force(on)).order_by("code", "area")],
        "others": fees.exclude(in_force(on)).order_by("code", "area", "-since"),
        "uplift": percent(uplift.basis_points) if uplift and uplift.basis_points else "",
        "uplifts": [(percent(row.basis_points), row) for row in uplifts],
        "fee_columns": headings(FEE_COLUMNS, query=request.GET),
        "uplift_columns": headings(UPLIFT_COLUMNS, query=request.GET),
        "fault_columns": headings(FAULT_COLUMNS, query=request.GET),
        "may_edit": _is_own(request, found),
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_contract_changelist"),
    }
    return render_page(request, "pbm/contract.html", shown | more, status=status)


def _rural(fee, uplift):
    """Cents that a rural pharmacy gets for one unit."""
    return raised(fee.amount_cents, uplift.basis_points if uplift and fee.area == Fee.Area.ANY else 0)


@require_safe
@requires(P.NETWORK_VIEW)
def export(request, public_id):
    found = _visible(request, public_id)
    uplifts = list(found.uplifts.visible_to(request.user).order_by("since"))
    fees = Fee.objects.visible_to(request.user).filter(contract=found).order_by("code", "area", "since")
    rows = (_cells(fee, next((u for u in reversed(uplifts) if u.since <= fee.since), None)) for fee in fees)
    return csv_response(f"fees-{found.code}.csv", exports.lines(EXPORTED, rows))


def _cells(fee, uplift):
    amounts = (f"{cents // 100}.{cents % 100:02d}" for cents in (fee.amount_cents, _rural(fee, uplift)))
    amount, rural = amounts
    return fee.code, fee.label, amount, fee.area, fee.since, fee.until, rural


@require_http_methods(["POST"])
@requires(P.CONTRACT_EDIT)
def load(request, public_id):
    found, form = _visible(request, public_id), FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, {"file_form": form}, status=422)
    try:
        done, faults = actions.load_fees(contract=found, stream=form.cleaned_data["file"], by=request.user)
    except (actions.NotAFeeSchedule, actions.CannotChange) as refusal:
        form.add_error("file", str(refusal))
        return _page(request, found, {"file_form": form}, status=422)
    if faults:
        return _page(request, found, {"faults": faults}, status=422)
    messages.success(request, f"{counted(done, 'fee')} set. Claims of past days keep the fee of their day.")
    return redirect(_page_of(found))


@require_http_methods(["GET", "POST"])
@requires(P.CONTRACT_EDIT)
def set_fee(request, public_id):
    found = _visible(request, public_id)
    return do(
        request,
        FeeForm(request.POST or None, initial={name: request.GET.get(name, "") for name in ("code", "label", "area")}),
        lambda **given: actions.set_fee(contract=found, by=request.user, **given),
        heading=f"Set a fee in {found}",
        intro="The fee before it for the same code ends on the day before. Claims keep the fee of their own day.",
        said="The fee is set.",
        to=_page_of(found),
    )


@require_http_methods(["GET", "POST"])
@requires(P.CONTRACT_EDIT)
def set_uplift(request, public_id):
    found = _visible(request, public_id)
    return do(
        request,
        UpliftForm(request.POST or None, initial={"since": timezone.localdate()}),
        lambda **given: actions.set_uplift(contract=found, by=request.user, **given),
        heading=f"Rural uplift of {found}",
        intro="Rural pharmacies get it on top of each fee that holds everywhere, rounded once to whole cents.",
        said="The uplift is set.",
        to=_page_of(found),
    )

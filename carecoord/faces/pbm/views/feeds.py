"""Taking a delivery back, and trying one again that failed."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from patients.claims import actions
from patients.claims.models import Delivery


class Withdrawal(forms.Form):
    reason = forms.CharField(max_length=500, error_messages={"required": "Say why the delivery is withdrawn."})


@require_POST
@requires(P.DELIVERY_WITHDRAW)
def withdraw(request, public_id):
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    form = Withdrawal(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["reason"][0])
        return redirect(_page_of(delivery))
    try:
        actions.withdraw(delivery=delivery, reason=form.cleaned_data["reason"], by=request.user)
    except actions.CannotWithdraw as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Withdrawn. What it had told is folded again in the background.")
    return redirect(_page_of(delivery))


@require_POST
@requires(P.DELIVERY_WITHDRAW)
def try_again(request, public_id):
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    try:
        actions.try_again(delivery=delivery, by=request.user)
    except actions.CannotTryAgain as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Handed to the workers once more.")
    return redirect(_page_of(delivery))


def _page_of(delivery):
    return reverse("pbm:claims_delivery_change", args=[delivery.public_id])

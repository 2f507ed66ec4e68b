"""Three mistakes that a hurried colleague makes, planted among the real routes: the matrix must find each of them."""

from django import forms
from django.http import HttpResponse
from django.urls import path

from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission
from carecoord.urls import urlpatterns as real
from patients.claims.models import Fill
from patients.flags.models import Flag


@requires(Permission.FLAG_DISMISS)
def unscoped_action(request, public_id):
    return HttpResponse(Flag.objects.filter(public_id=public_id).update(assigned_to=request.user))


@requires(Permission.WORKLIST_VIEW)
def unscoped_export(request):
    return HttpResponse(",".join(Fill.objects.values_list("pharmacy_ref", flat=True)), content_type="text/csv")


class UnscopedForeignKey(forms.Form):
    flag_id = forms.ModelChoiceField(queryset=Flag.objects.all())


@requires(Permission.WORKLIST_VIEW)
def unscoped_field(request):
    form = UnscopedForeignKey(request.POST)
    return HttpResponse(f"About {form.cleaned_data['flag_id'].reason}" if form.is_valid() else "")


urlpatterns = [
    *real,
    path("planted/action/<uuid:public_id>", unscoped_action),
    path("planted/export", unscoped_export),
    path("planted/field", unscoped_field),
]

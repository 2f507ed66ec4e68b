"""The engine of a list and its form, tamed: who may comes from our permissions, rows from the walls, writes from actions."""

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse

from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.actions import CannotRegister
from carecoord.kernel.parameters.actions import CannotSet
from carecoord.kernel.webhooks.actions import endpoints, hosts, messages
from patients.claims.actions import CannotReplay, CannotWithdraw
from patients.claims.conflicts import CannotRule
from patients.programs.mailing import CannotSend
from patients.programs.opt_ins import CannotChange as CannotOptIn
from pharmacies.actions import CannotChange
from pharmacies.billing.adjudicate import CannotAdjudicate

from .labels import LABELS
from .site import TABS, tabs

REFUSALS = (
    *(
        CannotChange,
        CannotOptIn,
        CannotAdjudicate,
        CannotRegister,
        CannotReplay,
        CannotRule,
        CannotWithdraw,
        CannotSend,
    ),
    CannotSet,
    *(hosts.CannotAllow, endpoints.CannotRegister, endpoints.CannotSwitch, messages.CannotSend),
)
"""Domain errors whose sentence is shown above the form."""


class Rows(ChangeList):
    """Links say the public id, where a model has one."""

    def __init__(self, request, *args, **kwargs):
        super().__init__(request, *args, **kwargs)
        self.pk_attname = address_of(self.model)

    def url_for_result(self, result):
        """A row leads to its own page where it has one, else to its form."""
        return self.model_admin.page_of(result) or super().url_for_result(result)


def address_of(model):
    """The field that stands in addresses."""
    try:
        return model._meta.get_field("public_id").attname
    except FieldDoesNotExist:
        return model._meta.pk.attname


class RoomAdmin(admin.ModelAdmin):
    """One model of one room. Subclasses name permissions, columns, fields, and the actions that write.

    `add_fields` are asked for when a row is made, `change_fields` when it is changed; all others are shown, not asked.
    `page_name` is the address of the page that shows a row in full, by its public id; a new row is shown there, with the
    words `next_step`. `noun` and `nouns` are what people
    call one and several rows, where that is not the model's name; `nothing_yet` says where rows come from.
    """

    section = ""
    noun = nouns = ""
    intro = nothing_yet = ""
    page_name = next_step = ""
    may_view = ()
    may_edit = ()
    add_fields = change_fields = show_fields = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    actions = None
    change_list_template = "pbm/list.html"
    add_form_template = change_form_template = "pbm/form.html"
    formfield_overrides = {
        models.DateField: {
            "form_class": DayField,
            "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        },
        models.CharField: {"form_class": Words},
        models.TextField: {"form_class": Words},
    }

    # Who may

    def _may(self, request, permissions):
        return any(request.user.may(permission) for permission in permissions)

    def has_module_permission(self, request):
        return self._may(request, self.may_view)

    def has_view_permission(self, request, obj=None):
        return self._may(request, self.may_view)

    def has_add_permission(self, request):
        return bool(self.add_fields) and self._may(request, self.may_edit)

    def has_change_permission(self, request, obj=None):
        return bool(self.change_fields) and self._may(request, self.may_edit)

    def has_delete_permission(self, request, obj=None):
        return False

    # Which rows

    def visible(self, request, model):
        rows = model._default_manager.all()
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def get_queryset(self, request):
        rows = self.visible(request, self.model)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_object(self, request, object_id, from_field=None):
        return self.get_queryset(request).filter(**{address_of(self.model): object_id}).first()

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", self.visible(request, db_field.related_model))
        kwargs.setdefault("empty_label", "None" if db_field.blank else "Choose")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # no pop-up windows
        if field is not None and db_field.name in LABELS:
            field.label = LABELS[db_field.name]
        return field

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the list's own filters ask: a look-up that goes on from there (to a member's name, to a password's
        hash) would be a question to columns that are not shown, answered by how many rows are left."""
        return "\0" not in str(value) and lookup in {
            asked for name in self.list_filter for asked in self._asked_by(name)
        }

    def _asked_by(self, name):
        """The look-ups that Django's filter of a field writes into its links."""
        field = self.opts.get_field(name)
        targets = [name, f"{name}__exact", f"{name}__isnull"]
        return [*targets, f"{name}__{field.target_field.name}__exact"] if field.is_relation else targets

    def to_field_allowed(self, request, to_field):
        return False

    # Pages

    def words_for(self, count):
        """What people call so many rows."""
        return (self.noun or self.opts.verbose_name) if count == 1 else (self.nouns or self.opts.verbose_name_plural)

    def page_of(self, row):
        """The address of the page that shows a row in full, '' where its form does."""
        return reverse(self.page_name, args=[row.public_id]) if self.page_name else ""

    def get_changelist(self, request, **kwargs):
        return Rows

    def get_fields(self, request, obj=None):
        return self.add_fields if obj is None else (*self.show_fields, *self.change_fields)

    def get_readonly_fields(self, request, obj=None):
        return () if obj is None else self.show_fields

    def get_urls(self):
        kind = "uuid" if address_of(self.model) == "public_id" else "int"
        name, guarded = f"{self.opts.app_label}_{self.opts.model_name}", requires(*self.may_view)
        base = f"{self.opts.app_label}/{self.opts.model_name}/"
        urls = [
            path(base, guarded(self.changelist_view), name=f"{name}_changelist"),
        ]
        if self.change_fields or not self.page_name:
            urls.append(path(f"{base}<{kind}:object_id>/change/", guarded(self.change_view), name=f"{name}_change"))
        if self.add_fields:
            add = requires(*self.may_edit)(self.add_view)
            urls.insert(1, path(f"{base}add/", add, name=f"{name}_add"))
        return urls

    def _around(self, extra):
        here = f"pbm:{self.opts.app_label}_{self.opts.model_name}_changelist"
        around = {"section": self.section, "intro": self.intro, "list_name": here}
        around |= {"noun": self.words_for(1), "nouns": self.words_for(2), "nothing_yet": self.nothing_yet}
        return around | {"tabs": tabs(self.section, here) if self.section in TABS else []} | (extra or {})

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, self._around(extra_context))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """What an action refuses is said above the form, with all that was typed still in it."""
        context = self._around(extra_context)
        object_id = None if object_id is None else str(object_id)
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except REFUSALS as refusal:
            request.refusal = str(refusal)
            return super().changeform_view(request, object_id, form_url, context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        made = super().get_form(request, obj, change=change, **kwargs)

        class Form(made):
            def clean(self):
                cleaned = super().clean()
                # Left to the action and the database: the action's sentence says what to do, a constraint's name does not.
                self._validate_unique = False
                self.instance.validate_constraints = lambda exclude=None: None
                if getattr(request, "refusal", ""):
                    raise forms.ValidationError(request.refusal)
                return cleaned

        return Form

    # Writes

    def save_model(self, request, obj, form, change):
        """Hands what the form says to `write_change` or `write_new`; the row in memory is thrown away."""
        given = {name: form.cleaned_data[name] for name in (self.change_fields if change else self.add_fields)}
        if change:
            self.write_change(obj, by=request.user, **given)
        else:
            request.made = self.write_new(by=request.user, **given)

    def write_new(self, *, by, **given):
        """Returns the new row where it has a page."""
        raise NotImplementedError

    def write_change(self, obj, *, by, **given):
        raise NotImplementedError

    def save_related(self, request, form, formsets, change):
        """There is nothing beside the row."""

    def log_addition(self, request, obj, message):
        """The audit trail has it."""

    def log_change(self, request, obj, message):
        """The audit trail has it."""

    def response_add(self, request, obj, post_url_continue=None):
        address = self.page_of(request.made) if self.page_name else ""
        return self._back(request, f"Added: {self.words_for(1)}. {self.next_step}".strip(), address)

    def response_change(self, request, obj):
        return self._back(request, f"Changed: {self.words_for(1)}.", self.page_of(obj))

    def _back(self, request, message, address=""):
        self.message_user(request, message)
        here = f"pbm:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(address or reverse(here))

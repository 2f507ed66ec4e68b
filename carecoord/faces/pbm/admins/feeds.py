"""Deliveries and what became of their lines."""

from django.contrib import admin

from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims.models import Crosswalk, Delivery, Reject

from ..room_admin import RoomAdmin
from ..site import site
from ..templatetags.pbm_site import spoken
from ..views import feeds

MOST_REJECTS = 200
REJECT_COLUMNS = (Column("Line", css="num"), Column("Field"), Column("Code"), Column("What is wrong"))
COUNTS = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")


class FeedRoom(RoomAdmin):
    section = "feeds"
    may_view = (P.DELIVERY_VIEW,)


@admin.register(Delivery, site=site)
class Deliveries(FeedRoom):
    show_fields = (
        "payer", "client", "format", "what", "file_name", "size_bytes", "sha256", "refusal", "received_at", "loaded_at",
        "withdrawn_at", "noted", "drifted",
    )  # fmt: skip
    change_form_template = "pbm/delivery.html"

    @admin.display(description="Kind")
    def what(self, delivery):
        return spoken(delivery.kind)

    @admin.display(description="Noted, and kept")
    def noted(self, delivery):
        return "; ".join(f"{spoken(code)}: {count:,}" for code, count in delivery.notes.items())

    @admin.display(description="Columns that changed")
    def drifted(self, delivery):
        return "; ".join(f"{how}: {', '.join(names)}" for how, names in delivery.drift.items())

    def changelist_view(self, request, extra_context=None):
        return feeds.deliveries(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        rejects = Reject.objects.visible_to(request.user).filter(delivery__public_id=object_id)
        delivery = self.get_object(request, object_id)
        shown = {
            "counted": [(name.capitalize(), getattr(delivery, name)) for name in COUNTS] if delivery else [],
            "rejects": rejects.order_by("line_number", "pk")[:MOST_REJECTS],
            "reject_count": rejects.count(),
            "reject_columns": headings(REJECT_COLUMNS, query=request.GET),
            "may_withdraw": request.user.may(P.DELIVERY_WITHDRAW),
        }
        page = super().change_view(request, object_id, form_url, shown | (extra_context or {}))
        record(event="delivery.read", by=request.user, target=self.get_object(request, object_id))
        return page


@admin.register(Crosswalk, site=site)
class Crosswalks(FeedRoom):
    intro = "A feed's own pharmacy ids, and the pharmacies that they mean. Loaded with load_crosswalk."
    nothing_yet = "The command load_crosswalk reads them from a payer's file."
    list_display = ("feed_pharmacy_id", "pharmacy", "payer")
    list_select_related = ("pharmacy", "payer")
    search_fields = ("feed_pharmacy_id",)
    ordering = ("feed_pharmacy_id", "pk")
    show_fields = ("feed_pharmacy_id", "pharmacy", "payer")

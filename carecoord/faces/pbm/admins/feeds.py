"""Deliveries and what became of their lines."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims.models import Crosswalk, Delivery

from .. import delivery_page
from ..room_admin import RoomAdmin
from ..site import site
from ..templatetags.pbm_site import spoken
from ..views import feeds


class FeedRoom(RoomAdmin):
    section = "feeds"
    may_view = (P.DELIVERY_VIEW,)


@admin.register(Delivery, site=site)
class Deliveries(FeedRoom):
    show_fields = (
        "payer", "client", "format", "what", "file_name", "size", "sha256", "received_at", "loaded_at", "withdrawn_at",
        "replays",
    )  # fmt: skip
    change_form_template = "pbm/delivery.html"

    @admin.display(description="Kind")
    def what(self, delivery):
        return spoken(delivery.kind)

    @admin.display(description="Size, bytes")
    def size(self, delivery):
        return f"{delivery.size_bytes:,}"

    @admin.display(description="Replay of")
    def replays(self, delivery):
        if delivery.replay_of is None:
            return ""
        address = reverse("pbm:claims_delivery_change", args=[delivery.replay_of.public_id])
        return format_html('<a href="{}">{}</a>', address, delivery.replay_of)

    def changelist_view(self, request, extra_context=None):
        return feeds.deliveries(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        shown = delivery_page.parts(request, self.get_object(request, object_id))
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

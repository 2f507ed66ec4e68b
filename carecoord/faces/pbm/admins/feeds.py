"""Deliveries and what became of their lines."""

from django.contrib import admin

from carecoord.kernel.accounts.permissions import Permission as P
from patients.claims.models import Crosswalk, Delivery

from ..room_admin import RoomAdmin
from ..site import site

COUNTS = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")


class FeedRoom(RoomAdmin):
    section = "feeds"
    may_view = (P.DELIVERY_VIEW,)


@admin.register(Delivery, site=site)
class Deliveries(FeedRoom):
    intro = (
        "Every line of a file is loaded, waiting for its member, repeated, rejected or conflicting; the five add up."
    )
    list_display = ("received_at", "payer", "format", "kind", "state", *COUNTS)
    list_select_related = ("payer",)
    list_filter = ("state", "format", "kind")
    ordering = ("-pk",)
    show_fields = (
        "payer", "client", "format", "kind", "file_name", "size_bytes", "sha256", "state", "refusal",
        "received_at", "loaded_at", "withdrawn_at", *COUNTS, "notes", "drift",
    )  # fmt: skip
    change_form_template = "pbm/delivery.html"


@admin.register(Crosswalk, site=site)
class Crosswalks(FeedRoom):
    intro = "A feed's own pharmacy ids, and the pharmacies that they mean. Loaded with load_crosswalk."
    list_display = ("feed_pharmacy_id", "pharmacy", "payer")
    list_select_related = ("pharmacy", "payer")
    search_fields = ("feed_pharmacy_id",)
    ordering = ("feed_pharmacy_id", "pk")
    show_fields = ("feed_pharmacy_id", "pharmacy", "payer")

"""The pharmacy's own page: what the directory says, who works here, networks, what is paid for what."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.words import zone_words
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.money import dollars
from pharmacies import queries, readiness
from pharmacies.billing.fees import schedule

from ..page import portal_page, show
from ..panel import colleagues

RURAL = {True: "Rural", False: "Urban", None: "Not known"}


@require_safe
@portal_page(Permission.PHARMACY_VIEW)
def pharmacy(request):
    store, today = request.store, timezone.localdate()
    fees = schedule(pharmacy=store, who=request.user, on=today)
    address = ", ".join(filter(None, [store.street, store.city, f"{store.state} {store.zip}".strip()]))
    return show(
        request,
        "portal/pharmacy/page.html",
        "pharmacy",
        store=store,
        facts=[
            ("NPI", store.npi),
            ("Address", address or "Not known"),
            ("Phone", store.phone or "Not known"),
            ("Kind", store.get_channel_display()),
            ("Area", f"{RURAL[store.is_rural]}. {store.rural_reason}"),
            ("Clock", zone_words(store.time_zone)),
        ],
        networks=queries.networks_of(request.user, pharmacy=store),
        participations=queries.participations_of(request.user, pharmacy=store),
        missing=readiness.missing_to_bill(request.user, pharmacy=store, on=today),
        papers=queries.credentials_on(store.pk, today),
        ending=readiness.running_out(request.user, on=today, days=readiness.EXPIRY_WARNING_DAYS.on(today)),
        fees=[(fee, dollars(fee.amount_cents)) for fee in fees],
        staff=[
            (each, place.get_role_display()) for each in colleagues(request) if (place := each.membership_at(store.pk))
        ],
        today=today,
    )

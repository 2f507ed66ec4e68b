"""The PBM site: Django's AdminSite as the engine, our permissions, walls, actions and templates around it."""

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.shortcuts import render

from carecoord.kernel.accounts.permissions import Permission as P

NAV = (
    ("Home", "house", "pbm:index", (P.NETWORK_VIEW, P.PROGRAM_VIEW, P.CLAIM_VIEW)),
    ("Network", "store", "pbm:pharmacies_pharmacy_changelist", (P.NETWORK_VIEW,)),
    ("Programmes", "clipboard-list", "pbm:programs_program_changelist", (P.PROGRAM_VIEW,)),
    ("Measures", "gauge", "pbm:measures", (P.NETWORK_VIEW,)),
    ("Roster", "users", "pbm:roster", (P.ROSTER_VIEW,)),
    ("Feeds", "inbox", "pbm:claims_delivery_changelist", (P.DELIVERY_VIEW,)),
    ("Claims", "receipt-text", "pbm:claims", (P.CLAIM_VIEW,)),
    ("People", "user-cog", "pbm:people", (P.USER_MANAGE,)),
    ("Audit", "scroll-text", "pbm:audit", (P.AUDIT_VIEW,)),
    ("Health", "activity", "pbm:system", (P.SYSTEM_VIEW,)),
)
TABS = {
    "network": (
        ("Pharmacies", "pbm:pharmacies_pharmacy_changelist"),
        ("Networks", "pbm:pharmacies_network_changelist"),
        ("Contracts", "pbm:pharmacies_contract_changelist"),
        ("Fees", "pbm:pharmacies_fee_changelist"),
        ("Memberships", "pbm:pharmacies_networkmembership_changelist"),
        ("Our own network", "pbm:pharmacies_pbmparticipation_changelist"),
    ),
    "programmes": (
        ("Programmes", "pbm:programs_program_changelist"),
        ("Clients", "pbm:clients"),
        ("Opt-ins", "pbm:programs_participation_changelist"),
        ("Enrolment runs", "pbm:programs_enrolmentrun_changelist"),
        ("Roll-out report", "pbm:rollout"),
    ),
    "measures": (
        ("Measures", "pbm:measures"),
        ("Runs", "pbm:measures_run_changelist"),
        ("Risk score", "pbm:risk"),
        ("Parameters", "pbm:parameters"),
    ),
    "roster": (
        ("Enrolled", "pbm:roster"),
        ("Letters", "pbm:letters"),
        ("By pharmacy", "pbm:flags_by_pharmacy"),
        ("Same person?", "pbm:pairs"),
        ("Decisions", "pbm:programs_decision_changelist"),
    ),
    "feeds": (
        ("Deliveries", "pbm:claims_delivery_changelist"),
        ("Health", "pbm:feed_health"),
        ("Conflicts", "pbm:conflicts"),
        ("Rulings", "pbm:conflict_rulings"),
        ("Odd dates", "pbm:odd_dates"),
        ("Dispensed", "pbm:dispensed"),
        ("Crosswalk", "pbm:claims_crosswalk_changelist"),
        ("Webhooks", "pbm:webhooks"),
    ),
    "claims": (
        ("Claims", "pbm:claims"),
        ("Remittances", "pbm:remittances"),
        ("Recoupments", "pbm:recoupments"),
        ("Invoices", "pbm:invoices"),
        ("Payers", "pbm:payers"),
    ),
}
HERE = (
    P.NETWORK_VIEW,
    P.PROGRAM_VIEW,
    P.ROSTER_VIEW,
    P.DELIVERY_VIEW,
    P.CLAIM_VIEW,
    P.USER_MANAGE,
    P.AUDIT_VIEW,
)
"""Holding one of these, a person has something to do here."""


class PbmSite(AdminSite):
    """Knows no sign-in, password or log page of its own: allauth and our audit trail have these."""

    site_title = site_header = "CareCoord"
    enable_nav_sidebar = False
    pages = ()

    def has_permission(self, request):
        return request.user.is_authenticated and any(request.user.may(permission) for permission in HERE)

    def each_context(self, request):
        """What every page gets: the navigation that this person may use."""
        may = request.user.may
        nav = [
            {"label": label, "icon": icon, "name": name, "section": label.lower()}
            for label, icon, name, needs in NAV
            if any(may(permission) for permission in needs)
        ]
        return {"nav_items": nav, "is_popup": False, "site_title": self.site_title, "time_zone_name": "UTC"}

    def get_urls(self):
        """Only what is named has an address: the pages of urls.py, and the lists and forms of the registered models."""
        urls = list(self.pages)
        for model_admin in self._registry.values():
            urls += model_admin.get_urls()
        return urls


def render_page(request, template, context, *, status=200):
    """A page in the shell of the site. `section` in the context marks where the reader is, and opens its tabs."""
    return render(request, template, site.each_context(request) | context, status=status)


def tabs(section, current):
    """The lists of one section as `{% tabs %}` wants them; those that the reader may not open answer 403."""
    return [{"label": label, "name": name, "current": name == current} for label, name in TABS.get(section, ())]


def csv_response(name, rows):
    """The rows are read inside the request, where the walls know who asks: nothing is left to stream after it."""
    response = HttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


site = PbmSite(name="pbm")

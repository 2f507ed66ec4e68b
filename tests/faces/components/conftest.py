from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from carecoord.faces.components import gallery


@pytest.fixture
def alice():
    return SimpleNamespace(
        is_authenticated=True,
        email="alice@example.test",
        get_full_name="Alice Ortiz",
        scope=SimpleNamespace(role="portal"),
        membership=None,
    )


@pytest.fixture
def page(alice):
    """Renders a template inside the shell, as Alice sees it; `theme` is her cookie."""

    def render(template="_components/gallery.html", *, theme="", **context):
        request = RequestFactory().get("/portal/today/")
        request.user = alice
        if theme:
            request.COOKIES["cc_theme"] = theme
        shell = {
            "user": alice,
            "organisation": "Ortiz Drug, Austin",
            "role": "Pharmacist",
            "idle_minutes": 15,
            "nav_items": NAV,
            "loud_banner": "Demo",
        }
        return render_to_string(template, {**gallery.context(), **shell, **context}, request=request)

    return render


NAV = [
    {"label": "Today", "icon": "list-checks", "href": "/portal/today/", "count": 18},
    {"label": "Patients", "icon": "users", "href": "/portal/patients/"},
    {"label": "Billing", "icon": "receipt-text", "href": "/portal/billing/"},
    {"label": "Pharmacy", "icon": "store", "href": "/portal/pharmacy/"},
]

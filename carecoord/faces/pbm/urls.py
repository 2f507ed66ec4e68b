"""Mounted at /pbm/. No `app_name` here: the site brings the namespace 'pbm' (and 'admin' for Django's own templates) itself."""

from django.urls import path

from . import admins  # noqa: F401 - registers the models
from .site import site
from .views import audit, claims, feeds, home, invoices, payments, roster

site.pages = (
    path("", home.index, name="index"),
    path("claims/", claims.queue, name="claims"),
    path("claims/decide/", claims.decide, name="claims_decide"),
    path("claims/<uuid:public_id>/", claims.detail, name="claim"),
    path("claims/<uuid:public_id>/lines/", claims.decide_lines, name="claim_lines"),
    path("claims/<uuid:public_id>/recoup/", payments.recoup, name="claim_recoup"),
    path("claims/export/", claims.export, name="claims_export"),
    path("remittances/", payments.remittances, name="remittances"),
    path("remittances/<uuid:public_id>/", payments.remittance, name="remittance"),
    path("recoupments/", payments.recoupments, name="recoupments"),
    path("recoupments/<uuid:public_id>/withdraw/", payments.withdraw, name="recoupment_withdraw"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/issue/", invoices.issue, name="invoice_issue"),
    path("invoices/<uuid:public_id>/", invoices.invoice, name="invoice"),
    path("invoices/<uuid:public_id>/export/", invoices.export, name="invoice_export"),
    path("roster/", roster.roster, name="roster"),
    path("roster/search/", roster.search, name="roster_search"),
    path("roster/export/", roster.export, name="roster_export"),
    path("feeds/<uuid:public_id>/withdraw/", feeds.withdraw, name="delivery_withdraw"),
    path("audit/", audit.events, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
)
urlpatterns = [path("", site.urls)]

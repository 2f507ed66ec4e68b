"""Mounted at /pbm/. No `app_name` here: the site brings the namespace 'pbm' (and 'admin' for Django's own templates) itself."""

from django.urls import path

from . import admins  # noqa: F401 - registers the models
from .site import site
from .views import audit, claims, clients, contracts, directory, feeds, flags, home, networks, pharmacies, roster

site.pages = (
    path("", home.index, name="index"),
    path("claims/", claims.queue, name="claims"),
    path("claims/decide/", claims.decide, name="claims_decide"),
    path("claims/<uuid:public_id>/", claims.detail, name="claim"),
    path("remittances/", claims.remittances, name="remittances"),
    path("remittances/<uuid:public_id>/", claims.remittance, name="remittance"),
    path("network/import/", directory.load, name="pharmacies_import"),
    path("network/exclusion-check/", pharmacies.record_checks, name="exclusion_check"),
    path("network/pharmacies.csv", directory.export, name="pharmacies_export"),
    path("network/pharmacies/<uuid:public_id>/", pharmacies.pharmacy, name="pharmacy"),
    path("network/pharmacies/<uuid:public_id>/papers/add/", pharmacies.add_credential, name="credential_add"),
    path("network/pharmacies/<uuid:public_id>/attest/", pharmacies.attest, name="attest"),
    path("network/papers/<uuid:public_id>/", pharmacies.change_credential, name="credential_change"),
    path("network/papers/<uuid:public_id>/end/", pharmacies.end_credential, name="credential_end"),
    path("network/attested/<uuid:public_id>/end/", pharmacies.end_attestation, name="attestation_end"),
    path("network/networks/<uuid:public_id>/", networks.network, name="network"),
    path("network/networks/<uuid:public_id>/edit/", networks.edit, name="network_edit"),
    path("network/contracts/<uuid:public_id>/", contracts.contract, name="contract"),
    path("network/contracts/<uuid:public_id>/fees.csv", contracts.export, name="fees_export"),
    path("network/contracts/<uuid:public_id>/load/", contracts.load, name="fees_import"),
    path("network/contracts/<uuid:public_id>/fee/", contracts.set_fee, name="fee_set"),
    path("network/contracts/<uuid:public_id>/uplift/", contracts.set_uplift, name="uplift_set"),
    path("roster/", roster.roster, name="roster"),
    path("roster/search/", roster.search, name="roster_search"),
    path("roster/export/", roster.export, name="roster_export"),
    path("feeds/<uuid:public_id>/withdraw/", feeds.withdraw, name="delivery_withdraw"),
    path("feeds/<uuid:public_id>/rejects.csv", feeds.rejects, name="delivery_rejects"),
    path("flags/", flags.by_pharmacy, name="flags_by_pharmacy"),
    path("clients/", clients.clients, name="clients"),
    path("clients/<int:pk>/", clients.client, name="client"),
    path("clients/<int:pk>/opt-in/", clients.opt_in, name="client_opt_in"),
    path("opt-ins/<int:pk>/end/", clients.end_opt_in, name="opt_in_end"),
    path("audit/", audit.events, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
)
urlpatterns = [path("", site.urls)]

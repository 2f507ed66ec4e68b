"""Mounted at /pbm/. No `app_name` here: the site brings the namespace 'pbm' (and 'admin' for Django's own templates) itself."""

from django.urls import path

from . import admins  # noqa: F401 - registers the models
from .site import site
from .views import audit, claims, feeds, home, people, roster

site.pages = (
    path("", home.index, name="index"),
    path("claims/", claims.queue, name="claims"),
    path("claims/decide/", claims.decide, name="claims_decide"),
    path("claims/<uuid:public_id>/", claims.detail, name="claim"),
    path("remittances/", claims.remittances, name="remittances"),
    path("remittances/<uuid:public_id>/", claims.remittance, name="remittance"),
    path("roster/", roster.roster, name="roster"),
    path("roster/search/", roster.search, name="roster_search"),
    path("roster/export/", roster.export, name="roster_export"),
    path("feeds/<uuid:public_id>/withdraw/", feeds.withdraw, name="delivery_withdraw"),
    path("people/", people.people, name="people"),
    path("people/search/", people.search, name="people_search"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<uuid:public_id>/", people.person, name="person"),
    path("people/<uuid:public_id>/change/", people.change, name="person_change"),
    path("invitations/<uuid:public_id>/renew/", people.renew, name="renew"),
    path("invitations/<uuid:public_id>/cancel/", people.cancel, name="cancel"),
    path("audit/", audit.events, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
)
urlpatterns = [path("", site.urls)]

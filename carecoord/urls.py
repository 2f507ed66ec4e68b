"""Every address. Each face owns its prefix."""

from django.conf import settings
from django.urls import include, path

from carecoord.faces import feed_formats, home, invitations, lock_views, places
from carecoord.faces.components import views as components
from carecoord.faces.monitor import views as monitor


def gallery():
    """Where the people are invented, or one works on the pages themselves; elsewhere there is no such address."""
    return [path("components/", components.page, name="gallery")] if settings.DEMO or settings.DEBUG else []


handler403 = "carecoord.faces.faults.refused"
handler500 = "carecoord.faces.faults.server_error"
urlpatterns = [
    path("", home.home, name="home"),
    path("health", monitor.health, name="health"),
    path("ready", monitor.ready, name="ready"),
    path("metrics", monitor.metrics, name="metrics"),
    path("", include("carecoord.faces.account_urls")),
    path("lock/", lock_views.lock, name="lock"),
    path("lock/open/", lock_views.unlock, name="lock_open"),
    path("lock/passkey/", lock_views.passkey, name="lock_passkey"),
    path("lock/pin/", lock_views.pin, name="pin"),
    path("keep-alive/", lock_views.keep_alive, name="keep_alive"),
    path("place/", places.choose, name="choose_place"),
    path("formats/", feed_formats.formats, name="feed_formats"),
    path("formats/<slug:code>/", feed_formats.one_format, name="feed_format"),
    path("invitation/", invitations.invitation, name="invitation"),
    path("invitation/<str:token>/", invitations.link, name="invitation_link"),
    path("portal/", include("carecoord.faces.portal.urls")),
    path("pbm/", include("carecoord.faces.pbm.urls")),
    path("api/v1/", include("carecoord.faces.api.urls")),
    *gallery(),
]

"""Every address. Each face owns its prefix."""

from django.urls import include, path

from carecoord.faces import home
from carecoord.faces.monitor import views as monitor

urlpatterns = [
    path("", home.home, name="home"),
    path("health", monitor.health, name="health"),
    path("ready", monitor.ready, name="ready"),
    path("metrics", monitor.metrics, name="metrics"),
    path("", include("allauth.account.urls")),
    path("second-factor/", include("allauth.mfa.urls")),
    path("portal/", include("carecoord.faces.portal.urls")),
    path("pbm/", include("carecoord.faces.pbm.urls")),
    path("api/v1/", include("carecoord.faces.api.urls")),
]

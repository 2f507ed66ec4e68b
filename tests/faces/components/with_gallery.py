"""The addresses of a demo, for ROOT_URLCONF: the house's own, and the gallery."""

from django.test import override_settings

from carecoord import urls

with override_settings(DEMO=True):
    urlpatterns = [*urls.urlpatterns, *urls.gallery()]

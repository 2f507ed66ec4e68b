from django.apps import AppConfig
from django.db.backends.signals import connection_created


class Tenancy(AppConfig):
    name = "carecoord.kernel.tenancy"
    label = "tenancy"

    def ready(self):
        from .context import watch

        connection_created.connect(watch)

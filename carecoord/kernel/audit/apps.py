from django.apps import AppConfig


class Audit(AppConfig):
    name = "carecoord.kernel.audit"
    label = "audit"

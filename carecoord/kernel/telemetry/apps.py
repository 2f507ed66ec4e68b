from django.apps import AppConfig


class Telemetry(AppConfig):
    name = "carecoord.kernel.telemetry"
    label = "telemetry"

from django.apps import AppConfig


class Risk(AppConfig):
    name = "patients.risk"
    label = "risk"

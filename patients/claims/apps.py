from django.apps import AppConfig


class Claims(AppConfig):
    name = "patients.claims"
    label = "claims"

from django.apps import AppConfig


class Programs(AppConfig):
    name = "patients.programs"
    label = "programs"

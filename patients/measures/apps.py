from django.apps import AppConfig


class Measures(AppConfig):
    name = "patients.measures"
    label = "measures"

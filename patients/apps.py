from django.apps import AppConfig


class Patients(AppConfig):
    name = "patients"
    label = "patients"

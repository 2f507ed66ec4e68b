from django.apps import AppConfig


class Flags(AppConfig):
    name = "patients.flags"
    label = "flags"

from django.apps import AppConfig


class Care(AppConfig):
    name = "patients.care"
    label = "care"

from django.apps import AppConfig


class Pharmacies(AppConfig):
    name = "pharmacies"
    label = "pharmacies"

from django.apps import AppConfig


class Billing(AppConfig):
    name = "pharmacies.billing"
    label = "billing"

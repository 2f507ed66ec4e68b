from django.apps import AppConfig


class Webhooks(AppConfig):
    name = "carecoord.kernel.webhooks"
    label = "webhooks"

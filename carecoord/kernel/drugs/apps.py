from django.apps import AppConfig


class Drugs(AppConfig):
    name = "carecoord.kernel.drugs"
    label = "drugs"

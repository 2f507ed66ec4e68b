from django.apps import AppConfig


class Parameters(AppConfig):
    name = "carecoord.kernel.parameters"
    label = "parameters"

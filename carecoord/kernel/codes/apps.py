from django.apps import AppConfig


class Codes(AppConfig):
    name = "carecoord.kernel.codes"
    label = "codes"

from django.apps import AppConfig


class Api(AppConfig):
    name = "carecoord.faces.api"
    label = "api"

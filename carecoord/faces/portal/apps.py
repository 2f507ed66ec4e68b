from django.apps import AppConfig


class Portal(AppConfig):
    name = "carecoord.faces.portal"
    label = "portal"

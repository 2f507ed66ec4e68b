from django.apps import AppConfig


class Pbm(AppConfig):
    name = "carecoord.faces.pbm"
    label = "pbm"

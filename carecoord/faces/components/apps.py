from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "carecoord.faces.components"
    label = "components"
    verbose_name = "Components"

"""The drug reference: which ingredients, strength, form and route an NDC stands for."""

from django.apps import AppConfig


class DrugsConfig(AppConfig):
    name = "carecoord.kernel.drugs"
    label = "drugs"
    verbose_name = "Drug reference"

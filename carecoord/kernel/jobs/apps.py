from django.apps import AppConfig


class Jobs(AppConfig):
    name = "carecoord.kernel.jobs"
    label = "jobs"

from django.apps import AppConfig


class Accounts(AppConfig):
    name = "carecoord.kernel.accounts"
    label = "accounts"

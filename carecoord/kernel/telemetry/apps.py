from django.apps import AppConfig
from django.contrib.auth.signals import user_login_failed

from . import logs


class Telemetry(AppConfig):
    name = "carecoord.kernel.telemetry"
    label = "telemetry"

    def ready(self):
        from .meters import SIGN_IN_FAILURES

        logs.configure()
        user_login_failed.connect(
            lambda **_: SIGN_IN_FAILURES.inc(), weak=False, dispatch_uid="carecoord.sign_in_failures"
        )

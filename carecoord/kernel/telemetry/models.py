"""When something was last seen to work: the beat, the night, a back-up, a drill. One row each; no patient data, so no wall."""

from django.db import models
from django.utils import timezone

from carecoord.kernel.tenancy.context import ROLES
from carecoord.kernel.tenancy.models import ReferenceModel


class Sighting(ReferenceModel):
    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=timezone.now)
    detail = models.JSONField(default=dict, help_text="Counts, seconds and codes only.")

    grants = {role: "select" for role in ROLES} | {"worker": "select, insert, update"}

    def __str__(self):
        return self.name

from django.db import models

from carecoord.kernel.tenancy.models import ReferenceModel


class ParameterValue(ReferenceModel):
    """A value that overrides a parameter's default from a day on. History stays: a later row takes over."""

    code = models.CharField(max_length=80)
    value = models.IntegerField()
    since = models.DateField()
    reason = models.TextField()

    grants = {"portal": "select", "pbm": "select, insert", "api": "select", "worker": "select", "auditor": "select"}
    audit = "rows"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "since"], name="one_value_a_day")]

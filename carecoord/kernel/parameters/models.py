from django.db import models

from carecoord.kernel.tenancy.models import ReferenceModel


class ParameterValue(ReferenceModel):
    """A value that overrides a parameter's default from a day on. History stays: a later row takes over.

    `scope` is '' for everybody, or names who has a value of their own: 'network:<organisation id>'.
    """

    code = models.CharField(max_length=80)
    scope = models.CharField(max_length=40, blank=True, default="")
    value = models.IntegerField()
    since = models.DateField()
    reason = models.TextField()

    grants = {"portal": "select", "pbm": "select, insert", "api": "select", "worker": "select", "auditor": "select"}
    audit = "rows"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "scope", "since"], name="one_value_a_day")]

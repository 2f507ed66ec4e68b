"""Setting a parameter from a day on. What was computed keeps the value of its day."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from .models import ParameterValue
from .parameter import Parameter


class CannotSet(Exception):
    """The value, or its day, is out of bounds; the text says which are allowed."""


@audited
def set_value(*, parameter: Parameter, value: int, since, reason: str, scope: str = "", by) -> ParameterValue:
    """The value for everybody (or `scope`) from `since` on, until a later row takes over. Raises CannotSet."""
    if not parameter.low <= value <= parameter.high:
        raise CannotSet(f"Give a number from {parameter.low:,} to {parameter.high:,} {parameter.unit}.")
    if since < timezone.localdate():
        raise CannotSet("A value begins today or later: what was computed keeps the value of its day.")
    try:
        with transaction.atomic():
            row = ParameterValue.objects.create(
                code=parameter.code, scope=scope, value=value, since=since, reason=reason
            )
    except IntegrityError:
        raise CannotSet(f"There is a value from {since:%-d %b %Y} on already: begin on another day.") from None
    record(event="parameter.set", by=by, target=row, reason=reason, detail={"code": parameter.code, "value": value})
    return row

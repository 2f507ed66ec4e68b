"""Giving a parameter another value from a day on."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited

from .models import ParameterValue
from .parameter import Parameter, network_scope


class CannotSet(Exception):
    """The value cannot stand; the text is the sentence for the user."""


@audited
def set_value(
    *, parameter: Parameter, value: int, since: date, reason: str, network_id: int | None = None, by
) -> ParameterValue:
    """The value that holds from `since` on, for everybody or for one network. Raises CannotSet when it is out of bounds, when the
    day has passed (what was judged by an earlier value stays as it was), or when that day has a value already."""
    if not parameter.low <= value <= parameter.high:
        raise CannotSet(f"Choose a value from {parameter.low:,} to {parameter.high:,} {parameter.unit}.")
    if since < timezone.localdate():
        raise CannotSet("Choose today or a later day: what was judged before keeps the value that it was judged by.")
    if network_id and not parameter.by_network:
        raise CannotSet("This number is the same for all networks.")
    scope = network_scope(network_id) if network_id else ""
    try:
        with transaction.atomic():
            row = ParameterValue.objects.create(
                code=parameter.code, scope=scope, value=value, since=since, reason=reason
            )
    except IntegrityError:
        raise CannotSet("From that day on it has a value already: choose another day.") from None
    detail = {"code": parameter.code, "scope": scope, "value": value, "since": since.isoformat()}
    audit.record(event="parameter.set", by=by, target=row, reason=reason, detail=detail)
    return row

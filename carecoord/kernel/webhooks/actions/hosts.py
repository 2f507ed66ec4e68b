"""Which hosts messages may go to. A change holds from the next try on."""

from carecoord.kernel.audit.actions import audited, record

from .. import targets
from ..models import AllowedHost


class CannotAllow(Exception):
    """The host cannot be put on the list."""


@audited
def allow(*, payer, host, port=targets.HTTPS_PORT, note="", by):
    """Puts a host on a payer's list. Returns the AllowedHost. Raises CannotAllow."""
    try:
        name = targets.parse_host(host.strip())
    except targets.BadTarget as refusal:
        raise CannotAllow(str(refusal))
    found, is_new = AllowedHost.objects.get_or_create(
        payer=payer, host=name, port=port, defaults={"note": note, "added_by": by}
    )
    if not is_new:
        raise CannotAllow(f"{found} is on the list already.")
    record(event="webhook_host.allowed", by=by, target=found, detail={"host": str(found)})
    return found


@audited
def disallow(*, host, by):
    """Takes a host off the list: nothing is sent there any more."""
    record(event="webhook_host.disallowed", by=by, target=host, detail={"host": str(host)})
    host.delete()

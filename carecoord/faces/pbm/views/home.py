"""The first page: what waits, in numbers that lead to their rows; where it happens; which papers run out."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies import readiness

from .. import state_map
from ..figures import groups_of
from ..first_steps import steps_of
from ..roster import today
from ..site import HERE, render_page

MOST_ENDING = 8


@require_safe
@requires(*HERE)
def index(request):
    user = request.user
    if user.may(P.AUDIT_VIEW):
        return HttpResponseRedirect(reverse("pbm:audit"))
    steps = steps_of(user)
    sees_network = user.may(P.NETWORK_VIEW)
    ending = readiness.running_out(user, on=today(), days=readiness.STEPS_DAYS[-1]) if sees_network else []
    shown = {
        "groups": groups_of(user, ending),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "now": timezone.now(),
        "section": "home",
    }
    if sees_network:
        shown |= _map(request) | _ending(ending)
    return render_page(request, "pbm/home.html", shown)


def _map(request):
    counts = state_map.counts_of(request.user, sees_members=request.user.may(P.ROSTER_VIEW))
    kind = request.GET.get("map", "")
    kind = kind if kind in counts else next(iter(counts))
    kinds = [{"label": state_map.KINDS[name], "href": f"?map={name}#map", "current": name == kind} for name in counts]
    labels = [state_map.KINDS[name] for name in counts]
    columns = (Column("State"), *(Column(label, css="num") for label in labels))
    drawn = state_map.draw(request.user, counts, kind)
    return {
        "map": drawn,
        "map_rows": [(state, list(zip(labels, words, strict=True))) for state, words in drawn.rows],
        "map_kinds": kinds,
        "map_hides": kind != "pharmacies",
        "map_columns": headings(columns, query=request.GET),
        "smallest": state_map.SMALLEST_SHOWN,
    }


def _ending(found):
    return {"ending": found[:MOST_ENDING], "ending_count": len(found), "ending_more": len(found) > MOST_ENDING}

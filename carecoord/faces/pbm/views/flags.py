"""How the work stands, pharmacy by pharmacy: members enrolled, flags open, urgent, and past their day."""

from django.db.models import Count, Q
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.codes.states import STATES
from patients.flags.models import Flag
from patients.programs.models import Enrolment
from pharmacies.models import Pharmacy

from ..roster import enrolled_on, today
from ..site import render_page, tabs

COLUMNS = (
    Column("Pharmacy", "name"), Column("Place", css="low"), Column("Members enrolled", "enrolled", "num"),
    Column("Open flags", "open", "num"), Column("Urgent", "urgent", "num"), Column("Past their day", "late", "num"),
    Column("Newest flag", css="low"),
)  # fmt: skip
SORTS = ("name", "enrolled", "open", "urgent", "late")


@require_safe
@requires(P.ROSTER_VIEW)
def by_pharmacy(request):
    word = request.GET.get("sort", "-open")
    key = word.removeprefix("-") if word.removeprefix("-") in SORTS else "open"
    state = request.GET.get("state", "")
    rows = sorted(_rows(request.user, state), key=lambda row: row["name"])
    rows.sort(key=lambda row: row[key], reverse=word.startswith("-"))
    shown = {
        "rows": rows,
        "state": STATES[state].name if state in STATES else "",
        "columns": headings(COLUMNS, query=request.GET, default="-open"),
        "section": "roster",
        "tabs": tabs("roster", "pbm:flags_by_pharmacy"),
    }
    return render_page(request, "pbm/flags.html", shown)


def _rows(user, state):
    """One for each pharmacy (of a state, or of all) with a member enrolled or a flag open."""
    flags = Flag.objects.visible_to(user).filter(status=Flag.Status.OPEN)
    urgent, late = Q(severity=Flag.Severity.URGENT), Q(due_on__lt=today())
    counted = flags.values("pharmacy").annotate(
        open=Count("pk"), urgent=Count("pk", filter=urgent), late=Count("pk", filter=late)
    )
    counts = {row["pharmacy"]: row for row in counted.order_by()}
    newest = dict(flags.order_by("raised_at").values_list("pharmacy", "raised_at"))
    enrolled = enrolled_on(Enrolment.objects.visible_to(user), today())
    enrolled = dict(enrolled.values_list("pharmacy").annotate(Count("patient", distinct=True)).order_by())
    none = {"open": 0, "urgent": 0, "late": 0}
    here = Pharmacy.objects.filter(pk__in={*counts, *enrolled})
    for pharmacy in here.filter(state=state) if state in STATES else here:
        about = {"pharmacy": pharmacy, "name": pharmacy.name, "enrolled": enrolled.get(pharmacy.pk, 0)}
        yield about | none | counts.get(pharmacy.pk, {}) | {"newest": newest.get(pharmacy.pk), "pharmacy": pharmacy}

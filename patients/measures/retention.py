"""How long results stay: every day's for a while, then the last of each month."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.parameters.parameter import Parameter

from .models import MeasureResult, Run
from .turns import take_turn

RESULT_DAYS = Parameter(
    "measures.result_days",
    default=120,
    unit="days",
    low=35,
    high=3_650,
    why="A pharmacy asks about last month, a payer about last quarter, day by day; after that a month's last result is enough, "
    "and any other day can be judged again from the claims. House rule.",
)
ASKED_FOR = "command"
"""The cause of runs that a person asked for: what they brought forth may have been sent to somebody, so it stays."""


@audited
def tidy(*, payer, today: date, by=None) -> int:
    """Deletes results of automatic runs that are older than RESULT_DAYS; returns how many.

    The last result of each member, measure, year and month stays, and so does all that a person asked for by a command.
    A run whose day is thinned out goes too: nobody shall take what is left of that day for all of it.
    """
    take_turn(payer_id=payer.pk, work="evaluate")
    before = today - timedelta(days=RESULT_DAYS.on(today))
    month = {
        "as_of__gt": OuterRef("as_of"),
        "as_of__year": OuterRef("as_of__year"),
        "as_of__month": OuterRef("as_of__month"),
    }
    same = {"payer": OuterRef("payer"), "year": OuterRef("year")}
    later = MeasureResult.objects.filter(**same, **month, patient=OuterRef("patient"), measure=OuterRef("measure"))
    asked_for = Run.objects.filter(payer=payer, cause=ASKED_FOR)
    old = MeasureResult.objects.filter(payer=payer, as_of__lt=before).exclude(run_id__in=asked_for.values("pk"))
    results = old.filter(Exists(later)).delete()[0]
    runs = Run.objects.filter(payer=payer, as_of__lt=before).exclude(cause=ASKED_FOR)
    runs = runs.filter(Exists(Run.objects.filter(**same, **month).exclude(ended_at=None)))
    gone = runs.delete()[0]
    record(event="measures.tidied", by=by, target=payer, count=results, detail={"runs": gone, "before": before})
    return results

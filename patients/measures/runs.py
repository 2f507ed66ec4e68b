"""The record of an evaluation: made at its beginning, closed at its end."""

from collections import Counter
from datetime import date
from typing import Any

from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.jobs import actions as jobs

from . import definitions
from .measure import NoSuchYear
from .models import Run


class CannotEvaluate(Exception):
    """There is nothing to judge by for that year or day; the text says why."""


def create(payer, year: int, as_of: date, cause: str, patients: int | None) -> Run:
    """A run that has not ended. patients: how many are asked for; None: all. Raises CannotEvaluate."""
    if as_of < date(year, 1, 1):
        raise CannotEvaluate(f"{as_of} lies before the measurement year {year}.")
    for measure in definitions.every().values():
        try:
            measure.rules(year)
        except NoSuchYear as error:
            raise CannotEvaluate(str(error)) from None
    return Run.objects.create(payer=payer, cause=cause, year=year, as_of=as_of, patients=patients)


def close(run: Run, counts: Counter, by) -> None:
    """Ends a run; counts: results by measure. After one over all members the rates of pharmacies are counted anew."""
    run.results, run.ended_at = counts.total(), timezone.now()
    run.save(update_fields=["results", "ended_at"])
    told = detail(run) | {"results": dict(counts)}
    audit.record(event="measures.evaluated", by=by, target=run, count=run.results, detail=told)
    if run.patients is None:
        jobs.hand_on(topic="rates.due", payer_id=run.payer_id, subject_id=run.pk, key=f"rates:{run.pk}")


def detail(run: Run) -> dict[str, Any]:
    """What an event says of a run."""
    return {"cause": run.cause, "year": run.year, "as_of": run.as_of.isoformat()}

"""What follows from outbox rows; carecoord/schedule.py says which."""

from datetime import date

from carecoord.kernel.accounts.models import Organisation
from patients.claims.queries import touched_patients
from patients.measures import actions as measures
from patients.measures import queries
from patients.measures.models import Run

from . import actions


def flag_touched(row):
    """`patients.scored`: flags of the members who were just evaluated, as of the same day."""
    payer = Organisation.objects.get(pk=row.payer_id)
    as_of = date.fromisoformat(row.detail["as_of"])
    actions.raise_and_close(payer=payer, patient_ids=_touched(row), as_of=as_of)


def flag_payer(row):
    """`payer.enrolled`: flags of all members, after a programme was decided. Evaluates first if nobody did for the day."""
    payer = Organisation.objects.get(pk=row.payer_id)
    decided_for = row.detail.get("as_of")
    as_of = queries.judged_on(payer=payer, decided_for=decided_for and date.fromisoformat(decided_for))
    if not queries.was_evaluated(payer=payer, year=as_of.year, as_of=as_of, is_full=True):
        measures.evaluate(payer=payer, year=as_of.year, as_of=as_of, cause="enrolment")
    actions.raise_and_close(payer=payer, as_of=as_of)


def flag_left(row):
    """`member.left`: the flags of one member who is out of a programme, as of the newest evaluation; without one there are none."""
    payer = Organisation.objects.get(pk=row.payer_id)
    newest = Run.objects.filter(payer=payer).exclude(ended_at=None).order_by("-as_of").first()
    if newest is not None:
        actions.raise_and_close(payer=payer, patient_ids=[row.detail["patient"]], as_of=newest.as_of)


def _touched(row):
    """The members that the delivery touched on which the evaluation was; none: all of the payer's."""
    delivery_id = row.detail.get("delivery")
    return None if delivery_id is None else touched_patients(delivery_id)

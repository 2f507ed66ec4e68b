"""What follows from outbox rows; carecoord/schedule.py says which."""

from datetime import date

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from patients.claims.queries import touched_patients

from . import actions


def score_touched(row):
    """`patients.evaluated`: scores of the members who were just evaluated, as of the same day; then their flags."""
    payer, delivery_id = Organisation.objects.get(pk=row.payer_id), row.detail.get("delivery")
    patient_ids = None if delivery_id is None else touched_patients(delivery_id)
    actions.evaluate(payer=payer, as_of=date.fromisoformat(row.detail["as_of"]), patient_ids=patient_ids)
    jobs.hand_on(topic="patients.scored", payer_id=payer.pk, subject_id=row.subject_id, detail=row.detail)


def score_payer(row):
    """`payer.evaluated`: scores of all of a payer's members; then its programmes."""
    payer = Organisation.objects.get(pk=row.payer_id)
    actions.evaluate(payer=payer, as_of=date.fromisoformat(row.detail["as_of"]))
    jobs.hand_on(topic="payer.scored", payer_id=payer.pk, subject_id=row.subject_id, detail=row.detail)

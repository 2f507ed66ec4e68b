"""What follows from an outbox row; carecoord/schedule.py says which."""

from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation

from . import actions, queries
from .models import OptOut


def enrol_payer(row):
    """`payer.scored`: every programme that the payer's clients have joined, as of today; flags follow."""
    payer = Organisation.objects.get(pk=row.payer_id)
    for program, as_of in queries.to_decide(payer=payer):
        actions.enrol(program=program, payer=payer, as_of=as_of, by=None)
    for program, as_of in queries.to_end(payer=payer):
        actions.end(program=program, payer=payer, as_of=as_of, by=None)


def end_opted_out(row):
    """`member.opted_out`: the pharmacy loses the member today, not at the next run; flags follow."""
    actions.end_opted_out(opt_out=OptOut.objects.get(pk=row.subject_id), as_of=timezone.localdate(), by=None)

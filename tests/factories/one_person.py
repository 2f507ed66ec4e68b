"""Two records of one person at payer A of the cast, told by a feed: A, the older one, and B. Ash Street sees A, and Birch Road B,
unless others are named. A ruling unites them and is taken back, as Roster > Same person? does it."""

from types import SimpleNamespace

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import load as loading
from patients.claims import people
from patients.models import Member, PatientAccess
from tests.conftest import as_owner
from tests.patients.claims.conftest import leave_out_evaluation
from tests.patients.claims.feeds import load, span, spans_file

ANN = {"first_name": "Ann", "last_name": "Ash", "enrollment_start_date": "2020-01-01"}


def two(cast, **seen_at):
    """Namespace of `a` and `b`, Members; `seen_at`: a="a" says that pharmacy A sees record A."""
    load(cast.a.payer, spans_file(span("A", **ANN), span("B", **ANN)))
    with as_owner():
        found = {name.lower(): Member.objects.get(payer=cast.a.payer, member_id=name) for name in "AB"}
        for name, side in ({"a": "a", "b": "b"} | seen_at).items():
            PatientAccess.objects.create(
                payer=cast.a.payer, patient=found[name].patient, pharmacy=getattr(cast, side).pharmacy,
                reason="enrolment", sentence=f"Knows {name.upper()}", since="2020-01-01",
            )  # fmt: skip
    return SimpleNamespace(**found)


def unite(cast, one, other):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        people.rule(one=one, other=other, is_same=True, reason="They said so", by=None)
    jobs.drain()


def part(cast, one, other):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        ruling = people.ruling_on(cast.a.payer.pk, one.member_id, other.member_id)
        people.revoke(ruling=ruling, reason="By mistake", by=None)
    jobs.drain()


def again(member):
    """The patient as read in a new request."""
    return type(member.patient).objects.get(pk=member.patient_id)


def load_quietly(monkeypatch, settings, folder):
    """Feeds lie in the folder, are loaded in the test's own transaction, and nothing is evaluated."""
    settings.DELIVERIES = folder
    leave_out_evaluation(monkeypatch)
    monkeypatch.setattr(loading, "announce", lambda *args, **kwargs: None)

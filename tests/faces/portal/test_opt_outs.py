"""A member opts out at the counter: recorded on their page, listed where the pharmacy no longer sees them, taken back that day."""

import pytest

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from patients.programs.models import OptOut

pytestmark = pytest.mark.django_db


def test_recorded_by_the_technician_listed_and_taken_back(cast, bob, sign_in, as_owner):
    page = f"/portal/patients/{cast.a.patient.public_id}/"
    assert "Wants no part in the programme" in bob.get(page).content.decode()
    refused = bob.post(f"{page}leave/", {"program": "nonsense", "note": "Not again."}).content.decode()
    assert "Choose a programme" in refused and "Not again." in refused
    answer = bob.post(f"{page}leave/", {"program": cast.program.code, "note": "Leave me alone."}, follow=True)
    assert "Leave me alone." in answer.content.decode() and "Take it back" in answer.content.decode()
    jobs.drain()
    assert bob.get(page).status_code == 404
    listed = bob.get("/portal/opt-outs/").content.decode()
    assert cast.a.canary in listed and "Bob" in listed
    with as_owner():
        row = OptOut.objects.get(until=None)
        read = AuditEvent.objects.filter(event="patient.read", user_id=cast.bob.pk).latest("pk")
        assert (read.patient_ids, read.payer_ids) == ([cast.a.patient.pk], [cast.a.payer.pk])
    assert (
        "Bob, Ash Street Pharmacy"
        in sign_in(cast.dana).get(f"/pbm/roster/patients/{cast.a.patient.public_id}/").content.decode()
    )
    back = sign_in(cast.bob).post(f"/portal/opt-outs/{row.public_id}/back/", follow=True)
    assert "Taken back" in back.content.decode() and "Take it back" not in back.content.decode()

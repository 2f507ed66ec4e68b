import pytest
pytestmark = pytest.mark.django_db

def test_x(cast, story, alice):
    print([(f.headline, f.rule, f.measure, f.rank) for f in story])
    for url in ["/portal/", f"/portal/?open={story[0].public_id}", f"/portal/flags/{story[0].public_id}/", f"/portal/flags/{story[0].public_id}/dismiss/", "/portal/patients/", f"/portal/patients/{cast.a.patient.public_id}/", "/portal/billing/", "/portal/pharmacy/", "/portal/worklist.csv", "/portal/billing/claims.csv"]:
        r = alice.get(url)
        print(url, r.status_code)
    r = alice.post(f"/portal/patients/{cast.a.patient.public_id}/start/", {"protocol": "adherence_call", "flag": str(story[0].public_id)})
    print(r.url)
    r = alice.get(r.url)
    print(r.status_code)
    assert 0

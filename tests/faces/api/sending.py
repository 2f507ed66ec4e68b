"""A small file, and how Frank's system sends it."""

from django.conf import settings

HEADER = (
    "claim_id,claim_line_number,person_id,member_id,payer,plan,prescribing_provider_npi,dispensing_provider_npi,"
    "dispensing_date,ndc_code,quantity,days_supply,refills,paid_date,paid_amount,data_source\n"
)
ELIGIBILITY = (
    "person_id,member_id,gender,birth_date,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,data_source\n"
    "P1,M1,female,1950-05-05,2026-01-01,2026-12-31,x,medicare,H1234-001,test\n"
)
GOOD = "C1,1,P1,M1,x,H1234-001,,1234567893,2026-01-05,00071015523,30,30,0,2026-01-06,12.34,test\n"
BAD = "C2,1,P1,M1,x,H1234-001,,1234567893,2026-13-05,00071015523,30,30,0,2026-01-06,12.34,test\n"


def send(client, bearer, body, key=None, address="/api/v1/deliveries?format=tuva_csv&file_name=jan.csv"):
    headers = bearer | ({"Idempotency-Key": key} if key else {})
    return client.post(address, body, content_type="text/csv", headers=headers)


def files():
    return [path for path in settings.DELIVERIES.rglob("*") if path.is_file()]

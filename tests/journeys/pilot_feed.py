"""The payer's files of the pilot: twenty-six members of one client, nine at each pharmacy or eight, and what claims say of them."""

import io
import json
import time
import uuid

from django.core.management import call_command
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey

from carecoord.faces.api import tokens

ADDRESS = "/api/v1/deliveries?format=tuva_csv&file_name="
COVER = (
    "member_id,person_id,gender,birth_date,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,group_id,group_name,"
    "first_name,last_name,address,city,state,zip_code,phone,data_source"
)
FILL = (
    "claim_id,claim_line_number,person_id,member_id,payer,plan,dispensing_provider_npi,dispensing_date,ndc_code,quantity,"
    "days_supply,refills,paid_date,paid_amount,data_source"
)
VISIT = (
    "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,place_of_service_code,"
    "hcpcs_code,service_unit_quantity,rendering_npi,billing_npi,paid_date,paid_amount,diagnosis_code_type,diagnosis_code_1,data_source"
)
FILLED, SEEN = ("2026-07-06", "2026-08-04", "2026-09-03"), ("2026-03-02", "2026-08-17")


def surname(number):
    """M07 -> 'Member-07': nobody else has that name."""
    return f"Member-{number:02d}"


def files(stores):
    """Three files: cover, fills, visits. `stores`: member's number -> NPI of the pharmacy that they use."""
    cover, fills, visits = [COVER], [FILL], [VISIT]
    for number, npi in stores.items():
        member = f"M{number:02d}"
        cover.append(
            f"{member},P{number},female,1950-05-05,2026-01-01,2026-12-31,acme,medicare,H1234-001,G100,Riverside County,"
            f"Pat,{surname(number)},{number} Elm Street,Lewisburg,WV,24901,304-555-01{number:02d},pilot"
        )
        for count, day in enumerate(FILLED):
            fills.append(
                f"F{number}-{count},1,P{number},{member},acme,H1234-001,{npi},{day},00071015523,30,30,0,{day},4.00,pilot"
            )
        for count, day in enumerate(SEEN):
            visits.append(
                f"V{number}-{count},1,professional,P{number},{member},acme,H1234-001,{day},{day},11,99213,1,,,{day},80.00,"
                "icd-10-cm,I10,pilot"
            )
    return {name: "\n".join([*rows, ""]) for name, rows in (("cover", cover), ("fills", fills), ("visits", visits))}


class System:
    """The payer's machine: its keys are registered once; every file is sent with a token that it asks for."""

    def __init__(self, folder):
        said = io.StringIO()
        self.key = ECKey.generate_key("P-384", {"kid": "acme-1", "use": "sig"})
        keys = folder / "jwks.json"
        keys.write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))
        call_command("register_client", str(keys), "--payer", "acme", "--name", "Acme's system", stdout=said)
        self.client_id, self.client = json.loads(said.getvalue())["client_id"], Client()

    def send(self, name, text):
        """Sends one file; returns the address under which the payer reads what became of it."""
        answer = self.client.post(ADDRESS + name, text, content_type="text/csv", headers=self._bearer())
        assert answer.status_code == 202, answer.content
        return answer.headers["Location"]

    def became(self, address):
        return self.client.get(address, headers=self._bearer()).json()["counts"]

    def _bearer(self):
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": "http://testserver/api/v1/token",
            "exp": int(time.time()) + 240, "jti": uuid.uuid4().hex,
        }  # fmt: skip
        signed = jwt.encode({"alg": "ES384", "kid": "acme-1"}, claims, self.key, algorithms=["ES384"])
        form = {"grant_type": "client_credentials", "client_assertion_type": tokens.ASSERTION_TYPE}
        answer = self.client.post("/api/v1/token", form | {"client_assertion": signed})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

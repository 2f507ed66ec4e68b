"""FHIR R4 resources, one a line: a Patient and Coverage for a span, an ExplanationOfBenefit for a fill."""

import json

C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
THO = "http://terminology.hl7.org/CodeSystem/"
NPI = "http://hl7.org/fhir/sid/us-npi"


def _concept(code, system):
    return {"coding": [{"system": system, "code": code}]}


def _npi(value):
    return {"identifier": {"system": NPI, "value": value}}


def _amount(category, system, value):
    return {"category": _concept(category, system), "amount": {"value": abs(float(value)), "currency": "USD"}}


def _info(sequence, category, value):
    found = {"sequence": sequence, "category": _concept(category, C4BB + "C4BBSupportingInfoType")}
    return found | {"valueQuantity": {"value": int(value)}}


class Resources:
    """`fhir_eob`. The lines that a row becomes are one or two; a person is told once while the spans of one follow each other."""

    def __init__(self, out, day):
        self.out, self.last, self.number = out, "", 0

    def put(self, row):
        for resource in self._fill(row) if "ndc_code" in row else self._span(row):
            self.number += 1
            self.out.write(json.dumps(resource) + "\n")
        return True

    def end(self):
        return

    def _span(self, row):
        if row["member_id"] not in ("", self.last):
            self.last = row["member_id"]
            yield self._patient(row)
        yield {
            "resourceType": "Coverage",
            "id": f"{row['member_id']}-{row['enrollment_start_date']}",
            "status": "active",
            "beneficiary": {"reference": f"Patient/{row['member_id']}"},
            "subscriberId": row["member_id"],
            "period": {"start": row["enrollment_start_date"], "end": row["enrollment_end_date"]},
            "payor": [{"display": "Sandbox payer"}],
            "class": [{"type": _concept("plan", THO + "coverage-class"), "value": row["plan"]}],
        }

    def _patient(self, row):
        address = {"line": [row["address"]], "city": row["city"], "state": row["state"], "postalCode": row["zip_code"]}
        died = {"deceasedDateTime": row["death_date"]} if row["death_date"] else {}
        return {
            "resourceType": "Patient",
            "id": row["member_id"],
            "name": [{"family": row["last_name"], "given": [row["first_name"]]}],
            "gender": row["gender"],
            "birthDate": row["birth_date"],
            "telecom": [{"system": "phone", "value": row["phone"]}],
            "address": [address],
        } | died

    def _fill(self, row):
        claim = row["original_claim_id"] or row["claim_id"]
        prescriber = {"sequence": 1, "provider": _npi(row["prescribing_provider_npi"])}
        prescriber["role"] = _concept("prescribing", C4BB + "C4BBClaimCareTeamRole")
        yield {
            "resourceType": "ExplanationOfBenefit",
            "id": f"{claim}-{row['transaction_code'] or 'B1'}",
            "identifier": [{"type": _concept("uc", C4BB + "C4BBIdentifierType"), "value": claim}],
            "status": "cancelled" if row["transaction_code"] == "B2" else "active",
            "type": _concept("pharmacy", THO + "claim-type"),
            "use": "claim",
            "patient": {"reference": f"Patient/{row['member_id']}"},
            "billablePeriod": {"start": row["dispensing_date"], "end": row["dispensing_date"]},
            "created": row["paid_date"],
            "outcome": "complete",
            "provider": _npi(row["dispensing_provider_npi"]),
            "careTeam": [prescriber],
            "supportingInfo": [
                _info(1, "dayssupply", row["days_supply"] or 0),
                _info(2, "refillnum", row["fill_number"] or 0),
            ],
            "prescription": {"reference": f"MedicationRequest/{row['rx_number']}"},
            "item": [
                {
                    "sequence": 1,
                    "productOrService": _concept(row["ndc_code"], "http://hl7.org/fhir/sid/ndc"),
                    "servicedDate": row["dispensing_date"],
                    "quantity": {"value": abs(float(row["quantity"]))},
                    "adjudication": [
                        _amount("benefit", THO + "adjudication", row["paid_amount"]),
                        _amount("paidbypatient", C4BB + "C4BBAdjudication", row["patient_pay"] or 0),
                    ],
                }
            ],
            "payment": {"date": row["paid_date"]},
        }

"""Lines of other kinds: JSON with Tuva's columns, a PBM's history under our example mapping, vaccinations as HL7 v2."""

import json
from decimal import Decimal

TYPES = {"B2": "X"}
HISTORY = (
    "CLAIM_NO", "TYPE", "MEMBER", "GROUP", "PHARMACY_NPI", "PRESCRIBER_NPI", "FILL_DATE", "NDC", "QTY", "DAYS", "RX_NO", "FILL_NO",
    "PAID_DATE", "PLAN_PAID", "PATIENT_PAID", "CHANNEL", "COMPOUND",
)  # fmt: skip


class Objects:
    """`tuva_ndjson`: an object a line; an empty column is left out."""

    def __init__(self, out, day):
        self.out, self.number = out, 0

    def put(self, row):
        self.number += 1
        self.out.write(json.dumps({name: value for name, value in row.items() if value}) + "\n")
        return True

    def end(self):
        return


class History:
    """`ncpdp_history` under the mapping `example_delimited`: a reversal names the claim that it takes back."""

    def __init__(self, out, day):
        self.out, self.count, self.quantity, self.paid = out, 0, Decimal(0), Decimal(0)
        out.write(f"HD|EXAMPLE PBM|{day:%Y%m%d}\n" + "|".join(("REC", *HISTORY)) + "\n")

    def put(self, row):
        year, month, of_month = row["dispensing_date"].split("-")
        paid_year, paid_month, paid_of_month = row["paid_date"].split("-")
        told = (
            row["original_claim_id"] or row["claim_id"],
            TYPES.get(row["transaction_code"], "P"),
            row["member_id"],
            row["plan"],
            row["dispensing_provider_npi"],
            row["prescribing_provider_npi"],
            f"{month}/{of_month}/{year}",
            row["ndc_code"],
            row["quantity"],
            row["days_supply"],
            row["rx_number"],
            row["fill_number"],
            f"{paid_month}/{paid_of_month}/{paid_year}",
            row["paid_amount"],
            row["patient_pay"],
            "R",
            "1",
        )
        self.out.write("|".join(("DT", *told)) + "\n")
        self.count += 1
        self.quantity += Decimal(row["quantity"])
        self.paid += Decimal(row["paid_amount"])
        return True

    @property
    def number(self):
        """Of the line: two stand above."""
        return self.count + 2

    def end(self):
        self.out.write(f"TR|{self.count}|{self.quantity}|{self.paid}\n")


class Vaccinations:
    """`hl7_v2`: a message VXU for each vaccination."""

    def __init__(self, out, day):
        self.out, self.number, self.day = out, 0, f"{day:%Y%m%d}"

    def put(self, row):
        self.number += 1
        given, person = row["occurrence_date"].replace("-", ""), row["person_id"]
        segments = (
            rf"MSH|^~\&|SANDBOX|CLINIC|||{self.day}060000||VXU^V04^VXU_V04|{self.number}|P|2.5.1",
            f"PID|1||{person}^^^ACME^MB||Sample^Person",
            f"ORC|RE||{row['immunization_id']}^CLINIC",
            f"RXA|0|1|{given}||{row['normalized_code']}^Vaccine^CVX|0.5|mL|||||||||||||CP|A",
        )
        self.out.write("".join(f"{segment}\r" for segment in segments))
        return True

    def end(self):
        return

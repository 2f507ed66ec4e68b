"""X12: enrolment (834) and professional claims (837P), one interchange a file; a member or a claim is written as it comes."""

VERSIONS = {"834": ("BE", "005010X220A1"), "837": ("HC", "005010X222A1")}
END = "~\n"


class Interchange:
    """An envelope that counts its segments."""

    set_ = ""

    def __init__(self, out, day):
        group, version = VERSIONS[self.set_]
        self.out, self.segments, self.number, self.day = out, 0, 0, f"{day:%Y%m%d}"
        self._raw(
            f"ISA*00*          *00*          *ZZ*SANDBOX        *ZZ*CARECOORD      *{self.day[2:]}*0600*^*00501*000000001*0*T*:"
        )
        self._raw(f"GS*{group}*SANDBOX*CARECOORD*{self.day}*0600*1*X*{version}")
        self.say(f"ST*{self.set_}*0001*{version}")
        self.begin()

    def _raw(self, segment):
        self.out.write(segment + END)

    def say(self, *segments):
        for segment in segments:
            self.segments += 1
            self._raw(segment)

    def _begin_record(self):
        """The next segment is where a record begins: its number in the file, where two stand above the set."""
        self.number = self.segments + 3

    def end(self):
        self._raw(f"SE*{self.segments + 1}*0001")
        self._raw("GE*1*1")
        self._raw("IEA*1*000000001")


def day(text):
    return text.replace("-", "")


class Enrolment(Interchange):
    """A change file: each span of coverage is an addition (021)."""

    set_ = "834"

    def begin(self):
        self.say(f"BGN*00*1*{self.day}*0600****2", "REF*38*SANDBOX")
        self.say("N1*P5*SANDBOX SPONSOR*FI*123456789", "N1*IN*SANDBOX PAYER*FI*987654321")

    def put(self, row):
        died = f"***D8*{day(row['death_date'])}" if row["death_date"] else ""
        self._begin_record()
        self.say(
            f"INS*Y*18*021*20*A***FT{died}",
            f"REF*0F*{row['member_id']}",
            f"REF*1L*{row['group_id']}",
            f"NM1*IL*1*{row['last_name']}*{row['first_name']}",
            f"PER*IP**HP*{row['phone'].replace('-', '')}",
            f"N3*{row['address']}",
            f"N4*{row['city']}*{row['state']}*{row['zip_code']}",
            f"DMG*D8*{day(row['birth_date'])}*{row['gender'][0].upper()}",
            f"HD*021**HMO*{row['plan']}*EMP",
            f"DTP*348*D8*{day(row['enrollment_start_date'])}",
            f"DTP*349*D8*{day(row['enrollment_end_date'])}",
        )
        return True


class Professional(Interchange):
    """Claims of one line each; what an institution bills is left out."""

    set_ = "837"
    level = 1

    def begin(self):
        self.say(f"BHT*0019*00*1*{self.day}*0600*CH")
        self.say("NM1*41*2*SANDBOX*****46*12345", "PER*IC*DESK*TE*5555550100", "NM1*40*2*SANDBOX PAYER*****46*99999")
        self.say("HL*1**20*1", "NM1*85*2*SANDBOX CLINIC*****XX*1679576722", "N3*1 ASH ROAD", "N4*TOLEDO*OH*436041234")
        self.say("REF*EI*123456789")

    def put(self, row):
        if row["claim_type"] != "professional":
            return False
        self.level += 1
        self.say(f"HL*{self.level}*1*22*0", "SBR*P*18*******MB", f"NM1*IL*1*SAMPLE*PERSON****MI*{row['member_id']}")
        self.say("N3*2 ELM ROAD", "N4*TOLEDO*OH*43604", "DMG*D8*19500101*U", "NM1*PR*2*SANDBOX PAYER*****PI*99999")
        self._begin_record()
        self.say(f"CLM*{row['claim_id']}*{row['charge_amount']}***{row['place_of_service_code']}:B:1*Y*A*Y*Y")
        codes = [row[f"diagnosis_code_{number}"] for number in range(1, 5)]
        told = [f"{'ABF' if at else 'ABK'}:{code}" for at, code in enumerate(filter(None, codes))]
        self.say(f"HI*{'*'.join(told)}", f"NM1*82*1*SAMPLE*DOCTOR****XX*{row['rendering_npi']}", "LX*1")
        self.say(f"SV1*HC:{row['hcpcs_code']}*{row['charge_amount']}*UN*{row['service_unit_quantity']}***1")
        self.say(f"DTP*472*D8*{day(row['claim_start_date'])}")
        return True

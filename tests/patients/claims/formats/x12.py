"""Small X12 files, written as their segments: the envelope counts itself, unless a test says otherwise."""

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1015*^*00501*000000007*0*T*:"
VERSIONS = {
    "P": ("837", "HC", "005010X222A1"),
    "I": ("837", "HC", "005010X223A2"),
    "835": ("835", "HP", "005010X221A1"),
    "834": ("834", "BE", "005010X220A1"),
}


def interchange(kind, *transactions, end="~\n", **changes):
    """A file of one group. `transactions` are texts, a segment a line. `changes` replace what SE, GE or IEA say."""
    set_, group, version = VERSIONS[kind]
    version = changes.pop("version", version)
    lines = [ISA, f"GS*{group}*SENDER*RECEIVER*20260301*1015*7*X*{version}"]
    for at, text in enumerate(transactions, 1):
        body = [line.strip() for line in text.strip().splitlines() if line.strip()]
        lines += [
            f"ST*{set_}*{at:04}{'' if kind == '835' else f'*{version}'}",
            *body,
            f"SE*{changes.get('SE', len(body) + 2)}*{at:04}",
        ]
    lines += [f"GE*{changes.get('GE', len(transactions))}*7", f"IEA*1*{changes.get('IEA', '000000007')}"]
    return "".join(line + end for line in lines).encode()


NPI = "1679576722"
BILLED = """
NM1*41*2*SENDER*****46*12345
PER*IC*DESK*TE*5555550100
NM1*40*2*PAYER*****46*99999
HL*1**20*1
NM1*85*2*ASH CLINIC*****XX*1679576722
N3*1 ASH ROAD
N4*TOLEDO*OH*436041234
REF*EI*123456789
"""


def bht(at="20260301*1015"):
    return f"BHT*0019*00*1*{at}*CH\n"


def subscriber(member_id="M1", level=2, below=0, born="19500101", sex="F"):
    return f"""
HL*{level}*1*22*{below}
SBR*P*18*******CI
NM1*IL*1*ROE*ANN****MI*{member_id}
N3*2 ELM ROAD
N4*TOLEDO*OH*43604
DMG*D8*{born}*{sex}
NM1*PR*2*PAYER*****PI*99999
"""


def patient(first="LEO", born="20260110", level=3, above=2):
    return f"""
HL*{level}*{above}*23*0
PAT*19
NM1*QC*1*ROE*{first}
N3*2 ELM ROAD
N4*TOLEDO*OH*43604
DMG*D8*{born}*M
"""


def visit(
    claim_id="C1",
    frequency="1",
    of="",
    day="20260210",
    lines=("99213:25*100*UN*1",),
    total=None,
    diagnoses="ABK:E119*ABF:I10",
):
    """A professional claim. A line is `code*charge*unit*units`."""
    total = sum(int(line.split("*")[1]) for line in lines) if total is None else total
    text = f"CLM*{claim_id}*{total}***11:B:{frequency}*Y*A*Y*Y\n"
    text += f"REF*F8*{of}\n" if of else ""
    text += f"HI*{diagnoses}\n"
    for at, line in enumerate(lines, 1):
        text += f"LX*{at}\nSV1*HC:{line}***1\nDTP*472*D8*{day}\n"
    return text


def billed(npi=NPI, tax="123456789"):
    return BILLED.replace("*XX*1679576722", f"*XX*{npi}" if npi else "").replace("REF*EI*123456789", f"REF*EI*{tax}")


def professional(*levels, at="20260301*1015", npi=NPI, tax="123456789", **changes):
    return interchange("P", bht(at) + billed(npi, tax) + "".join(levels), **changes)


BGN = "BGN*00*1*20260301*1015****2\nREF*38*G77\n"
PARTIES = "N1*P5*ASH MILLS*FI*123456789\nN1*IN*PAYER*FI*987654321\n"


def enrolment(*members, at="20260301*1015", head="", **changes):
    return interchange("834", BGN.replace("20260301*1015", at) + head + PARTIES + "".join(members), **changes)


def member(
    is_subscriber="Y",
    does="021",
    number="S1",
    name="ROE*ANN",
    own="",
    born="19600402",
    sex="F",
    more="",
    coverage="",
    ins="**FT",
):
    """INS to DMG, then `coverage`."""
    relation = "18" if is_subscriber == "Y" else "19"
    status = f"*A*{ins}" if is_subscriber == "Y" else "*A"
    id_ = f"****{own}" if own else ""
    return f"""
INS*{is_subscriber}*{relation}*{does}*20{status}
REF*0F*{number}
REF*1L*G77
{more}
NM1*IL*1*{name}{id_}
PER*IP**HP*5555550100
N3*2 ELM ROAD
N4*TOLEDO*OH*43604
DMG*D8*{born}*{sex}
{coverage}
"""


def covered(line="HLT", plan="SILVER", starts="20260101", ends="", does="021"):
    text = f"HD*{does}**{line}*{plan}*EMP\n"
    text += f"DTP*348*D8*{starts}\n" if starts else ""
    return text + (f"DTP*349*D8*{ends}\n" if ends else "")


def stay(
    claim_id="H1",
    frequency="1",
    days="20260210-20260214",
    status="01",
    bill="11",
    more="",
    lines=("0120**500*DA*4", "0450*HC:99283*300*UN*1"),
):
    """An institutional claim. A line is `revenue*HC:code*charge*unit*units`."""
    total = sum(int(line.split("*")[2]) for line in lines)
    text = f"""
CLM*{claim_id}*{total}***{bill}:A:{frequency}**A*Y*Y
DTP*096*TM*1030
DTP*434*RD8*{days}
DTP*435*DT*202602101130
CL1*1*1*{status}
HI*ABK:I2510:::::::Y
HI*ABJ:R079
HI*DR:287
HI*ABF:E119:::::::N
HI*BBR:4A023N7:D8:20260211
{more}
NM1*71*1*DOE*JO****XX*1679576722
"""
    for at, line in enumerate(lines, 1):
        text += f"LX*{at}\nSV2*{line}\n"
    return text


def institutional(*levels, at="20260301*1015", **changes):
    return interchange("I", bht(at) + BILLED + "".join(levels), **changes)


def paid(
    claim_id="C1", status="1", charge="100", amount="80", patient="20", icn="P1", lines=(("99213", "100", "80", "1"),)
):
    """A claim's payment. A line is (code, charge, paid, the line's number or '')."""
    text = f"CLP*{claim_id}*{status}*{charge}*{amount}*{patient}*12*{icn}*11*1\n"
    if (left := int(charge) - int(amount)) and not lines:
        text += f"CAS*PR*1*{left}\n"
    text += "NM1*QC*1*ROE*ANN****MI*M1\n"
    for code, of, amount_, number in lines:
        text += f"SVC*HC:{code}*{of}*{amount_}**1\nDTM*472*20260210\n"
        text += f"CAS*PR*1*{int(of) - int(amount_)}\n" if int(of) != int(amount_) else ""
        text += f"REF*6R*{number}\n" if number else ""
    return text


def remittance(*claims, on="20260315", trace="EFT1", total=None, held="", payee="XX*1679576722", **changes):
    total = (
        sum(int(line.split("*")[4]) for text in claims for line in text.splitlines() if line.startswith("CLP*"))
        if total is None
        else total
    )
    sign = "D" if total < 0 else "C"
    return interchange(
        "835",
        f"""
BPR*I*{abs(total)}*{sign}*ACH*CCP*01*011000015*DA*11111*1234567890**01*011000015*DA*22222*{on}
TRN*1*{trace}*1234567890
DTM*405*{on}
N1*PR*PAYER
N3*1 FIR ROAD
N4*TOLEDO*OH*43604
PER*BL*DESK*TE*5555550100
N1*PE*ASH CLINIC*{payee}
LX*1
"""
        + "".join(claims)
        + held,
        **changes,
    )

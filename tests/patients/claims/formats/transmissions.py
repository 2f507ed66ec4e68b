"""NCPDP transmissions of invented people, for the tests."""

FS, GS, RS, STX, ETX = "\x1c", "\x1d", "\x1e", "\x02", "\x03"
PHARMACY, PRESCRIBER = "1679576722", "1245319599"


def segment(name, *fields):
    return RS + FS + name + "".join(FS + one for one in fields)


WHO = segment("AM04", "C2M1", "C1RXGRP1", "C61") + segment("AM01", "C419500101", "CAANNA", "CBTEST")


def request(*groups, code="B1", day="20250301", shared=WHO, count=None, pharmacy=PHARMACY):
    header = f"610066D0{code}PCN1      {count or len(groups)}01{pharmacy:15}{day}{'':10}"
    return header + shared + "".join(GS + group for group in groups)


def response(*groups, code="B1", status="A", day="20250301", count=None, pharmacy=PHARMACY):
    return f"D0{code}{count or len(groups)}{status}01{pharmacy:15}{day}" + "".join(GS + group for group in groups)


def claim(rx="1234567", fill="0", **fields):
    """The claim, pricing and prescriber segments; a field of no value is left out."""
    told = {
        "EM": "1",
        "D2": rx,
        "E1": "03",
        "D7": "00071015523",
        "E7": "30000",
        "D3": fill,
        "D5": "30",
        "D6": "1",
        "D8": "0",
    }
    told |= {"DF": "5", "DJ": "3", "U7": "01"} | fields
    first = segment("AM07", *(f"{id}{value}" for id, value in told.items() if value != ""))
    money = segment("AM11", "D9557{", "DC100{", "DQ807{", "DU657{", "DN01")
    return first + money + segment("AM03", "EZ01", f"DB{PRESCRIBER}")


def reversal(rx="1234567", fill="0", *more, **fields):
    told = {"EM": "1", "D2": rx, "E1": "03", "D7": "00071015523", "D3": fill} | fields
    return segment("AM07", *(f"{id}{value}" for id, value in told.items())) + "".join(more)


def paid(authorization="A1", rx="1234567", status="P", **fields):
    money = {"F5": "100{", "F6": "500{", "F7": "57{", "F9": "457{", "FI": "100{"} | fields
    told = segment("AM21", f"AN{status}", f"F3{authorization}") + segment("AM22", "EM1", f"D2{rx}")
    return told + segment("AM23", *(f"{id}{value}" for id, value in money.items()))


def refused(*codes):
    return segment("AM21", "ANR", f"FA{len(codes)}", *(f"FB{code}" for code in codes))


def approved():
    return segment("AM21", "ANA")


def lines(*transmissions, end="\n"):
    return "".join(one + end for one in transmissions).encode("latin-1")


def batch(*transmissions, number=1, kind="T", count=None, trailer=None, between=""):
    """A batch 1.2 file: 00, G1..., 99."""
    records = [f"00{kind}{'SENDER':24}{number:07}202503021200P12{'RECEIVER':24}"]
    records += [f"G1{place:010}{one}" for place, one in enumerate(transmissions, 1)]
    records.append(f"99{number if trailer is None else trailer:07}{count or len(transmissions) + 2:010}{'':35}")
    return between.join(f"{STX}{one}{ETX}" for one in records).encode("latin-1")

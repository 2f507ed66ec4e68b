"""A pilot from an empty house to the last cent: three pharmacies, twenty-five services of four kinds, five of them denied and
mended; one pended, one approved in part, one held for an expired paper, one that two people approve, one withdrawn, and an
overpayment that a payment takes once its day has come.

What was put in stands in the table below, in dollars; every figure that the system tells is added up from it again.
"""

import io
import json
import re
from datetime import date
from urllib.parse import urljoin

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from tests.conftest import as_owner

from . import pilot_feed, pilot_people, pilot_sums, pilot_visits
from .pilot_house import House, dollars, link, words

pytestmark = pytest.mark.django_db
SERVICES = pilot_visits.read("""
    code on         member kind     minutes asked
    A1   2026-10-26 1      call     12      32.00
    B1   2026-10-26 9      call     12      32.00
    A3   2026-10-27 3      pressure -       15.00
    C1   2026-10-27 17     call     12      32.00
    A2   2026-11-03 2      call     12      36.00
    B2   2026-11-03 10     call     12      32.00
    B3   2026-11-03 11     pressure -       18.50
    C2   2026-11-03 18     vaccine  -       27.35
    A4   2026-11-04 4      pressure -       20.81
    A5   2026-11-04 5      vaccine  -       30.77
    B4   2026-11-04 12     vaccine  -       27.35
    C3   2026-11-04 19     call     12      32.00
    C4   2026-11-04 20     pressure -       18.50
    A6   2026-11-05 6      food     60      1080.00
    A7   2026-11-05 7      call     12      36.00
    B5   2026-11-05 13     food     30      480.00
    C5   2026-11-05 21     food     45      720.00
    A8   2026-11-06 8      call     12      36.00
    B6   2026-11-06 14     call     12      32.00
    B7   2026-11-06 15     pressure -       18.50
    B8   2026-11-06 16     call     12      32.00
    C7   2026-11-06 23     call     12      32.00
    C8   2026-11-06 24     call     12      32.00
    C6   2026-11-10 22     vaccine  -       27.35
    A9   2026-12-14 1      pressure -       20.81
""")
DAYS = sorted({each.on for each in SERVICES.values()})
MENDED = {  # what is denied: CARC, RARC, what Erin writes, what is sent with the correction
    "A3": ("16", "M53", "How often was it measured?", "Measured twice, once is billed."),
    "A7": ("18", "", "There is a call of that week.", "Another medicine, another call."),
    "B3": ("31", "", "The day of birth differs.", "The card says the same as the feed."),
    "B5": ("151", "", "Two quarters are one too many.", "One quarter of an hour."),
    "C3": ("B7", "", "Was the licence in force?", "It was, number P-1."),
}
USES = (
    {number: "A" for number in (*range(1, 9), 25)}
    | {number: "B" for number in (*range(9, 17), 26)}
    | dict.fromkeys(range(17, 25), "C")
)
"""Member -> the pharmacy where they fill."""
AT_ONCE = ("A1", "A2", "A4", "A5", "B1", "B2", "B4", "B6", "B8", "C1", "C4", "C7", "C8")


@pytest.fixture
def house(settings, tmp_path):
    settings.SECOND_FACTOR_REQUIRED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DELIVERIES = tmp_path / "deliveries"
    with time_machine.travel("2026-10-01T15:00:00+00:00", tick=True) as clock:
        yield House(clock)


@pytest.fixture
def acme(house, tmp_path):
    """The house has a PBM, a payer and one administrator; the payer's machine is registered."""
    file, said = tmp_path / "set_up.toml", io.StringIO()
    file.write_text(pilot_people.SET_UP)
    call_command("set_up", str(file), stdout=said)
    house.passwords["ada"] = json.loads(said.getvalue())["first_passwords"]["ada@example.org"]
    return pilot_feed.System(tmp_path)


def test_a_pilot(house, acme):
    assert "First steps" in house.read("ada", "/pbm/")
    pilot_people.staff_the_pbm(house)
    pilot_people.build_the_network(house)
    pilot_people.start_the_programme(house)
    pilot_people.invite_the_pharmacies(house)
    house.on(date(2026, 10, 21))
    the_feed_comes(house, acme)
    the_programme_is_decided(house)
    claims = {}
    for day in DAYS[:-2]:
        services_are_given(house, claims, day)

    house.on(date(2026, 11, 10))
    the_expired_paper_is_renewed(house, claims)
    services_are_given(house, claims, DAYS[-2])
    the_clerk_decides(house, claims)
    pay(house, {"A": 1199_58, "B": 155_35, "C": 594_50})
    house.on(date(2026, 11, 12))
    the_pharmacies_mend(house, claims)
    house.on(date(2026, 11, 18))
    the_clerk_decides_again(house, claims)
    pay(house, {"A": 51_00, "B": 245_00, "C": 86_70})
    four_dollars_are_to_come_back(house, claims)
    two_members_leave(house, claims)
    house.on(date(2026, 11, 30))
    invoice(house, 2332_13)

    services_are_given(house, claims, DAYS[-1])
    approve(house, claims, "A8")
    pay(house, {"A": 36_00})  # the notice is not due yet
    house.on(date(2026, 12, 21))
    approve(house, claims, "A9")
    pay(house, {"A": 20_81 - 4_00})
    assert "taken by" in house.read("alice", claims["A2"][1])
    house.on(date(2026, 12, 31))
    invoice(house, 52_81)

    pilot_sums.statements(house)
    pilot_sums.claims(house)
    pilot_sums.remittances(house)
    pilot_sums.report(house, SERVICES)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # what the database asks at the end of a transaction


def services_are_given(house, claims, day):
    """All of that day, at the three pharmacies. The exclusion list is compared anew each month."""
    house.on(day)
    if day in (date(2026, 11, 3), DAYS[-1]):
        pilot_people.compare_the_exclusion_list(house, day)
    claims |= {code: pilot_visits.document(house, each) for code, each in SERVICES.items() if each.on == day}


def the_feed_comes(house, acme):
    """Every line is accounted for."""
    stores = {number: pilot_people.STORES[letter][1] for number, letter in USES.items()}
    sent = [acme.send(name, text) for name, text in pilot_feed.files(stores).items()]
    house.work()
    counts = [acme.became(each) for each in sent]
    assert [(each["lines"], each["loaded"]) for each in counts] == [(26, 26), (78, 78), (52, 52)]


def the_programme_is_decided(house):
    """Dana asks for it; the workers decide; all are enrolled where they fill."""
    runs = reverse("pbm:programs_enrolmentrun_changelist")
    house.fill("dana", runs, to=reverse("pbm:decide_now"))
    house.work()
    assert "Enrolled: 26" in house.read("dana", runs)


def the_expired_paper_is_renewed(house, claims):
    """Charlie reads which paper it is; the PBM records the new one; the claim goes out."""
    _, page = claims["C2"]
    assert "The immunization certificate ended on 31 Oct 2026" in house.read("charlie", page)
    still = house.fill("charlie", page, to="/resubmit/").words
    assert "The claim is still held" in still
    pilot_people.add_paper(house, "Cedar Lane Pharmacy", kind="immunization", number="I-2", since=date(2026, 11, 1))
    assert "was sent" in house.fill("charlie", page, to="/resubmit/").words


def the_clerk_decides(house, claims):
    """Erin approves most at once; denies five, pends one, cuts one; the dear one waits for Ines."""
    queue = house.open("erin", "/pbm/claims/")
    ours = {code: link(queue, number) for code, (number, _) in claims.items()}
    selected = [pilot_people.public_id(ours[code]) for code in AT_ONCE]
    done = house.fill("erin", "/pbm/claims/", to="/decide/", press="approve", selected=selected)
    assert f"Approved {len(AT_ONCE)} claims." in done.words
    for code, (carc, rarc, reason, _) in MENDED.items():
        said = house.fill("erin", ours[code], to="/decide/", press="deny", carc=carc, rarc=rarc, reason=reason).words
        assert "Denied 1 claim." in said
    pend = {"wait": "information", "until": date(2026, 11, 20), "reason": "Which arm was it?"}
    assert "Pended 1 claim." in house.fill("erin", ours["B7"], to="/decide/", press="pend", **pend).words
    cut = {"approved_1": "480.00", "carc_1": "151"}
    assert "Approved $480.00 of $720.00." in house.fill("erin", ours["C5"], to="/lines/", **cut).words
    first = house.fill("erin", ours["A6"], to="/decide/", press="approve")
    assert "1 claim above the limit waits for a second person." in first.words
    again = house.fill("erin", ours["A6"], to="/decide/", press="approve", stays=True)
    assert "you approved it first" in again.words
    assert "Approved 1 claim." in house.fill("ines", ours["A6"], to="/decide/", press="approve").words


def approve(house, claims, *codes):
    queue = house.look("erin", "/pbm/claims/")
    selected = [pilot_people.public_id(link(queue.text, claims[code][0])) for code in codes]
    done = house.fill("erin", queue, to="/decide/", press="approve", selected=selected)
    assert "Approved" in done.words
    return done


def pay(house, expected):
    """All that is approved, in one go. `expected`: pharmacy -> cents of its remittance."""
    approved = house.look("erin", "/pbm/claims/?status=approved")
    selected = re.findall(r'name="selected" value="([0-9a-f-]{36})"', approved.text)
    house.fill("erin", approved, to="/decide/", press="pay", selected=selected)
    listed = house.open("erin", "/pbm/remittances/")
    rows = [words(row) for row in re.findall(r"<tr\b.*?</tr>", listed, re.S)][1 : 1 + len(expected)]
    told = dict(re.match(r"RA-\S+ (\w).*(\$[\d,.]+)$", row).groups() for row in rows)
    assert told == {letter: dollars(cents) for letter, cents in expected.items()}


def the_pharmacies_mend(house, claims):
    """Each reads why, and what to do; corrects; sends it again. One call was of another member: it is withdrawn."""
    for code, (carc, _, reason, note) in MENDED.items():
        number, page = claims[code]
        who = SERVICES[code].pharmacist
        read = house.read(who, page)
        assert "Denied" in read and reason in read and "What to do:" in read and f"{carc} " in read
        units = {"units_1": 1} if code == "B5" else {}
        sent = house.fill(who, page, to="/correct/", note=note, **units)
        corrected = re.search(r"Correction (SC-[\w-]+) was sent", sent.words)
        assert corrected and number in sent.words, sent.words
        claims[code] = (corrected[1], sent.address)
    asked = house.read("bruno", claims["B7"][1])
    assert "Which arm was it?" in asked and "Answer the payer and name the control number" in asked
    cut = house.read("charlie", claims["C5"][1])
    assert "$480.00 of $720.00" in cut and "Not paid: $240.00 CO 151" in cut and "What to do:" in cut
    asked = house.fill("bruno", claims["B8"][1], to="/void/", reason="It was another member.")
    assert "The payer was asked to void the claim." in asked.words
    claims["B8 void"] = (re.search(r"SC-[\w-]+", asked.words)[0], asked.address)


def the_clerk_decides_again(house, claims):
    """The pended claim goes back into the queue, and is approved with the corrections; the void is accepted."""
    pended = link(house.open("erin", "/pbm/claims/?status=pended"), claims["B7"][0])
    assert "Back in the queue: 1 claim." in house.fill("erin", pended, to="/decide/", press="release").words
    done = approve(house, claims, *MENDED, "B7", "B8 void", "C2", "C6")
    assert "Approved 8 claims. Accepted 1 void." in done.words


def four_dollars_are_to_come_back(house, claims):
    """Four dollars of a call, due in thirty days; the pharmacy reads it at once."""
    page = link(house.open("erin", "/pbm/claims/?status=paid"), claims["A2"][0])
    told = house.fill("erin", page, to="/recoup/", amount="4.00", reason="The uplift was paid for a day too early.")
    assert "The next payment from 18 Dec 2026 on takes it." in told.words
    read = house.read("alice", claims["A2"][1])
    assert "$4.00" in read and "from 18 Dec 2026 on is smaller by it" in read


def two_members_leave(house, claims):
    """One says no at the counter, one by telephone to the PBM: each is gone from the pharmacy's list and from the roster;
    what was done for them is paid, and stays in the pharmacy's books and in the report."""
    alice, bruno = (chart_of(house, who, number) for who, number in (("alice", 5), ("bruno", 12)))
    house.fill("alice", alice, to="/leave/", note="No more calls.")
    roster = house.open("dana", "/pbm/roster/")
    member = link(roster, pilot_feed.surname(12))
    house.fill("dana", urljoin(member, "leave/"), since=date(2026, 11, 18), how="By phone")
    house.work()
    for who, page in (("alice", alice), ("bruno", bruno)):
        assert house.browser(who).get(page).status_code == 404
    assert "Paid" in house.read("alice", claims["A5"][1]) and "$30.77" in house.read("alice", claims["A5"][1])
    roster = house.read("dana", "/pbm/roster/")
    assert [number for number in USES if pilot_feed.surname(number) not in roster] == [5, 12]


def chart_of(house, who, number):
    found = house.fill(who, "/portal/patients/", to="/portal/patients/", stays=True, q=pilot_feed.surname(number))
    return link(found.text, pilot_feed.surname(number))


def invoice(house, cents):
    """The month's, as page and as file."""
    issued = house.fill("erin", "/pbm/invoices/", to="/issue/")
    assert f"Total {dollars(cents)}" in issued.words
    rows = house.rows("erin", urljoin(issued.address, "export/"))
    assert sum(round(float(row["amount"]) * 100) for row in rows) == cents

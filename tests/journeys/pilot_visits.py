"""What the pharmacists of the pilot document: four kinds of service, filled into the form of the visit."""

import re
from dataclasses import dataclass
from datetime import date

from .pilot_feed import surname
from .pilot_house import dollars, link

PROTOCOLS = {
    "call": "adherence_call",
    "pressure": "bp_check",
    "vaccine": "vaccination",
    "food": "nutrition_counselling",
}
CALL = {
    "medicine": "Lisinopril 20 mg", "outcome": "reached", "talked_with": "patient", "agreed": "yes", "barriers": ["forgets"],
    "plan": ["organiser"],
}  # fmt: skip
PRESSURE = {
    "rested": "yes", "position": "sitting", "arm": "left", "cuff": "adult", "systolic_1": "138", "diastolic_1": "86",
    "systolic_2": "134", "diastolic_2": "84", "minutes_2": "2",
}  # fmt: skip
VACCINE = {
    "screened": "yes", "agreed": "yes", "vis_edition_on": "2025-01-31", "cvx": "135", "product": "High dose", "lot": "U7781A",
    "expires_on": "2027-06-30", "site": "left_arm", "route": "im",
}  # fmt: skip
FOOD = {"agreed": "yes", "topics": ["salt"], "goal_1": "No salt at the table", "follow_up_on": "2027-01-15"}
ANSWERS = {"call": CALL, "pressure": PRESSURE, "vaccine": VACCINE, "food": FOOD}
PHARMACISTS = {"A": "alice", "B": "bruno", "C": "charlie"}


@dataclass(frozen=True)
class Service:
    """A line of the test's table. `cents` is what the pharmacy asks for."""

    code: str
    on: date
    member: int
    kind: str
    minutes: str
    cents: int

    @property
    def pharmacist(self):
        return PHARMACISTS[self.code[0]]


def read(table):
    """The table as {code: Service}; amounts are dollars and cents."""
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    return {
        code: Service(code, date.fromisoformat(on), int(member), kind, minutes.strip("-"), int(asked.replace(".", "")))
        for code, on, member, kind, minutes, asked in rows
    }


def document(house, service):
    """The pharmacist opens the member's chart, starts the visit, fills its form in and completes it. Returns (claim's number, its page)."""
    who = service.pharmacist
    chart = link(house.open(who, "/portal/patients/"), surname(service.member))
    visit = house.fill(who, chart, to="/start/", press=PROTOCOLS[service.kind])
    minutes = {"minutes": service.minutes} if service.minutes else {}
    done = house.fill(who, visit, to="/complete/", **ANSWERS[service.kind], **minutes)
    assert "Completed" in done.words and dollars(service.cents) in done.words, done.words
    number = re.search(r"SC-[\w-]+", done.words)[0]
    return number, link(done.text, number)

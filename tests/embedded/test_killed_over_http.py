"""A payer's client against the whole stack over real connections: one upload at once from many, and SIGKILL of any part at any moment.

CARECOORD_KILLS=20x40 kills 40 times in each of 20 runs (default 1x4). A run's number is the seed of its files, parts and pauses.
"""

import csv
import http.client
import io
import os
import random
import subprocess
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from carecoord.embedded import ports, postgres
from tests.patients.claims.feeds import LINE_OF, claim, claims_file, span, spans_file
from tests.patients.claims.test_fold_against_oracle import expected

from .conftest import UNSET, connect, temporary_folder, wait_for
from .serving import PARTS, House, manage

SEEDS, KILLS = map(int, os.environ.get("CARECOORD_KILLS", "1x4").split("x"))
LINES = 400
MEMBERS = 30
FACTS = """
select count(*) from (
  (select event_id from claims_fill f join accounts_organisation o on o.id = f.payer_id where o.code = %(payer)s
   except select e.id from claims_pharmacyevent e join accounts_organisation o on o.id = e.payer_id
    where o.code = %(payer)s and e.standing = 'paid' and e.patient_id is not null)
  union all
  (select e.id from claims_pharmacyevent e join accounts_organisation o on o.id = e.payer_id
    where o.code = %(payer)s and e.standing = 'paid' and e.patient_id is not null
   except select event_id from claims_fill f join accounts_organisation o on o.id = f.payer_id where o.code = %(payer)s)
) different
"""


@pytest.fixture(scope="module")
def house(migrated):
    with temporary_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name in UNSET:
            patch.delenv(name, raising=False)
        patch.setenv("CARECOORD_HOME", str(folder / "home"))
        patch.setenv("CARECOORD_TESTING", "0")
        subprocess.run(["cp", "-a", migrated, folder / "home"], check=True)
        patch.setenv("CARECOORD_PG_UNSAFE", "0")  # what was acknowledged must outlive the server
        postgres.ensure_postgres()
        port = ports.choose_port(8440, host="127.0.0.1", strict=False)
        ports.release_port(port)
        made = House(folder, port)
        try:
            wait_for(lambda: made.is_up, seconds=60)
            yield made
        finally:
            made.stop()


def sent(house, token, body, key):
    """(status, headers) of an upload over a connection of its own."""
    address = urllib.parse.urlsplit(house.address)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "text/csv"}
    connection.request("POST", "/api/v1/deliveries?format=tuva_csv", body, headers)
    answer = connection.getresponse()
    told = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return told


def test_an_upload_fifty_times_at_once_is_one_delivery(house):
    system = house.client_of("often")
    token, body = system.bearer(), claims_file(*(claim(f"C{number}") for number in range(2_000)))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: sent(house, token, body, "one key"), range(50)))
    statuses = Counter(status for status, *_ in answers)
    assert set(statuses) <= {202, 409} and statuses[202] >= 1, statuses
    assert all(headers.get("retry-after") for status, headers, _ in answers if status == 409)
    accepted = [headers for status, headers, _ in answers if status == 202]
    assert len({headers["location"] for headers in accepted}) == 1
    assert [headers.get("idempotency-replayed") for headers in accepted].count(None) <= 1
    with ThreadPoolExecutor(50) as pool:
        others = list(pool.map(lambda _: sent(house, token, body + b"\n", "one key"), range(50)))
        again = list(pool.map(lambda _: sent(house, token, body, "one key"), range(50)))
    assert {status for status, *_ in others} <= {422, 409} and 422 in {status for status, *_ in others}
    assert {(status, headers["idempotency-replayed"]) for status, headers, _ in again} == {(202, "true")}
    (delivery,) = system.deliveries()
    done = system.wait(delivery, seconds=60)
    assert (done.counts.lines, done.counts.waiting) == (2_000, 2_000)


def file_of(chance):
    """Claims with versions, reversals before and after, lines said twice or with other words, and lines that cannot be read."""
    lines = []
    while len(lines) < LINES:
        words = {
            "member_id": f"M{chance.randrange(MEMBERS + 5)}",
            "quantity": chance.choice(["30", "60", "90"]),
            "paid_date": f"2025-03-{chance.randrange(5, 9):02}",
            "transaction_code": chance.choice(["B1", "B1", "B1", "B2", "B3"]),
        }
        lines.append(claim(f"C{chance.randrange(3_000):04}", **words))
        if chance.random() < 0.05:
            lines.append(chance.choice([lines[-1], claim("bad", quantity="x"), claim("bad", dispensing_date="never")]))
    return claims_file(*lines)


class Sender(threading.Thread):
    """Sends file after file in parts until it is told to stop, and at least three."""

    def __init__(self, system, folder, seed):
        super().__init__()
        self.system, self.folder, self.chance = system, folder, random.Random(seed)
        self.folder.mkdir()
        self.is_over, self.sent, self.error = threading.Event(), {}, None

    def run(self):
        try:
            while len(self.sent) < 3 or not self.is_over.is_set():
                self._send(self.folder / f"{len(self.sent)}.csv", file_of(self.chance))
        except Exception as error:  # noqa: BLE001 - the test raises it
            self.error = error

    def _send(self, path, content):
        path.write_bytes(content)
        part_bytes = self.chance.randrange(len(content) // 6, len(content) // 2)
        delivery = self.system.deliver(path, format="tuva_csv", key=f"{self.folder}{path}", part_bytes=part_bytes)
        self.sent[delivery.id] = content


def exported(payer):
    told = manage("export_claims", "--payer", payer, "--kind", "pharmacy", "--format", "csv")
    lines = [LINE_OF["pharmacy"](*row) for row in list(csv.reader(io.StringIO(told)))[1:]]
    return {
        (one.claim_id, int(one.claim_line_number)): (one.state, int(one.version), one.quantity, int(one.paid_cents))
        for one in lines
    }


def counted(content):
    return len(content.splitlines()) - 1


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_is_killed_every_line_is_accounted_for_and_the_claims_are_those_of_the_model(house, seed, tmp_path):
    chance, payer = random.Random(seed), f"killed-{seed}"
    system = house.client_of(payer)
    people = tmp_path / "people.csv"
    people.write_bytes(spans_file(*(span(f"M{number}") for number in range(MEMBERS))))
    senders = [Sender(system, tmp_path / f"{seed}-{number}", f"{seed}/{number}") for number in range(2)]
    for sender in senders:
        sender.start()
    killed = Counter()
    for number in range(KILLS):
        time.sleep(chance.uniform(0.2, 3))
        part = PARTS[number % 4] if KILLS < 8 else chance.choice(PARTS)
        killed[struck(house, part, chance)] += 1
    for sender in senders:
        sender.is_over.set()
        sender.join(180)
        assert not sender.is_alive() and sender.error is None, (sender.error, house.told)
    spans = system.wait(system.deliver(people, format="tuva_csv"), seconds=180)
    files = {name: content for sender in senders for name, content in sender.sent.items()}
    print(f"seed {seed}: {dict(killed)}, {len(files)} files")  # noqa: T201 - of a large run
    assert_all_is_there(system, payer, files, spans)


def struck(house, part, chance):
    """Kills what runs of a part, as soon as something does."""
    until = time.monotonic() + 60
    while (what := house.kill(part, chance=chance)) is None:
        assert time.monotonic() < until, (part, house.told)
        time.sleep(0.05)
    return what


def assert_all_is_there(system, payer, files, spans):
    assert {one.id for one in system.deliveries()} == {spans.id, *files}, "one delivery a file, whatever was sent again"
    assert spans.state == "loaded" and spans.counts.loaded == MEMBERS
    done = {one: system.wait(system.get_delivery(one).body, seconds=180) for one in files}
    for name, one in done.items():
        counts, lines = one.counts, counted(files[name])
        parts = (counts.loaded, counts.waiting, counts.repeated, counts.rejected, counts.conflicting)
        assert (one.state, counts.lines, sum(parts)) == ("loaded", lines, lines), one
    model = expected(list(files.values()), {f"M{number}" for number in range(MEMBERS)})
    assert exported(payer) == model
    with connect(user="postgres") as connection:
        assert connection.execute(FACTS, {"payer": payer}).fetchone() == (0,), "a fill is one of the claims that stand"
        left = "select count(*) from jobs_outbox where failed_at is not null"
        assert connection.execute(left).fetchone() == (0,)

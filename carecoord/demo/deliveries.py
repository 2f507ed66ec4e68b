"""Small deliveries after the large ones, so that the pages about feeds have something to tell: weeks that repeat what is known,
one that is unlike them (a column more, two that moved, broken lines, two claims with another price), and a refused file.

None of it changes who is covered on which day: the results still agree with what the population was built for.
"""

import io

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions as claims
from patients.claims.models import Delivery

WEEKS, LINES, FEWER, BROKEN, DEARER = 4, 120, 40, 6, 2
FORMAT = "tuva_csv"


def show(payer, feed):
    """Once in each demo."""
    with context.acting_as(context.worker_for(payer.pk)):
        known = set(Delivery.objects.filter(payer=payer).values_list("file_name", flat=True))
    header, *lines = _rows(feed / "pharmacy_claim.csv")
    for name, content in _files(header, lines):
        if name in known:
            continue
        with context.acting_as(context.worker_for(payer.pk)):
            given = {"payer": payer, "format": FORMAT, "file_name": name, "by": None}
            claims.receive(stream=io.BytesIO(content), **given)
        jobs.drain()


def _rows(path):
    """The header and the first claims that say when they were paid, as lists of cells; the files hold no quotes."""
    with path.open(encoding="utf-8") as file:
        header = next(file).rstrip("\n").split(",")
        paid = header.index("paid_date")
        rows = [header]
        for line in file:
            cells = line.rstrip("\n").split(",")
            if len(cells) == len(header) and cells[paid][:4].isdigit():
                rows.append(cells)
            if len(rows) > LINES:
                break
    return rows


def _files(header, lines):
    for week in range(1, WEEKS + 1):
        yield f"pharmacy_claim_week_{week}.csv", _written(header, lines)
    code, price, quantity = (header.index(name) for name in ("transaction_code", "paid_amount", "quantity"))
    originals = [cells for cells in lines if cells[code] in ("", "B1") and cells[price]]
    dearer = [[*cells[:price], f"{float(cells[price]) + 1:.2f}", *cells[price + 1 :]] for cells in originals[:DEARER]]
    broken = [[*cells[:quantity], "thirty", *cells[quantity + 1 :]] for cells in lines[:BROKEN]]
    rows = [*lines[:FEWER], *dearer, *broken]
    order = [*range(1, len(header)), 0]
    more = [*(header[place] for place in order), "sender_batch"]
    moved = [[*(cells[place] for place in order), "44"] for cells in rows]
    yield f"pharmacy_claim_week_{WEEKS + 1}.csv", _written(more, moved)
    yield "members_old_layout.csv", b"card no|surname|first day\n1|Doe|2026-01-01\n"


def _written(header, rows):
    return "\n".join(",".join(cells) for cells in [header, *rows, []]).encode()

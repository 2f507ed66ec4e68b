"""A client of the feed API for a payer's own programs: a token by `private_key_jwt`, files sent once, and what became of them.

    client = Client("https://claims.example.org", "acme-1", Path("private.jwk.json").read_text())
    delivery = client.wait(client.deliver(Path("fills.csv"), format="tuva_csv"))
    for reject in client.rejects(delivery):
        print(reject.line, reject.field, reject.code, reject.message)

`shapes*` and `operations` are made out of the OpenAPI document. It needs joserfc for the signature and knows nothing of the server's
code: this folder can be copied out of here.
"""

from .feeds import Client, NotEnded
from .shapes import Counts, Delivery, Reject, RejectedRecord, Upload
from .wire import Answer, NotChanged, Refused

__all__ = [
    "Answer",
    "Client",
    "Counts",
    "Delivery",
    "NotChanged",
    "NotEnded",
    "Refused",
    "Reject",
    "RejectedRecord",
    "Upload",
]

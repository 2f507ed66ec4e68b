"""The API's own description: OpenAPI 3.1, as JSON and as a page."""

import json
import re
from functools import cache

from .operations import OPERATIONS
from .parts import HEADERS
from .shapes import EXAMPLES, SCHEMAS
from .told import WEBHOOKS

SLOT = re.compile(r"<(?:\w+:)?(\w+)>")
MEANS = (
    "A payer's system sends its claims, eligibility and clinical records, and learns what became of every record. It proves who "
    "it is by signing with its own key; two keys may be registered at once, and a token ends with the key that signed for it. "
    "Every error is a problem (RFC 9457) with a stable `type`. Lists page by cursor, times are in UTC. Requests are counted for each "
    "client by the minute."
)


@cache
def document(routes):
    """The OpenAPI document as bytes. `routes`: (pattern, name) of the addresses that are described."""
    paths = {"/" + SLOT.sub(r"{\1}", pattern): OPERATIONS[name] for pattern, name in routes}
    headers = {name: {"description": means, "schema": schema} for name, (schema, means) in HEADERS.items()}
    schemas = {
        name: shape | ({"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}) for name, shape in SCHEMAS.items()
    }
    bearer = {"type": "http", "scheme": "bearer", "description": "What `POST /token` gave. It ends after 15 minutes."}
    told = {
        "openapi": "3.1.0",
        "info": {"title": "CareCoord feeds", "version": "1.0.0", "description": MEANS},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "webhooks": WEBHOOKS,
        "components": {"schemas": schemas, "headers": headers, "securitySchemes": {"bearer": bearer}},
    }
    return json.dumps(told, indent=1).encode()

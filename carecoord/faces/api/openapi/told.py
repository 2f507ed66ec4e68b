"""What endpoints are told: the `webhooks` of the OpenAPI document."""

from carecoord.kernel.webhooks.actions.messages import TEST
from patients.claims.notices import TYPES

from .parts import parameter
from .shapes import A_DAY, EXAMPLES

MEANS = (
    "Signed as Standard Webhooks 1.0 says: `webhook-signature` has, for each secret in use, `v1,` and the base64 of the HMAC-SHA256 of "
    "`id.timestamp.body` under the bytes of the secret after `whsec_`. Check it on the bytes as they came, and refuse a timestamp that is "
    "more than five minutes off. Answer with any 2xx within ten seconds. Else it is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, "
    "10 h, 14 h, 20 h and 24 h, under the same id: a message may come twice, and in any order. "
)
HEADERS = [
    parameter("webhook-id", "header", "The same at every try: what came before is known by it.", needed=True),
    parameter(
        "webhook-timestamp",
        "header",
        "When this try was made, in seconds since 1970.",
        {"type": "integer"},
        needed=True,
    ),
    parameter("webhook-signature", "header", "One or more signatures, separated by a space.", needed=True),
]
ANSWERS = {
    "2XX": {"description": "Taken: it is not sent again."},
    "410": {"description": "The endpoint is switched off."},
    "429": {
        "description": "Tried again, not before `Retry-After`; so are the endpoint's other messages. The same with 503."
    },
    "default": {"description": "Tried again. Redirects are not followed."},
}
A_TEST = {"type": "object", "properties": {"endpoint": {"type": "string", "format": "uuid"}}, "required": ["endpoint"]}


def _told(type, means, data, example):
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": type},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": data,
        },
    }
    content = {"schema": body, "example": {"type": type, "timestamp": A_DAY, "data": example}}
    return {
        "post": {
            "operationId": "told" + "".join(word.title() for word in type.split(".")),
            "summary": means,
            "description": MEANS + "It holds no patient data.",
            "parameters": HEADERS,
            "requestBody": {"required": True, "content": {"application/json": content}},
            "responses": ANSWERS,
            "security": [],
        }
    }


WEBHOOKS = {
    type: _told(type, means, {"$ref": "#/components/schemas/DeliveryNews"}, EXAMPLES["DeliveryNews"])
    for type, means in TYPES.items()
}
WEBHOOKS[TEST] = _told(TEST, "Somebody tries the endpoint.", A_TEST, {"endpoint": EXAMPLES["Webhook"]["id"]})

"""Whether an answer is one that the OpenAPI document tells of: its status, its headers, its body."""

import json
from functools import cache

from django.urls import resolve
from jsonschema import Draft202012Validator

from carecoord.faces.api.described import NOT_DESCRIBED, routes
from carecoord.faces.api.openapi import SLOT, document
from carecoord.faces.api.openapi.operations import OPERATIONS


@cache
def told():
    return json.loads(document(routes()))


def operations():
    """{route name: {method: operation}}, by the document alone."""
    return {name: told()["paths"]["/" + SLOT.sub(r"{\1}", pattern)] for pattern, name in routes()}


def faults(path, method, answer):
    """What of an answer is not in the document."""
    name = resolve(path).url_name
    method = method.lower()
    if name in NOT_DESCRIBED or method == "options":
        return []
    methods = operations()[name]
    operation = methods.get(method) or (methods.get("get") if method == "head" else None)
    if operation is None:
        return [] if answer.status_code in (401, 405, 429) else [f"{method} {path} is not in the document"]
    if (one := operation["responses"].get(str(answer.status_code))) is None:
        return [f"{method} {path}: status {answer.status_code} is not in the document"]
    lacking = [h for h in ("RateLimit", "RateLimit-Policy", "X-Request-ID") if h not in answer.headers]
    return [f"{path}: no header {h}" for h in lacking] + ([] if method == "head" else list(_of_body(path, one, answer)))


def _of_body(path, one, answer):
    content = one.get("content")
    if not content:
        if not answer.streaming and answer.content:
            yield f"{path}: {answer.status_code} has a body"
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    if media_type not in content:
        yield f"{path}: {answer.status_code} is {media_type}"
    elif media_type.endswith("json") and not answer.streaming:
        schema = content[media_type]["schema"] | {"components": told()["components"]}
        yield from (f"{path}: {e.message[:300]}" for e in Draft202012Validator(schema).iter_errors(answer.json()))


__all__ = ["OPERATIONS", "faults", "operations", "told"]

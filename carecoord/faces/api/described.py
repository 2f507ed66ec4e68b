"""The description of the API, for tools and for people. Both are open: they say nothing of anybody."""

import json

from django.conf import settings
from django.shortcuts import render
from django.urls import get_resolver
from django.views.decorators.csrf import csrf_exempt

from carecoord.faces.guard import open_to_all

from .answers import tagged
from .openapi import document
from .openapi.told import MEANS as WEBHOOKS_MEAN
from .problems import KINDS, problem

NOT_DESCRIBED = {"not_there"}
WHY = "It is for the engineer who has no key yet."


def routes():
    """(pattern, name) of every address that is described."""
    return tuple(
        (str(one.pattern), one.name)
        for one in get_resolver("carecoord.faces.api.urls").url_patterns
        if one.name not in NOT_DESCRIBED
    )


@csrf_exempt
@open_to_all(WHY)
def openapi(request):
    """GET /api/v1/openapi.json"""
    return _refusal(request) or tagged(request, document(routes()))


@csrf_exempt
@open_to_all(WHY)
def docs(request):
    """GET /api/v1/docs"""
    told = json.loads(document(routes()))
    server = told["servers"][0]["url"]
    shown = {
        "document": told,
        "operations": [
            {"method": method.upper(), "path": server + path, **one, **_body(one), "samples": _samples(one)}
            for path, methods in told["paths"].items()
            for method, one in methods.items()
        ],
        "kinds": KINDS,
        "webhooks_mean": WEBHOOKS_MEAN,
        "address": request.build_absolute_uri(server),
        "most_bytes": settings.FEED_MAX_BYTES,
    }
    return _refusal(request) or render(request, "api/docs.html", shown)


def _body(operation):
    """The fields of the form that an operation takes, or the media types of its bytes."""
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded")
    return {"form": form["schema"]["properties"]} if form else {"media_types": list(content)}


def _samples(operation):
    """(status, JSON) of the answers that have an example."""
    return [
        (status, json.dumps(content["example"], indent=2))
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
        if "example" in content and status.startswith("2")
    ]


def _refusal(request):
    if request.method in ("GET", "HEAD"):
        return None
    return problem("method-not-allowed", "Send GET.", headers={"Allow": "GET, HEAD"})

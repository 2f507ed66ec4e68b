"""The description of the API, for tools and for people. Both are open: they say nothing of anybody."""

import json

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
    operations = [
        {"method": method.upper(), "path": told["servers"][0]["url"] + path, **one}
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    ]
    return _refusal(request) or render(
        request,
        "api/docs.html",
        {"document": told, "operations": operations, "kinds": KINDS, "webhooks_mean": WEBHOOKS_MEAN},
    )


def _refusal(request):
    if request.method in ("GET", "HEAD"):
        return None
    return problem("method-not-allowed", "Send GET.", headers={"Allow": "GET, HEAD"})

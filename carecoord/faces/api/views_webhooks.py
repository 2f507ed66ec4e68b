"""What a client's own endpoints were told, and a message once more. Endpoints are registered by the PBM."""

import json

from django.core.exceptions import SuspiciousOperation
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from carecoord.kernel.audit.actions import record
from carecoord.kernel.webhooks.actions import endpoints
from carecoord.kernel.webhooks.actions import messages as told
from carecoord.kernel.webhooks.models import Endpoint, Message
from patients.claims import notices

from . import shown
from .answers import tagged
from .paging import page_of
from .problems import problem


def _own(request):
    return Endpoint.objects.visible_to(request.user).filter(client=request.user, removed_at=None)


class Webhooks(APIView):
    """The client's endpoints."""

    def get(self, request):
        page = page_of(request, _own(request).select_related("health"), shown=shown.webhook)
        record(event="webhooks.read", by=request.user, count=len(page["results"]))
        return tagged(request, page)


class OneWebhook(APIView):
    """One endpoint; PATCH chooses what it is told of."""

    parser_classes: list = []

    def get(self, request, public_id):
        endpoint = get_object_or_404(_own(request).select_related("health"), public_id=public_id)
        record(event="webhook.read", by=request.user, target=endpoint)
        return tagged(request, shown.webhook(endpoint))

    def patch(self, request, public_id):
        endpoint = get_object_or_404(_own(request), public_id=public_id)
        endpoints.choose(endpoint=endpoint, types=_types_in(request._request), by=request.user)
        return Response(shown.webhook(_own(request).select_related("health").get(pk=endpoint.pk)))


def _types_in(request):
    """The types that a body names. Raises ValidationError."""
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError, SuspiciousOperation) as error:
        raise ValidationError('Send JSON such as {"types": ["delivery.loaded"]}.') from error
    types = told.get("types") if isinstance(told, dict) else None
    if not isinstance(types, list) or not all(isinstance(one, str) and one in notices.TYPES for one in types):
        raise ValidationError(f"types must be a list of {', '.join(notices.TYPES)}.")
    return set(types)


class Messages(APIView):
    """The messages to one endpoint, newest first; `?state=` takes one state."""

    def get(self, request, public_id):
        endpoint = get_object_or_404(_own(request), public_id=public_id)
        found = Message.objects.visible_to(request.user).filter(endpoint=endpoint).prefetch_related("attempts")
        if state := request.query_params.get("state", ""):
            if state not in Message.State.values:
                raise ValidationError(f"state must be one of {', '.join(Message.State.values)}.")
            found = found.filter(state=state)
        page = page_of(request, found, shown=shown.message, newest_first=True)
        record(event="webhook_messages.read", by=request.user, target=endpoint, count=len(page["results"]))
        return tagged(request, page)


class SendAgain(APIView):
    """POST sends a message once more, under the same id."""

    parser_classes: list = []

    def post(self, request, public_id, message_id):
        endpoint = get_object_or_404(_own(request), public_id=public_id)
        found = Message.objects.visible_to(request.user).select_related("endpoint")
        found = get_object_or_404(found, endpoint=endpoint, public_id=message_id)
        try:
            told.send_again(message=found, by=request.user)
        except told.CannotSend as refusal:
            return problem("not-sendable", str(refusal))
        return Response(shown.message(Message.objects.get(pk=found.pk)), status=202)

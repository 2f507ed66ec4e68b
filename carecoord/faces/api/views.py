"""The feed API: a token, deliveries and what became of their lines."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import FileResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response
from rest_framework.views import APIView

from carecoord.faces.guard import open_to_all
from carecoord.kernel.audit.actions import record
from patients.claims import actions as deliveries
from patients.claims import corrections, storage
from patients.claims.formats import FORMATS
from patients.claims.models import Delivery, Reject

from . import shown, tokens, uploads
from .answers import tagged
from .paging import page_of
from .problems import problem


@csrf_exempt
@open_to_all("There is nothing to see.")
def not_there(request, rest=""):
    """Every other address: the API says no in its own way."""
    return problem("not-found", "There is no such address.")


@csrf_exempt
@open_to_all("It is where a client proves who it is.")
def token(request):
    """RFC 6749 client credentials with a `private_key_jwt` assertion. Errors as OAuth says them."""
    if request.method != "POST":
        return problem("method-not-allowed", "Send a form with POST.", headers={"Allow": "POST"})
    try:
        asked = _form_of(request)
        if asked.get("grant_type") != "client_credentials":
            raise tokens.TokenRefused("unsupported_grant_type", "grant_type must be client_credentials.")
        if asked.get("client_assertion_type") != tokens.ASSERTION_TYPE:
            raise tokens.TokenRefused("invalid_request", f"client_assertion_type must be {tokens.ASSERTION_TYPE}.")
        issued, _ = tokens.issue(
            assertion=asked.get("client_assertion", ""), audience=request.build_absolute_uri(request.path)
        )
    except tokens.TokenRefused as error:
        status = 401 if error.code == "invalid_client" else 400
        return JsonResponse({"error": error.code, "error_description": str(error)}, status=status)
    seconds = int(tokens.LIFETIME.total_seconds())
    return JsonResponse({"access_token": issued, "token_type": "bearer", "expires_in": seconds, "scope": tokens.SCOPE})


def _form_of(request):
    """What was sent as a form. Raises TokenRefused for a body that is none, or names a parameter twice (RFC 6749, 3.2)."""
    try:
        asked = request.POST
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError) as error:
        raise tokens.TokenRefused("invalid_request", "The body must be a form of at most 1 MB, in UTF-8.") from error
    if twice := [name for name, values in asked.lists() if len(values) > 1]:
        raise tokens.TokenRefused("invalid_request", f"{len(twice)} parameters were sent more than once.")
    return asked


class Formats(APIView):
    """Which formats can be sent."""

    def get(self, request):
        known = [{"code": f.code, "title": f.title, "media_types": list(f.media_types)} for f in FORMATS.values()]
        return tagged(request, {"formats": known})


class Deliveries(APIView):
    """POST a file as the raw body (`?format=`, `?file_name=`); GET the list, newest first."""

    parser_classes: list = []
    around_the_transaction = staticmethod(uploads.taken_in)

    def get(self, request):
        page = page_of(request, Delivery.objects.visible_to(request.user), shown=shown.delivery, newest_first=True)
        record(event="deliveries.read", by=request.user, count=len(page["results"]))
        return Response(page)

    def post(self, request):
        try:
            delivery = deliveries.receive(
                payer=request.user.organisation,
                format=request.query_params["format"],
                kept=request._request.kept,
                file_name=request.query_params.get("file_name", ""),
                client=request.user,
                idempotency_key=request.headers.get("Idempotency-Key"),
                by=request.user,
            )
        except deliveries.KeyReused as error:
            return problem("key-reused", str(error))
        address = reverse("api:delivery", args=[delivery.public_id])
        headers = {"Location": request.build_absolute_uri(address)}
        if delivery.is_replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(shown.delivery(delivery.as_received()), status=202, headers=headers)


class OneDelivery(APIView):
    """How far it is, and what became of its lines."""

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        record(event="delivery.read", by=request.user, target=delivery)
        return tagged(request, shown.delivery(delivery))


class Rejects(APIView):
    """Each problem of each rejected line: line number, field, code, sentence, and a hash instead of the line."""

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        rejects = Reject.objects.visible_to(request.user).filter(delivery=delivery)
        page = page_of(request, rejects, shown=shown.reject)
        record(event="rejects.read", by=request.user, target=delivery, count=len(page["results"]))
        return Response(page)


class RejectsFile(APIView):
    """Rejected records as they were sent, to be corrected and sent back: delimited lines, or one JSON object a record."""

    kind = ""
    writers = {"csv": corrections.write_csv, "ndjson": corrections.write_ndjson}
    refusals = {
        corrections.NotRead: "not-read",
        corrections.NotDelimited: "not-delimited",
        corrections.BytesGone: "gone",
    }
    media_types = {"csv": "text/csv", "ndjson": "application/x-ndjson"}

    def perform_content_negotiation(self, request, force=False):
        return super().perform_content_negotiation(request, force=True)

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        out = storage.scratch()
        try:
            count = self.writers[self.kind](delivery=delivery, out=out)
        except tuple(self.refusals) as error:
            out.close()
            return problem(self.refusals[type(error)], str(error))
        record(event="rejects.downloaded", by=request.user, target=delivery, count=count, detail={"as": self.kind})
        out.seek(0)
        name = f"rejects-{delivery.public_id}.{self.kind}"
        return FileResponse(out, as_attachment=True, filename=name, content_type=self.media_types[self.kind])

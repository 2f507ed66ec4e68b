"""The feed API: a token, deliveries and what became of their lines."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import FileResponse, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response
from rest_framework.views import APIView

from carecoord.faces.guard import open_to_all
from carecoord.kernel.audit.actions import record
from patients.claims import actions as deliveries
from patients.claims import conflicts, corrections, storage
from patients.claims.models import Delivery, Reject, Upload

from . import parts, shown, tokens, uploads
from .answers import tagged
from .paging import page_of, page_of_several
from .problems import problem

LOOK_AGAIN_SECONDS = 2


@csrf_exempt
@open_to_all("There is nothing to see.")
def not_there(request):
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
        issued, client = tokens.issue(assertion=_assertion_of(asked), audience=request.build_absolute_uri(request.path))
    except tokens.TokenRefused as error:
        return _as_oauth_says(error)
    seconds = int(tokens.LIFETIME.total_seconds())
    return JsonResponse(
        {"access_token": issued, "token_type": "bearer", "expires_in": seconds, "scope": tokens.scope_of(client)}
    )


@csrf_exempt
@open_to_all("A client proves here, too, who it is.")
def revoke(request):
    """RFC 7009: ends a token, at its next request. The client signs an assertion, as for a token."""
    if request.method != "POST":
        return problem("method-not-allowed", "Send a form with POST.", headers={"Allow": "POST"})
    try:
        asked = _form_of(request)
        if not asked.get("token"):
            raise tokens.TokenRefused("invalid_request", "token is missing.")
        addresses = [request.path, reverse("api:token")]
        tokens.revoke(
            token=asked["token"],
            assertion=_assertion_of(asked),
            audiences=[request.build_absolute_uri(address) for address in addresses],
        )
    except tokens.TokenRefused as error:
        return _as_oauth_says(error)
    answer = HttpResponse()
    del answer.headers["Content-Type"]
    return answer


def _assertion_of(asked):
    if asked.get("client_assertion_type") != tokens.ASSERTION_TYPE:
        raise tokens.TokenRefused("invalid_request", f"client_assertion_type must be {tokens.ASSERTION_TYPE}.")
    return asked.get("client_assertion", "")


def _as_oauth_says(error):
    status = 401 if error.code == "invalid_client" else 400
    return JsonResponse({"error": error.code, "error_description": str(error)}, status=status)


def _form_of(request):
    """What was sent as a form. Raises TokenRefused for a body that is none, or names a parameter twice (RFC 6749, 3.2)."""
    try:
        asked = request.POST
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError) as error:
        raise tokens.TokenRefused("invalid_request", "The body must be a form of at most 1 MB, in UTF-8.") from error
    if twice := [name for name, values in asked.lists() if len(values) > 1]:
        raise tokens.TokenRefused("invalid_request", f"{len(twice)} parameters were sent more than once.")
    return asked


class Deliveries(APIView):
    """POST a file as the raw body (`?format=`, `?file_name=`); GET the list, newest first."""

    parser_classes: list = []
    around_the_transaction = staticmethod(uploads.taken_in)

    def get(self, request):
        page = page_of(request, Delivery.objects.visible_to(request.user), shown=shown.delivery, newest_first=True)
        record(event="deliveries.read", by=request.user, count=len(page["results"]))
        return tagged(request, page)

    def post(self, request):
        if hasattr(request._request, "part"):
            return self._begin(request)
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
        return _accepted(request, delivery)

    def _begin(self, request):
        upload = deliveries.begin_upload(
            payer=request.user.organisation,
            client=request.user,
            format=request.query_params["format"],
            file_name=request.query_params.get("file_name", ""),
            part=request._request.part,
            length=parts.length_of(request),
            idempotency_key=request.headers.get("Idempotency-Key"),
            by=request.user,
        )
        address = request.build_absolute_uri(reverse("api:upload", args=[upload.public_id]))
        size = storage.part_size(upload.part)
        headers = parts.headers(upload, offset=size, is_complete=False) | {"Location": address}
        return Response({"id": str(upload.public_id), "offset": size}, status=201, headers=headers)


def _accepted(request, delivery, headers=None):
    """What a delivery's sender is told first, and every time that it is sent again."""
    address = reverse("api:delivery", args=[delivery.public_id])
    headers = {"Location": request.build_absolute_uri(address)} | (headers or {})
    if delivery.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(shown.delivery(delivery.as_received()), status=202, headers=headers)


class OneUpload(APIView):
    """A file that comes in parts: how much is there (HEAD), the next part (PATCH), and an end to it (DELETE)."""

    parser_classes: list = []
    around_the_transaction = staticmethod(parts.appended)

    def perform_content_negotiation(self, request, force=False):
        return super().perform_content_negotiation(request, force=True)

    def _upload(self, request, public_id):
        return get_object_or_404(Upload.objects.visible_to(request.user), public_id=public_id, client=request.user)

    def head(self, request, public_id):
        upload = self._upload(request, public_id)
        size = upload.delivery.size_bytes if upload.delivery else storage.part_size(upload.part)
        if size is None:
            return problem("gone", "What was sent of this file is kept no longer. Begin again.")
        record(event="upload.read", by=request.user, target=upload)
        headers = parts.headers(upload, offset=size, is_complete=upload.delivery is not None)
        return Response(status=204, headers=headers)

    def patch(self, request, public_id):
        upload = request._request.upload or self._upload(request, public_id)
        kept = getattr(request._request, "kept", None)
        if upload.delivery:
            upload.delivery.is_replayed = True
            size = upload.delivery.size_bytes
            return _accepted(request, upload.delivery, parts.headers(upload, offset=size, is_complete=True))
        if kept is None:
            record(event="upload.continued", by=request.user, target=upload)
            return Response(
                status=204, headers=parts.headers(upload, offset=request._request.offset, is_complete=False)
            )
        try:
            delivery = deliveries.complete_upload(upload=upload, kept=kept, by=request.user)
        except deliveries.KeyReused as error:
            return problem("key-reused", str(error))
        return _accepted(request, delivery, parts.headers(upload, offset=kept.size_bytes, is_complete=True))

    def delete(self, request, public_id):
        deliveries.cancel_upload(upload=self._upload(request, public_id), by=request.user)
        return Response(status=204)


class OneDelivery(APIView):
    """How far it is, and what became of its lines."""

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        record(event="delivery.read", by=request.user, target=delivery)
        headers = {"Retry-After": str(LOOK_AGAIN_SECONDS)} if delivery.is_under_way else {}
        return tagged(request, shown.delivery(delivery), headers=headers)


class Rejects(APIView):
    """Each problem of each rejected line: line number, field, code, sentence, and a hash instead of the line."""

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        rejects = Reject.objects.visible_to(request.user).filter(delivery=delivery)
        page = page_of(request, rejects, shown=shown.reject)
        record(event="rejects.read", by=request.user, target=delivery, count=len(page["results"]))
        return tagged(request, page)


class Conflicts(APIView):
    """The lines of a delivery that contradict others, and which those are: what a line says is in the client's own files."""

    def get(self, request, public_id):
        delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
        models = tuple(conflicts.MODELS.values())
        said = ("pk", "line_number", *conflicts.KEY)
        several = [
            conflicts.open_ones(model, visible_to=request.user, delivery=delivery).values(*said) for model in models
        ]

        def told(index, rows):
            others = conflicts.beside(models[index], rows, visible_to=request.user) if rows else {}
            deliveries = Delivery.objects.visible_to(request.user).in_bulk(
                {at for of in others.values() for at, _ in of}
            )
            return [shown.conflict(row, models[index], others[row["pk"]], deliveries) for row in rows]

        page = page_of_several(request, several, shown=told)
        record(event="conflicts.read", by=request.user, target=delivery, count=len(page["results"]))
        return tagged(request, page)


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

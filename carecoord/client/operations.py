"""What the API can be asked. Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""

import json
from typing import Any, Literal

from .shapes import Conflicts, Deliveries, Delivery, FormatCode, Rejects, Token, Upload
from .shapes_formats import Format, Formats
from .shapes_patients import ExplainedResult, Patient, Results
from .shapes_webhooks import Message, Messages, Webhook, Webhooks
from .wire import Answer, Body, Stream, Wire


class Operations(Wire):
    """One method for each operation."""

    def get_open_api(self, *, if_none_match: str | None = None) -> Answer[dict[str, Any]]:
        """This document."""
        return self.call("GET", "/openapi.json", {200: dict}, headers={"If-None-Match": if_none_match}, is_open=True)

    def get_docs(
        self,
    ) -> Answer[Stream]:
        """This document as a page."""
        return self.call("GET", "/docs", {200: Stream}, is_open=True)

    def create_token(self, *, client_assertion: str) -> Answer[Token]:
        """Ask for a token.

        OAuth client credentials with a signed assertion (RFC 7523). There is no shared secret.
        """
        return self.call(
            "POST",
            "/token",
            {200: Token},
            form={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": client_assertion,
            },
            is_open=True,
        )

    def revoke_token(self, *, token: str, client_assertion: str) -> Answer[None]:
        """End a token.

        RFC 7009. The token ends at its next request. A token that nobody knows is ended already.
        """
        return self.call(
            "POST",
            "/revoke",
            {200: None},
            form={
                "token": token,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": client_assertion,
            },
            is_open=True,
        )

    def list_formats(self, *, if_none_match: str | None = None) -> Answer[Formats]:
        """Which formats can be sent, and what can be wrong with a record or a file."""
        return self.call("GET", "/formats", {200: Formats}, headers={"If-None-Match": if_none_match}, is_open=True)

    def get_format(self, code: FormatCode, *, if_none_match: str | None = None) -> Answer[Format]:
        """Every field of a format, with an example of each kind of record."""
        return self.call(
            "GET",
            "/formats/{code}",
            {200: Format},
            slots={"code": code},
            headers={"If-None-Match": if_none_match},
            is_open=True,
        )

    def list_deliveries(
        self, *, cursor: str | None = None, limit: int | None = None, if_none_match: str | None = None
    ) -> Answer[Deliveries]:
        """The deliveries, newest first."""
        return self.call(
            "GET",
            "/deliveries",
            {200: Deliveries},
            query={"cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def create_delivery(
        self,
        body: Body,
        *,
        format: FormatCode,
        file_name: str | None = None,
        idempotency_key: str | None = None,
        content_digest: str | None = None,
        repr_digest: str | None = None,
        upload_complete: Literal["?0", "?1"] | None = None,
        upload_length: int | None = None,
        media_type: Literal[
            "text/csv", "text/plain", "application/gzip", "application/octet-stream"
        ] = "application/octet-stream",
    ) -> Answer[Upload | Delivery]:
        """Send a file.

        The body is the file itself, plain or as gzip, zstd or zip. With `Upload-Complete: ?0` it is the first part of
        one (a subset of the IETF draft "Resumable Uploads for HTTP"): the answer is 201, and `Location` is where the
        next part goes.
        """
        return self.call(
            "POST",
            "/deliveries",
            {201: Upload, 202: Delivery},
            query={"format": format, "file_name": file_name},
            headers={
                "Idempotency-Key": idempotency_key,
                "Content-Digest": content_digest,
                "Repr-Digest": repr_digest,
                "Upload-Complete": upload_complete,
                "Upload-Length": upload_length,
            },
            body=body,
            media_type=media_type,
        )

    def get_delivery(self, public_id: str, *, if_none_match: str | None = None) -> Answer[Delivery]:
        """How far a delivery is, and what became of its records."""
        return self.call(
            "GET",
            "/deliveries/{public_id}",
            {200: Delivery},
            slots={"public_id": public_id},
            headers={"If-None-Match": if_none_match},
        )

    def list_conflicts(
        self, public_id: str, *, cursor: str | None = None, limit: int | None = None, if_none_match: str | None = None
    ) -> Answer[Conflicts]:
        """Each line that contradicts another.

        Both are kept, and one stands: tell the PBM which is right, or send the record with a later version. A ruling
        of the PBM, or a withdrawal, ends it.
        """
        return self.call(
            "GET",
            "/deliveries/{public_id}/conflicts",
            {200: Conflicts},
            slots={"public_id": public_id},
            query={"cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def list_rejects(
        self, public_id: str, *, cursor: str | None = None, limit: int | None = None, if_none_match: str | None = None
    ) -> Answer[Rejects]:
        """Each problem of each rejected record."""
        return self.call(
            "GET",
            "/deliveries/{public_id}/rejects",
            {200: Rejects},
            slots={"public_id": public_id},
            query={"cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def download_rejected_lines(self, public_id: str) -> Answer[Stream]:
        """The rejected lines, to be corrected and sent back.

        The lines as they were sent, under the header of the file, with two columns more: `error` (code: sentence) and
        `error_line`. Correct them and send the file as a new delivery; the two columns may stay. No value is altered,
        so a cell that a spreadsheet takes for a formula is there as you sent it. Empty when nothing was rejected.
        """
        return self.call("GET", "/deliveries/{public_id}/rejects.csv", {200: Stream}, slots={"public_id": public_id})

    def download_rejected_records(self, public_id: str) -> Answer[Stream]:
        """The rejected records of any format, one JSON object a line.

        Each line is a `RejectedRecord`. Empty when nothing was rejected. Correct what is in `raw` and send the file
        back as it is, in the delivery's own format (rows of Parquet as `tuva_ndjson`); or send the texts of `raw`,
        one behind the other. Each is a whole file of its record. For delimited lines send `rejects.csv`.
        """
        return self.call("GET", "/deliveries/{public_id}/rejects.ndjson", {200: Stream}, slots={"public_id": public_id})

    def get_upload_offset(self, public_id: str) -> Answer[None]:
        """How much of a file in parts is there."""
        return self.call("HEAD", "/uploads/{public_id}", {204: None}, slots={"public_id": public_id})

    def append_part(
        self,
        public_id: str,
        body: Body = b"",
        *,
        upload_offset: int,
        upload_complete: Literal["?0", "?1"],
        content_digest: str | None = None,
        repr_digest: str | None = None,
    ) -> Answer[Delivery | None]:
        """Send the next part of a file.

        `Upload-Offset` must be how much is there. The part with `Upload-Complete: ?1` is the last, and makes the
        delivery under the Idempotency-Key that the first part named. `Content-Digest` is of the part; `Repr-Digest`,
        with the last part, is of the file.
        """
        return self.call(
            "PATCH",
            "/uploads/{public_id}",
            {202: Delivery, 204: None},
            slots={"public_id": public_id},
            headers={
                "Upload-Offset": upload_offset,
                "Upload-Complete": upload_complete,
                "Content-Digest": content_digest,
                "Repr-Digest": repr_digest,
            },
            body=body,
            media_type="application/partial-upload",
        )

    def cancel_upload(self, public_id: str) -> Answer[None]:
        """Give up a file in parts.

        What was sent of it is removed. A file that is whole is a delivery by then, and stays one: the PBM withdraws
        those.
        """
        return self.call("DELETE", "/uploads/{public_id}", {204: None}, slots={"public_id": public_id})

    def find_patient(self, *, member_id: str) -> Answer[Patient]:
        """The id by which a member is known here.

        A member id is patient data: it travels in the body, so that no log of addresses has it. A former id leads to
        the person.
        """
        return self.call(
            "POST",
            "/patients/find",
            {200: Patient},
            body=json.dumps({"member_id": member_id}).encode(),
            media_type="application/json",
        )

    def list_results(
        self, public_id: str, *, cursor: str | None = None, limit: int | None = None, if_none_match: str | None = None
    ) -> Answer[Results]:
        """The newest result of a patient in each measure.

        Results about the use of substances (42 CFR part 2) are not among them.
        """
        return self.call(
            "GET",
            "/patients/{public_id}/results",
            {200: Results},
            slots={"public_id": public_id},
            query={"cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def explain_result(
        self, public_id: str, measure: str, *, if_none_match: str | None = None
    ) -> Answer[ExplainedResult]:
        """Everything behind the newest result in a measure.

        Enough to redo it by hand: limits, claims, cover, exclusions, and what came out. The pharmacy's chart and the
        letter to a prescriber say the same.
        """
        return self.call(
            "GET",
            "/patients/{public_id}/results/{measure}/explain",
            {200: ExplainedResult},
            slots={"public_id": public_id, "measure": measure},
            headers={"If-None-Match": if_none_match},
        )

    def list_webhooks(
        self, *, cursor: str | None = None, limit: int | None = None, if_none_match: str | None = None
    ) -> Answer[Webhooks]:
        """This client's endpoints."""
        return self.call(
            "GET",
            "/webhooks",
            {200: Webhooks},
            query={"cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def get_webhook(self, public_id: str, *, if_none_match: str | None = None) -> Answer[Webhook]:
        """One endpoint."""
        return self.call(
            "GET",
            "/webhooks/{public_id}",
            {200: Webhook},
            slots={"public_id": public_id},
            headers={"If-None-Match": if_none_match},
        )

    def choose_messages(
        self,
        public_id: str,
        *,
        types: list[
            Literal["delivery.loaded", "delivery.refused", "delivery.withdrawn", "delivery.failed", "conflict.opened"]
        ],
    ) -> Answer[Webhook]:
        """Choose what an endpoint is told of.

        From now on it hears of the types that are named; of everything when none is, also of what is added later.
        `webhook.test` comes whatever is chosen.
        """
        return self.call(
            "PATCH",
            "/webhooks/{public_id}",
            {200: Webhook},
            slots={"public_id": public_id},
            body=json.dumps({"types": types}).encode(),
            media_type="application/json",
        )

    def list_messages(
        self,
        public_id: str,
        *,
        state: Literal["waiting", "sent", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        if_none_match: str | None = None,
    ) -> Answer[Messages]:
        """The messages to an endpoint, newest first.

        Messages and their tries are kept 30 days.
        """
        return self.call(
            "GET",
            "/webhooks/{public_id}/messages",
            {200: Messages},
            slots={"public_id": public_id},
            query={"state": state, "cursor": cursor, "limit": limit},
            headers={"If-None-Match": if_none_match},
        )

    def send_message_again(self, public_id: str, message_id: str) -> Answer[Message]:
        """Send a message once more, under the same id."""
        return self.call(
            "POST",
            "/webhooks/{public_id}/messages/{message_id}/send",
            {202: Message},
            slots={"public_id": public_id, "message_id": message_id},
        )

"""What holds for every request, whichever face answers it."""

import time
from contextlib import contextmanager, nullcontext

from allauth.account.middleware import AccountMiddleware
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.http import Http404
from psycopg.errors import InsufficientPrivilege
from structlog.contextvars import bind_contextvars

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context

from .api.authentication import client_of


def no_store(get_response):
    """No page stays in a cache: any of them may show patient data. Static files say otherwise for themselves."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def session_limits(get_response):
    """A session ends 12 hours after sign-in, however busy, and at once for whoever may no longer work here."""

    def middleware(request):
        if request.user.is_authenticated:
            began = request.session.setdefault("began", int(time.time()))
            if time.time() - began > settings.SESSION_ABSOLUTE_SECONDS or request.user.scope is None:
                logout(request)
        return get_response(request)

    return middleware


class TenancyMiddleware:
    """Runs the view and its rendering inside `acting_as`. Other hooks are too early (`__call__`: before the transaction)
    or too short (ATOMIC_REQUESTS: a TemplateResponse, so the whole admin and the API, renders after it)."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.accounts = AccountMiddleware(get_response)

    def __call__(self, request):
        client = client_of(request)  # a bearer token is resolved before the view, so that the view runs in its scope
        if client is not None:
            request.user = client
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """The view in its scope. A refusal (>= 400) changes nothing; it is noted in a transaction of its own."""
        scope = getattr(request.user, "scope", None)
        if scope is None or getattr(view, "is_outside_scope", False):
            return None  # a visitor: Django goes on, and `refuse_without_context` guards the tenant tables
        if getattr(view, "is_in_sandboxes", False):
            scope = request.user.scope = request.user.sandbox_scope
        bind_contextvars(user_id=scope.user_id, organisation_id=scope.organisation_id)  # for the log
        around = getattr(getattr(view, "cls", None), "around_the_transaction", None)
        with around(request) if around else nullcontext() as refused:
            return refused if refused is not None else self._guarded(request, view, args, kwargs, scope)

    def _guarded(self, request, view, args, kwargs, scope):
        try:
            return self._answer(request, view, args, kwargs, scope)
        except (ImmediateHttpResponse, ReauthenticationRequired) as asked:
            # Django offers a view's exceptions to the other middleware, but not those of a view that was called in here:
            # allauth asks for the password again in this way, before somebody sets up a second factor.
            return self.accounts.process_exception(request, asked)
        except ProgrammingError as error:
            if isinstance(error.__cause__, InsufficientPrivilege):
                note_refusal(request, scope, 403)
                raise PermissionDenied from error  # PostgreSQL's no is a 403, not a 500
            raise
        except (PermissionDenied, Http404) as error:
            note_refusal(request, scope, 404 if isinstance(error, Http404) else 403)
            raise

    def _answer(self, request, view, args, kwargs, scope):
        token = audit.start_watching()
        try:
            with context.acting_as(scope):
                _tell(request)
                response = view(request, *args, **kwargs)
                if hasattr(response, "render"):
                    response.render()
                seen = audit.seen_so_far()
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                elif seen:
                    audit.record_read(seen=seen, path=_route(request), status=response.status_code)
        finally:
            audit.stop_watching(token)
        if seen and response.status_code in (400, 409, 422):  # a form shown again, with the chart around it
            with speaking_for(request, scope):
                audit.record_read(seen=seen, path=_route(request), status=response.status_code)
        if response.status_code in (401, 403, 404):
            note_refusal(request, scope, response.status_code)
        return response


@contextmanager
def speaking_for(request, scope):
    """`acting_as`, and the trail learns of which request and from where."""
    with context.acting_as(scope):
        _tell(request)
        yield


def note_refusal(request, scope, status):
    """The trail's line about a request that was refused."""
    with speaking_for(request, scope):
        audit.record_refusal(path=_route(request), status=status, method=request.method)


def _route(request):
    """The route's pattern, not the address: an address may carry ids."""
    return request.resolver_match.route if request.resolver_match else ""


def _tell(request):
    """The audit triggers read these back."""
    with connection.cursor() as cursor:
        told = [str(request.id), request.META.get("REMOTE_ADDR", "")]
        cursor.execute("select set_config('app.request_id', %s, true), set_config('app.ip', %s, true)", told)

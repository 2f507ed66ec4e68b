"""/health, /ready and /metrics."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from carecoord.faces.guard import open_to_all
from carecoord.operations import health as checks

from . import exposition

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip")
THIS_MACHINE = ("127.0.0.1", "::1")


@require_safe
@open_to_all("Load balancers ask; it says that the process answers, and asks nobody else.")
def health(request):
    return JsonResponse({"status": "up"})


@require_safe
@open_to_all("Load balancers ask; strangers get one word and the status code.")
def ready(request):
    """503 when this web server cannot serve; the monitor gets the state of each check too."""
    findings = checks.readiness()
    is_ready = checks.is_ready(findings)
    answer = {"status": "ready" if is_ready else "not ready"}
    if _is_monitor(request):
        answer["checks"] = {each.code: each.state for each in findings}
    return JsonResponse(answer, status=200 if is_ready else 503)


@require_safe
@open_to_all("The monitor is no person: it shows its token, or asks from this machine.")
def metrics(request):
    if not _is_monitor(request):
        raise Http404
    return HttpResponse(exposition.text(), content_type=CONTENT_TYPE_LATEST)


def _is_monitor(request):
    """With CARECOORD_METRICS_TOKEN whoever shows it; without, this machine alone, and not through a proxy on it."""
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    return request.META.get("REMOTE_ADDR") in THIS_MACHINE and not any(name in request.headers for name in FORWARDED)

"""What each process counts for itself. With PROMETHEUS_MULTIPROC_DIR (settings.py sets it) every process writes into files
there, and whichever web process is asked adds up all of its machine: granian's workers and Celery's alike."""

from prometheus_client import Counter, Histogram

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
MINUTES = (0.1, 1, 10, 60, 300, 1800, 7200)

REQUESTS = Histogram(
    "carecoord_request_seconds", "Requests by route and status.", ["route", "method", "status"], buckets=SECONDS
)
TASKS = Histogram("carecoord_task_seconds", "Work by topic and outcome.", ["topic", "outcome"], buckets=MINUTES)
SIGN_IN_FAILURES = Counter("carecoord_sign_in_failures", "Sign-ins with a wrong password or an unknown address.")

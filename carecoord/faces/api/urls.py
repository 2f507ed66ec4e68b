from django.urls import path, re_path

from . import described, views, views_formats, views_results, views_webhooks

app_name = "api"
urlpatterns = [
    path("openapi.json", described.openapi, name="openapi"),
    path("docs", described.docs, name="docs"),
    path("token", views.token, name="token"),
    path("revoke", views.revoke, name="revoke"),
    path("formats", views_formats.Formats.as_view(), name="formats"),
    path("formats/<slug:code>", views_formats.OneFormat.as_view(), name="format"),
    path("deliveries", views.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<uuid:public_id>", views.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<uuid:public_id>/conflicts", views.Conflicts.as_view(), name="conflicts"),
    path("deliveries/<uuid:public_id>/rejects", views.Rejects.as_view(), name="rejects"),
    path("deliveries/<uuid:public_id>/rejects.csv", views.RejectsFile.as_view(kind="csv"), name="rejects_csv"),
    path("deliveries/<uuid:public_id>/rejects.ndjson", views.RejectsFile.as_view(kind="ndjson"), name="rejects_ndjson"),
    path("uploads/<uuid:public_id>", views.OneUpload.as_view(), name="upload"),
    path("patients/find", views_results.FindPatient.as_view(), name="find_patient"),
    path("patients/<uuid:public_id>/results", views_results.Results.as_view(), name="results"),
    path(
        "patients/<uuid:public_id>/results/<slug:measure>/explain",
        views_results.ExplainedResult.as_view(),
        name="explain",
    ),
    path("webhooks", views_webhooks.Webhooks.as_view(), name="webhooks"),
    path("webhooks/<uuid:public_id>", views_webhooks.OneWebhook.as_view(), name="webhook"),
    path("webhooks/<uuid:public_id>/messages", views_webhooks.Messages.as_view(), name="webhook_messages"),
    path(
        "webhooks/<uuid:public_id>/messages/<uuid:message_id>/send",
        views_webhooks.SendAgain.as_view(),
        name="webhook_send",
    ),
    re_path(r"^[\s\S]*$", views.not_there, name="not_there"),  # line ends too, which `path` does not match
]

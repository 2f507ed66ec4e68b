from django.urls import path

from . import views, views_formats

app_name = "api"
urlpatterns = [
    path("token", views.token, name="token"),
    path("formats", views_formats.Formats.as_view(), name="formats"),
    path("formats/<slug:code>", views_formats.OneFormat.as_view(), name="format"),
    path("deliveries", views.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<uuid:public_id>", views.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<uuid:public_id>/rejects", views.Rejects.as_view(), name="rejects"),
]

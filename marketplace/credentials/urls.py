"""Addresses of content credentials."""

from django.urls import path

from marketplace.credentials import views

urlpatterns = [
    path("credentials/", views.check, name="credentials"),
    path("credentials/<uuid:check_id>/", views.checked, name="credentials_checked"),
    path("credentials/<uuid:check_id>/progress/", views.checked_progress, name="credentials_progress"),
    path("versions/<uuid:version_id>/<slug:form>/preparing/", views.preparing, name="preparing"),
    path(
        "versions/<uuid:version_id>/<slug:form>/preparing/progress/",
        views.preparing_progress,
        name="preparing_progress",
    ),
]

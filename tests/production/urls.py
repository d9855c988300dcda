"""Production alone: its tests do not need the shop."""

from django.urls import include, path

urlpatterns = [path("", include("production.urls"))]

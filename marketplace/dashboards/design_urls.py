"""Addresses of the design catalogue."""

from django.urls import path

from marketplace.dashboards import design

urlpatterns = [
    path("", design.catalogue, name="design"),
    path("sound/<int:index>.wav", design.sound, name="design_sound"),
    path("<slug:name>/", design.catalogue, name="design_component"),
]

"""Addresses of plans."""

from django.urls import path

from marketplace.subscriptions import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/return/", views.returned, name="plan_returned"),
    path("plans/end/", views.end, name="plan_end"),
    path("plans/<slug:plan>/subscribe/", views.subscribe, name="subscribe"),
    path("credits/<uuid:listing_id>/", views.spend, name="spend_credits"),
]

"""Addresses of creating."""

from django.urls import path

from marketplace.create import model_views, views

urlpatterns = [
    path("models/", model_views.models, name="models"),
    path("models/<slug:name>/", model_views.model, name="model"),
    path("models/<slug:name>/terms/", model_views.terms, name="model_terms"),
    path("create/", views.start, name="create"),
    path("create/<slug:name>/", views.ask, name="create_ask"),
    path("elements/<uuid:element_id>/recommend/", views.recommend, name="recommend"),
    path("recommendations/<uuid:job_id>/", views.recommendation, name="recommendation"),
    path("recommendations/<uuid:job_id>/proposals/", views.proposals, name="recommendation_proposals"),
    path("recommendations/<uuid:job_id>/sound/<int:variant>/<slug:part>/", views.sound, name="proposal_sound"),
    path("recommendations/<uuid:job_id>/change/", views.change, name="change_recommendation"),
    path("elements/<uuid:element_id>/reopen/", views.reopen, name="reopen_setting"),
    path("recommendations/<uuid:job_id>/keep/", views.keep, name="keep_recommendation"),
    path("recommendations/<uuid:job_id>/discard/", views.discard, name="discard_recommendation"),
]

"""Addresses of what payees read."""

from django.urls import path

from marketplace.dashboards import payee_views

urlpatterns = [
    path("earnings/", payee_views.earnings, name="earnings"),
    path("statements/<uuid:statement_id>/", payee_views.statement, name="statement"),
    path("statements/<uuid:statement_id>.csv", payee_views.statement_csv, name="statement_csv"),
    path("statements/<uuid:statement_id>.pdf", payee_views.statement_pdf, name="statement_pdf"),
    path("labels/<uuid:label_id>/brand/", payee_views.brand, name="label_brand"),
    path("labels/<uuid:label_id>/logo.png", payee_views.brand_logo, name="label_logo"),
]

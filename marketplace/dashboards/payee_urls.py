"""Addresses of what payees read."""

from django.urls import path

from marketplace.dashboards import payee_views, policy_views

urlpatterns = [
    path("earnings/", payee_views.earnings, name="earnings"),
    path("earnings/currency/", payee_views.display_currency, name="display_currency"),
    path("earnings/figures/", payee_views.earnings_figures, name="earnings_figures"),
    path("earnings/years/", payee_views.earnings_years, name="earnings_years"),
    path("earnings/years/<int:year>.csv", payee_views.earnings_year_csv, name="earnings_year_csv"),
    path("settlements/subscriptions/", policy_views.subscription_policies, name="subscription_policies"),
    path("settlements/rates/", policy_views.rates, name="rates"),
    path("settlements/<uuid:run_id>/dsr-shaped.tsv", policy_views.run_dsr, name="run_dsr"),
    path("statements/<uuid:statement_id>/", payee_views.statement, name="statement"),
    path("statements/<uuid:statement_id>.csv", payee_views.statement_csv, name="statement_csv"),
    path("statements/<uuid:statement_id>.pdf", payee_views.statement_pdf, name="statement_pdf"),
    path("statements/<uuid:statement_id>/dsr-shaped.tsv", payee_views.statement_dsr, name="statement_dsr"),
    path("labels/<uuid:label_id>/brand/", payee_views.brand, name="label_brand"),
    path("labels/<uuid:label_id>/logo.png", payee_views.brand_logo, name="label_logo"),
]

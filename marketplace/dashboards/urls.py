"""Addresses of the money side."""

from django.urls import include, path

from marketplace.dashboards import claim_views, staff_views, views

urlpatterns = [
    path("", include("marketplace.dashboards.payee_urls")),
    path("", include("marketplace.dashboards.trace_urls")),
    path("", include("marketplace.dashboards.corrections_urls")),
    path("settlements/", staff_views.settlement_list, name="settlements"),
    path("settlements/dry-run/", staff_views.dry_run, name="dry_run"),
    path("settlements/dry-run/lines/", staff_views.dry_run_lines, name="dry_run_lines"),
    path("settlements/calculate/", staff_views.calculate, name="calculate"),
    path("settlements/holds/", staff_views.hold, name="hold"),
    path("settlements/<uuid:run_id>/", staff_views.settlement, name="settlement"),
    path("settlements/<uuid:run_id>/review/", staff_views.review, name="review_run"),
    path("settlements/<uuid:run_id>/reconciliation/", staff_views.reconciliation, name="reconciliation"),
    path("settlements/<uuid:run_id>/approve/", staff_views.approve, name="approve"),
    path("settlements/<uuid:run_id>/release/", staff_views.release, name="release"),
    path("settlements/<uuid:run_id>/discard/", staff_views.discard, name="discard"),
    path("settlements/<uuid:run_id>/retry/", staff_views.retry, name="retry_payouts"),
    path("settlements/<uuid:run_id>/files/<str:name>", staff_views.run_file, name="run_file"),
    path("claims/", claim_views.claim_list, name="claims"),
    path("claims/mine/", claim_views.my_claims, name="my_claims"),
    path("claims/<uuid:claim_id>/", claim_views.claim, name="claim"),
    path("claims/<uuid:claim_id>/state/", claim_views.state, name="state_claim"),
    path("claims/<uuid:claim_id>/decide/", claim_views.decide, name="decide_claim"),
    path("status/", views.status, name="status"),
    path("jobs/", views.jobs, name="jobs"),
]

"""Addresses of the money side."""

from django.urls import path

from marketplace.dashboards import views

urlpatterns = [
    path("earnings/", views.earnings, name="earnings"),
    path("statements/<uuid:statement_id>/", views.statement, name="statement"),
    path("statements/<uuid:statement_id>.csv", views.statement_csv, name="statement_csv"),
    path("settlements/", views.settlement_list, name="settlements"),
    path("settlements/dry-run/", views.dry_run, name="dry_run"),
    path("settlements/calculate/", views.calculate, name="calculate"),
    path("settlements/holds/", views.hold, name="hold"),
    path("settlements/<uuid:run_id>/", views.settlement, name="settlement"),
    path("settlements/<uuid:run_id>/approve/", views.approve, name="approve"),
    path("settlements/<uuid:run_id>/release/", views.release, name="release"),
    path("settlements/<uuid:run_id>/discard/", views.discard, name="discard"),
    path("settlements/<uuid:run_id>/retry/", views.retry, name="retry_payouts"),
    path("settlements/<uuid:run_id>/files/<str:name>", views.run_file, name="run_file"),
    path("status/", views.status, name="status"),
    path("jobs/", views.jobs, name="jobs"),
]

"""Addresses of the traces."""

from django.urls import path

from marketplace.dashboards import trace_views

urlpatterns = [
    path("statements/<uuid:statement_id>/trace/", trace_views.trace_statement, name="trace_statement"),
    path("statements/<uuid:statement_id>/trace/<int:number>/", trace_views.trace_line, name="trace_line"),
    path("statements/<uuid:statement_id>/trace/<int:number>.json", trace_views.trace_line_file, name="trace_line_file"),
    path("orders/<uuid:order_id>/trace/", trace_views.trace_order, name="trace_order"),
]

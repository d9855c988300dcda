"""Addresses of the reports of others, and of identifiers."""

from django.urls import path

from marketplace.reports import file_views, identifier_views, views, waiting_views

urlpatterns = [
    path("reports/", views.report_list, name="reports"),
    path("reports/sample.csv", file_views.sample, name="report_sample"),
    path("reports/waiting/", waiting_views.waiting, name="reports_waiting"),
    path("reports/waiting/match/", waiting_views.match_waiting, name="match_waiting"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/map/", views.map_columns, name="report_map"),
    path("reports/<uuid:report_id>/file/", views.replace_file, name="report_file"),
    path("reports/<uuid:report_id>/errors/accept/", views.accept_errors, name="report_accept_errors"),
    path("reports/<uuid:report_id>/errors.csv", file_views.errors_csv, name="report_errors"),
    path("reports/<uuid:report_id>/lines.csv", file_views.lines_csv, name="report_lines"),
    path("reports/<uuid:report_id>/match/", views.decide, name="report_match"),
    path("reports/<uuid:report_id>/control/", views.control, name="report_control"),
    path("reports/<uuid:report_id>/book/", views.book, name="report_book"),
    path("reports/<uuid:report_id>/reverse/", views.take_back, name="report_reverse"),
    path("reports/<uuid:report_id>/discard/", views.discard, name="report_discard"),
    path("elements/<uuid:element_id>/identifiers/", identifier_views.of_element, name="identifiers"),
    path("account/identifiers/", identifier_views.of_oneself, name="own_identifiers"),
]

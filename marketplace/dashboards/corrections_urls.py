"""Addresses of corrections."""

from django.urls import path

from marketplace.dashboards import corrections_views as views

urlpatterns = [
    path("settlements/<uuid:run_id>/correct/", views.correct, name="correct"),
    path("settlements/<uuid:run_id>/correct/changes/", views.add_change, name="add_change"),
    path("settlements/<uuid:run_id>/correct/calculate/", views.calculate_correction, name="calculate_correction"),
    path("settlements/corrections/<uuid:correction_id>/", views.correction, name="correction"),
    path("settlements/corrections/<uuid:correction_id>/post/", views.post_correction, name="post_correction"),
    path("settlements/corrections/<uuid:correction_id>/discard/", views.discard_correction, name="discard_correction"),
    path("settlements/corrections/<uuid:correction_id>/arrived/", views.say_arrived, name="say_arrived"),
    path("settlements/corrections/<uuid:correction_id>/undo/", views.undo_correction, name="undo_correction"),
    path(
        "settlements/corrections/<uuid:correction_id>/<str:version>.zip",
        views.correction_version,
        name="correction_version",
    ),
]

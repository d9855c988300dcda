"""Addresses of the workbench."""

from django.urls import path

from marketplace.workbench import views

urlpatterns = [
    path("elements/<uuid:element_id>/workbench/", views.bench, name="workbench"),
    path("elements/<uuid:element_id>/workbench/compare/<int:number>/", views.compare, name="workbench_compare"),
    path("elements/<uuid:element_id>/workbench/restore/<int:number>/", views.restore, name="workbench_restore"),
    path("elements/<uuid:element_id>/workbench/chain/keep/", views.keep_chain, name="workbench_keep_chain"),
    path("drafts/<uuid:draft_id>/", views.draft, name="workbench_draft"),
    path("elements/<uuid:element_id>/workbench/<str:name>/", views.process, name="workbench_process"),
]

"""Addresses of labels' papers."""

from django.urls import path

from marketplace.labels import views

urlpatterns = [
    path("label/", views.label_list, name="labels"),
    path("label/members/", views.label_members, name="label_members"),
    path("label/members/<int:membership_id>/remove/", views.remove_member, name="remove_label_member"),
    path("label/<uuid:label_id>/", views.label, name="label"),
    path("label/<uuid:label_id>/groups/", views.label_groups, name="label_groups"),
    path("label/<uuid:label_id>/groups/<uuid:group_id>/", views.label_group, name="label_group"),
    path("label/<uuid:label_id>/money/", views.label_money, name="label_money"),
    path("label/<uuid:label_id>/payees/", views.label_payees, name="label_payees"),
    path("label/<uuid:label_id>/payees/<uuid:party_id>/", views.label_payee, name="label_payee"),
    path("label/<uuid:label_id>/conditions/", views.label_conditions, name="label_conditions"),
    path("label/<uuid:label_id>/runs/", views.label_runs, name="label_runs"),
    path("label/<uuid:label_id>/new/<slug:what>/", views.label_new, name="label_new"),
    path("label/<uuid:label_id>/contracts/<uuid:contract_id>/end/", views.end_contract, name="end_contract"),
    path("label/<uuid:label_id>/conditions/<uuid:condition_id>/lift/", views.lift_condition, name="lift_condition"),
]

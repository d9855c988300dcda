"""Addresses of packs."""

from django.urls import path

from marketplace.packs import views

urlpatterns = [
    path("packs/", views.browse, name="packs"),
    path("packs/mine/", views.mine, name="my_packs"),
    path("packs/new/", views.new, name="new_pack"),
    path("packs/<uuid:pack_id>/", views.pack, name="pack"),
    path("packs/<uuid:pack_id>/cover/<int:revision>.svg", views.cover, name="pack_cover"),
    path("packs/<uuid:pack_id>/change/", views.change, name="change_pack"),
    path("packs/<uuid:pack_id>/answer/", views.answer, name="answer_pack"),
    path("packs/<uuid:pack_id>/withdraw/", views.withdraw, name="withdraw_pack"),
]

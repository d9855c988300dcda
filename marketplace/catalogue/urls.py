"""Addresses of the shop."""

from django.urls import path

from marketplace.catalogue import (
    contribution_views,
    credit_views,
    note_views,
    pick_views,
    publish_views,
    seller_views,
    split_views,
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/notes/statistics/", note_views.notes_on_sale, name="notes_on_sale"),
    path("search/notes/", note_views.search_notes, name="search_notes"),
    path("elements/<uuid:element_id>/", views.element, name="element"),
    path("elements/<uuid:element_id>/cover/<slug:version>.svg", views.cover, name="cover"),
    path("elements/<uuid:element_id>/provenance/", views.provenance, name="provenance"),
    path("elements/<uuid:element_id>/publish/", publish_views.publish, name="publish"),
    path("elements/<uuid:element_id>/contribution/", contribution_views.contribution, name="contribution"),
    path(
        "elements/<uuid:element_id>/contribution/measure/",
        contribution_views.measure_contribution,
        name="measure_contribution",
    ),
    path(
        "elements/<uuid:element_id>/contribution/contest/",
        contribution_views.contest_contribution,
        name="contest_contribution",
    ),
    path("contests/", contribution_views.contest_list, name="contests"),
    path("contests/<uuid:contest_id>/", contribution_views.answer_contest, name="answer_contest"),
    path("elements/<uuid:element_id>/credits/", credit_views.element_credits, name="element_credits"),
    path("elements/<uuid:element_id>/credits/correct/", credit_views.propose, name="correct_credits"),
    path("elements/<uuid:element_id>/credits.<str:form>", credit_views.element_file, name="element_credits_file"),
    path("credits/", credit_views.search, name="credits"),
    path("credits/corrections/<uuid:proposal_id>/", credit_views.answer, name="answer_credit_correction"),
    path("creators/<uuid:party_id>/credits.<str:form>", credit_views.person_file, name="creator_credits_file"),
    path("creators/<uuid:party_id>/", views.creator, name="creator"),
    path("upload/", seller_views.upload, name="upload"),
    path("elements/pick/", pick_views.pick, name="pick_elements"),
    path("elements/", seller_views.my_elements, name="my_elements"),
    path("splits/", split_views.split_list, name="splits"),
    path("elements/<uuid:element_id>/splits/", split_views.element_split, name="element_splits"),
    path("splits/<uuid:proposal_id>/withdraw/", split_views.withdraw_split, name="withdraw_split"),
    path("escrow/", split_views.escrow, name="escrow"),
    path("splits/<uuid:proposal_id>/", split_views.answer_split, name="answer_split"),
    path("listings/<uuid:listing_id>/withdraw/", seller_views.withdraw, name="withdraw"),
    path("tuner/", views.tuner, name="tuner"),
    path("how-it-works/", views.how_it_works, name="how_it_works"),
]

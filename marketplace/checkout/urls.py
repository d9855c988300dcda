"""Addresses of the till."""

from django.urls import path

from marketplace.checkout import views, webhooks

urlpatterns = [
    path("cart/", views.show_cart, name="cart"),
    path("cart/add/<uuid:listing_id>/", views.add_to_cart, name="add_to_cart"),
    path("cart/remove/<uuid:listing_id>/", views.remove_from_cart, name="remove_from_cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("free/<uuid:listing_id>/", views.claim_free, name="claim_free"),
    path("cart/packs/<uuid:pack_id>/add/", views.add_pack_to_cart, name="add_pack_to_cart"),
    path("cart/packs/<uuid:pack_id>/remove/", views.remove_pack_from_cart, name="remove_pack_from_cart"),
    path("orders/", views.orders, name="orders"),
    path("orders/<uuid:order_id>/", views.order, name="order"),
    path("orders/<uuid:order_id>/return/", views.returned, name="order_returned"),
    path("orders/<uuid:order_id>/cancelled/", views.cancelled, name="order_cancelled"),
    path("orders/<uuid:order_id>/resume/", views.resume, name="order_resume"),
    path("orders/<uuid:order_id>/cancel/", views.cancel, name="order_cancel"),
    path("orders/<uuid:order_id>/refund/", views.refund, name="order_refund"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("library/", views.library, name="library"),
]

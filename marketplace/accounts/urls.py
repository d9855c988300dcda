"""Addresses of accounts."""

from django.urls import path

from marketplace.accounts import views

urlpatterns = [
    path("sign-up/", views.sign_up, name="sign_up"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password_reset, name="password_reset"),
    path("password/sent/", views.password_reset_sent, name="password_reset_done"),
    path("password/<uidb64>/<token>/", views.password_reset_confirm, name="password_reset_confirm"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password_change, name="password_change"),
    path("account/creator/", views.become_creator, name="become_creator"),
    path("account/payouts/", views.connect_payouts, name="connect_payouts"),
    path("account/payouts/returned/", views.payouts_returned, name="payouts_returned"),
    path("mail/", views.outgoing_mail, name="mail"),
    path("mail/<str:name>/", views.outgoing_mail, name="letter"),
]

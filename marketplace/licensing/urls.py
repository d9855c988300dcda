"""Addresses of certificates, terms and proofs."""

from django.urls import path

from marketplace.licensing import views

urlpatterns = [
    path("certificates/<uuid:licence_id>/", views.certificate, name="certificate"),
    path("certificates/<uuid:licence_id>/code.svg", views.certificate_code, name="certificate_code"),
    path("receipts/<uuid:event_id>.tlog-proof", views.receipt, name="receipt"),
    path("verify/", views.verify, name="verify"),
    path("terms/<str:terms_hash>/", views.terms_text, name="terms"),
    path("licences/<str:kind>/", views.terms_of, name="licence_kind"),
]

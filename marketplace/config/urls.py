"""Every address of the site: each app lists its own."""

from __future__ import annotations

from django.urls import include, path

from marketplace.config.health import healthz

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("log/", include("ledger.urls")),
    path("", include("marketplace.accounts.urls")),
    path("", include("marketplace.catalogue.urls")),
    path("", include("marketplace.workbench.urls")),
    path("", include("marketplace.create.urls")),
    path("", include("marketplace.packs.urls")),
    path("", include("marketplace.checkout.urls")),
    path("", include("marketplace.licensing.urls")),
    path("", include("marketplace.credentials.urls")),
    path("", include("marketplace.subscriptions.urls")),
    path("", include("marketplace.config.production_doors")),
    path("", include("marketplace.labels.urls")),
    path("", include("marketplace.reports.urls")),
    path("", include("marketplace.dashboards.urls")),
    path("design/", include("marketplace.dashboards.design_urls")),
]

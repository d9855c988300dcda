"""Doors for creators: upload, one's own elements, taking offers off sale."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import pages, selectors, services
from marketplace.catalogue.errors import CatalogueError
from marketplace.catalogue.models import Listing
from production import limits
from production import selectors as production


@require_safe
@requires("element.upload")
def upload(request: HttpRequest) -> HttpResponse:
    """Drop files; the page shows what became of each."""
    user = signed_in(request)
    jobs = pages.jobs_of(user.party_id, "production.import_upload", 20)
    names = production.upload_names(job.job_id for job in jobs)
    context = {
        "bytes_max": limits.UPLOAD_BYTES_MAX,
        "open_uploads": production.open_uploads(user.party_id),
        "jobs": [(job, names.get(job.job_id, "")) for job in jobs],
    }
    return render(request, "catalogue/upload.html", context)


@require_safe
@requires("element.upload")
def my_elements(request: HttpRequest) -> HttpResponse:
    """Everything one made, and where it stands."""
    user = signed_in(request)
    elements = production.my_elements(user.party_id)
    rows = selectors.rows_for([element.id for element in elements])
    offers = selectors.offers_of([element.id for element in elements])
    listed = [(element, rows.get(element.id), offers.get(element.id, ())) for element in elements]
    return render(request, "catalogue/my_elements.html", {"elements": listed})


@require_POST
@requires("element.publish")
def withdraw(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Take an offer off sale."""
    listing = Listing.objects.filter(pk=listing_id).first()
    if listing is None:
        raise Http404
    try:
        services.withdraw(listing_id=listing_id, actor_id=signed_in(request).party_id)
    except CatalogueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Off sale. Licences sold before stay in force."))
    return redirect("element", element_id=listing.entry_id)

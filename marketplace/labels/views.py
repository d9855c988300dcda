"""Doors to a label's papers: what was agreed, what was paid in advance, and the label's own part of every run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from ledger.services import contracts
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.labels import books, members, selectors
from marketplace.labels.access import Label, label_or_404, labels_for, need_write
from marketplace.labels.forms import PAPERS, GroupForm, MemberForm, Paper, TermsForm

BACK_TO = {
    "contract": "label",
    "group": "label_groups",
    "advance": "label_money",
    "cost": "label_money",
    "terms": "label_payees",
    "condition": "label_conditions",
}
"""Kind of paper -> the page that lists it."""


def _page(request: HttpRequest, template: str, label: Label, **context: Any) -> HttpResponse:
    shown = {"label": label, "labels": labels_for(signed_in(request)), **context}
    return render(request, f"labels/{template}.html", shown)


@require_safe
@requires("label.read")
def label_list(request: HttpRequest) -> HttpResponse:
    """The labels one may open; the only one opens at once."""
    found = labels_for(signed_in(request))
    if len(found) == 1:
        return redirect("label", label_id=found[0].label_id)
    return render(request, "labels/labels.html", {"labels": found})


@require_safe
@requires("label.read")
def label(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """Contracts: with whom, of what, at what share, and how far the steps are."""
    found = label_or_404(request, label_id)
    return _page(request, "contracts", found, rows=selectors.contract_rows(found), may_sign=found.may_write("contract"))


@require_safe
@requires("label.read")
def label_groups(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """Catalogue groups."""
    found = label_or_404(request, label_id)
    return _page(request, "groups", found, rows=selectors.group_rows(found))


@require_safe
@requires("label.read")
def label_money(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """Advances and costs, and what of them is not repaid yet."""
    found = label_or_404(request, label_id)
    return _page(request, "money", found, **selectors.money_rows(found))


@require_safe
@requires("label.read")
def label_payees(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """Artists: how they are paid, and what they have to repay."""
    found = label_or_404(request, label_id)
    return _page(request, "payees", found, rows=selectors.payee_rows(found), may_set=found.may_write("terms"))


@require_safe
@requires("label.read")
def label_payee(request: HttpRequest, label_id: UUID, party_id: UUID) -> HttpResponse:
    """One artist's running balance: all of it for platform staff, the label's business for its own people."""
    found = label_or_404(request, label_id)
    if party_id not in selectors.artist_ids(found):
        raise Http404
    shown = books.full_books(party_id) if found.staff else books.label_books(found, party_id)
    rows = [row for row in selectors.contract_rows(found) if row.contract.party_id == party_id]
    terms = ledger.payee_terms([party_id]) if found.staff else []
    return _page(
        request, "payee", found, name=ledger.names_of([party_id])[party_id], books=shown, rows=rows, terms=terms
    )


@require_safe
@requires("label.read")
def label_conditions(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """Payment conditions that stand."""
    found = label_or_404(request, label_id)
    return _page(request, "conditions", found, rows=selectors.condition_rows(found))


@require_safe
@requires("label.read")
def label_runs(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """The label's own part of every run."""
    found = label_or_404(request, label_id)
    parts = books.parts_by_element(found)
    names = selectors.titles([element_id for _currency, element_id in parts])
    by_element = sorted(
        ((names[element_id], currency, amount) for (currency, element_id), amount in parts.items()),
        key=lambda one: (one[1], -one[2]),
    )
    return _page(request, "runs", found, rows=books.run_rows(found), by_element=by_element)


# ---------------------------------------------------------------------------------------------------------- writing
@require_http_methods(["GET", "HEAD", "POST"])
@requires("label.read")
def label_new(request: HttpRequest, label_id: UUID, what: str) -> HttpResponse:
    """A new paper of one kind."""
    found = label_or_404(request, label_id)
    if what not in PAPERS:
        raise Http404
    need_write(found, what)
    if what == "terms":
        return _terms(request, found)
    form = PAPERS[what](*_sent(request), label=found)
    return _write(request, found, form, BACK_TO[what])


def _terms(request: HttpRequest, found: Label) -> HttpResponse:
    """How one artist is paid: the form opens with what holds now, so that a change of one rate leaves the others."""
    try:
        party_id = UUID((request.POST or request.GET).get("party", ""))
    except ValueError:
        return redirect("label_payees", label_id=found.label_id)
    if party_id not in selectors.artist_ids(found):
        raise Http404
    form = TermsForm(*_sent(request), label=found, party_id=party_id)
    return _write(request, found, form, BACK_TO["terms"])


@require_http_methods(["GET", "HEAD", "POST"])
@requires("label.read")
def label_group(request: HttpRequest, label_id: UUID, group_id: UUID) -> HttpResponse:
    """What is in a group, from now on."""
    found = label_or_404(request, label_id)
    group = ledger.catalogue_group(group_id)
    if group is None or group.label_id != label_id:
        raise Http404
    initial = {"elements": [str(one) for one in group.element_ids]}
    form = GroupForm(*_sent(request), label=found, group=group, initial=initial)
    form.title = group.name
    return _write(request, found, form, "label_groups")


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    """What binds a form: nothing on a visit; an empty POST is sent, too."""
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _write(request: HttpRequest, found: Label, form: Paper, back: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and form.write(actor_id=signed_in(request).party_id):
        messages.success(request, _("Written to the ledger."))
        return redirect(back, label_id=found.label_id)
    status = 422 if request.method == "POST" else 200
    shown = {"label": found, "labels": labels_for(signed_in(request)), "form": form, "back": back}
    return render(request, "labels/paper.html", shown, status=status)


@require_POST
@requires("label.read")
def end_contract(request: HttpRequest, label_id: UUID, contract_id: UUID) -> HttpResponse:
    """A contract is over for later sales."""
    found = label_or_404(request, label_id)
    need_write(found, "contract")
    contract = ledger.contract(contract_id)
    if contract is None or contract.label_id != label_id:
        raise Http404
    contracts.end_contract(contract_id=contract_id, actor_id=signed_in(request).party_id)
    messages.success(request, _("The contract is over: later sales are not shared by it."))
    return redirect("label", label_id=label_id)


@require_POST
@requires("label.read")
def lift_condition(request: HttpRequest, label_id: UUID, condition_id: UUID) -> HttpResponse:
    """A condition stands no more."""
    found = label_or_404(request, label_id)
    condition = ledger.payment_condition(condition_id)
    if condition is None or condition.label_id != found.label_id:
        raise Http404
    contracts.lift_condition(condition_id=condition_id, actor_id=signed_in(request).party_id)
    messages.success(request, _("Lifted: the next run pays without it."))
    return redirect("label_conditions", label_id=label_id)


# ---------------------------------------------------------------------------------------------------------- members
@require_http_methods(["GET", "HEAD", "POST"])
@requires("label.members")
def label_members(request: HttpRequest) -> HttpResponse:
    """Who works for which label: operators open labels and add people."""
    labels = labels_for(signed_in(request))
    form = MemberForm(*_sent(request), labels=labels)
    if request.method == "POST" and form.is_valid():
        problem = members.add_from(form.cleaned_data, actor_id=signed_in(request).party_id)
        if not problem:
            messages.success(request, _("Added. They find their label in the menu."))
            return redirect("label_members")
        form.add_error("email", problem)
    status = 422 if request.method == "POST" else 200
    return render(request, "labels/members.html", {"form": form, "rows": members.rows()}, status=status)


@require_POST
@requires("label.members")
def remove_member(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Somebody works for a label no more."""
    members.remove(membership_id=membership_id)
    messages.success(request, _("Removed."))
    return redirect("label_members")

"""Doors for label staff: reports from their upload to their booking, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.reports import booking, forms, late_money, matching, selectors, services
from marketplace.reports.errors import ReportError
from marketplace.reports.models import Report
from marketplace.reports.reading import limits
from marketplace.reports.reading.template import FIELDS


def _report(report_id: UUID) -> Report:
    found = selectors.report(report_id)
    if found is None:
        raise Http404
    return found


def _tried(request: HttpRequest, verb: Callable[[], Any], done: str = "") -> bool:
    """Do it; a refusal is told in its own words."""
    try:
        verb()
    except (ReportError, LedgerError) as error:
        messages.error(request, str(error))
        return False
    if done:
        messages.success(request, done)
    return True


def _at(report_id: UUID, step: str = "") -> HttpResponse:
    return redirect(reverse("report", args=[report_id]) + (f"?step={step}" if step else ""))


# ---------------------------------------------------------------------------------------------------------- list
@require_http_methods(["GET", "HEAD", "POST"])
@requires("report.import")
def report_list(request: HttpRequest) -> HttpResponse:
    """Every report, and the way in for a new one."""
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["file"].size > limits.FILE_BYTES_MAX:
            form.add_error("file", _("A report’s file has at most 50 MiB. Split it."))
        elif found := _uploaded(request, form):
            return _at(found)
    context = {
        "form": form,
        "reports": selectors.reports(),
        "sources": selectors.sources(),
        "waiting": selectors.waiting_by_source(),
    }
    return render(request, "reports/list.html", context, status=422 if form.errors else 200)


def _uploaded(request: HttpRequest, form: forms.UploadForm) -> UUID | None:
    data = form.cleaned_data
    try:
        return services.upload(
            source_name=data["source"],
            period=data["period"].strip().upper(),
            currency=data["currency"],
            control_total_minor=data["control_total_minor"],
            bank_date=data["bank_date"],
            file_name=data["file"].name,
            data=data["file"].read(),
            actor_id=signed_in(request).party_id,
        )
    except ReportError as error:
        form.add_error(None, str(error))
        return None


# --------------------------------------------------------------------------------------------------------- steps
@require_safe
@requires("report.import")
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report at the step where a person is needed, or at the step asked for."""
    found = _report(report_id)
    rail = selectors.rail(found)
    asked = request.GET.get("step", "")
    open_steps = {step.name for step in rail if step.can_open}
    here = asked if asked in open_steps else selectors.current_step(found)
    context = {"report": found, "rail": rail, "here": here, "control": selectors.control(found)}
    context["is_being_read"] = selectors.is_being_read(found)
    page = int(number) if (number := request.GET.get("page", "1")).isdigit() else 1
    match here:
        case "map":
            context |= _mapping(found)
        case "amounts" | "data":
            kind = "amount" if here == "amounts" else "data"
            context |= {"faults": selectors.faults(found, kind, page=page), "kind": kind}
        case "match":
            show = request.GET.get("show", "left")
            groups = selectors.groups(found, show=show, page=page)
            context |= {"show": show, "page": groups, "rows": selectors.with_titles(list(groups))}
        case "control":
            initial = {"currency": found.currency, "bank_date": found.bank_date.isoformat()}
            context["form"] = forms.MoneyForm(initial=initial)
        case "book":
            context |= {"record": _booked_record(found), "stores": selectors.stores(found)}
            context["late"] = late_money.questions(found) if found.state == found.State.READ else []
    context["totals"] = selectors.totals(found)
    return render(request, "reports/report.html", context)


def _mapping(found: Report) -> dict[str, Any]:
    template = selectors.template(found)
    columns = [
        {
            "name": name,
            "words": forms.FIELD_WORDS[name],
            "first": next(iter(template.columns.get(name, ())), ""),
            "second": next(iter(template.columns.get(name, ())[1:]), ""),
        }
        for name in FIELDS
    ]
    means = {column: forms.FIELD_WORDS[field] for field, names in template.columns.items() for column in names}
    return {
        "template": template,
        "columns": columns,
        "heads": [(column, means.get(column, "")) for column in found.header],
        "encodings": forms.ENCODING_WORDS.items(),
        "delimiters": [("tab" if mark == "\t" else mark, words, mark) for mark, words in forms.DELIMITER_WORDS.items()],
        "decimals": [".", ","],
        "thousands": forms.THOUSANDS_WORDS.items(),
        "dates": forms.DATE_WORDS.items(),
        "currencies": forms.currency_choices(),
        "faults": template.faults(found.header) if found.header else [],
    }


def _booked_record(found: Report) -> ledger.Record | None:
    booked = ledger.external_report(found.pk)
    return ledger.event_at(booked.changed_position) if booked else None


@require_POST
@requires("report.import")
def map_columns(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Look again with another way of reading, or read the whole file."""
    template = forms.template_from(request.POST, selectors.template(_report(report_id)))
    if "look" in request.POST:
        _tried(request, lambda: services.look_again(report_id=report_id, template=template))
    else:
        actor = signed_in(request).party_id
        _tried(request, lambda: services.map_columns(report_id=report_id, template=template, actor_id=actor))
    return _at(report_id, "map" if "look" in request.POST else "")


@require_POST
@requires("report.import")
def replace_file(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """A corrected file."""
    _report(report_id)
    file, actor = request.FILES.get("file"), signed_in(request).party_id
    if file is None or file.size is None or file.size > limits.FILE_BYTES_MAX:
        messages.error(request, _("Choose a file of at most 50 MiB."))
        return _at(report_id)
    name, data = file.name or "", file.read()
    _tried(
        request,
        lambda: services.replace_file(report_id=report_id, file_name=name, data=data, actor_id=actor),
        _("The corrected file is in place of the first."),
    )
    return _at(report_id)


@require_POST
@requires("report.import")
def accept_errors(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Let the data errors stand."""
    _report(report_id)
    _tried(request, lambda: services.accept_errors(report_id=report_id))
    return _at(report_id)


@require_POST
@requires("report.import")
def decide(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep the decisions of a page of the review."""
    _report(report_id)
    decisions: dict[UUID, UUID | None] = {}
    for name, choice in request.POST.items():
        try:
            group_id = UUID(name.removeprefix("group_")) if name.startswith("group_") else None
        except ValueError:
            continue
        if group_id is None or not choice:
            continue
        typed = request.POST.get(f"other_{group_id}", "").strip()
        try:
            if choice == "wait":
                decisions[group_id] = None
            elif choice != "other" or typed:
                decisions[group_id] = matching.element_from(typed if choice == "other" else str(choice))
        except ReportError as error:
            messages.error(request, str(error))
    actor = signed_in(request).party_id
    _tried(request, lambda: booking.decide(report_id=report_id, decisions=decisions, actor_id=actor), _("Kept."))
    return _at(report_id, "match" if request.POST.get("stay") else "")


@require_POST
@requires("report.import")
def control(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Say why lines and bank differ, or correct what the bank received."""
    _report(report_id)
    if "reason" in request.POST:
        reason, note = request.POST["reason"], request.POST.get("note", "")
        _tried(request, lambda: booking.explain_difference(report_id=report_id, reason=reason, note=note))
        return _at(report_id)
    form = forms.MoneyForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(words) for errors in form.errors.values() for words in errors))
        return _at(report_id, "control")
    data = {name: form.cleaned_data[name] for name in ("currency", "control_total_minor", "bank_date")}
    _tried(request, lambda: services.correct_control(report_id=report_id, **data))
    return _at(report_id)


@require_POST
@requires("report.import")
def book(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Write it into the ledger."""
    _report(report_id)
    actor = signed_in(request).party_id
    words = _("Booked. What is matched is in the next settlement run; the rest waits.")
    _tried(request, lambda: booking.book(report_id=report_id, actor_id=actor, said=_said(request)), words)
    return _at(report_id)


def _said(request: HttpRequest) -> dict[UUID, str]:
    """Group -> the late revenue that its money was said to be, or nothing."""
    names = [name.removeprefix("late_") for name in request.POST if name.startswith("late_")]
    return {UUID(one): request.POST[f"late_{one}"] for one in names if _is_id(one)}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_POST
@requires("report.import")
def take_back(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Reverse a report booked by mistake."""
    _report(report_id)
    actor, reason = signed_in(request).party_id, request.POST.get("reason", "")[:2000]
    words = _("Taken back: every line has its mirror in the next settlement run.")
    _tried(request, lambda: booking.reverse(report_id=report_id, reason=reason, actor_id=actor), words)
    return _at(report_id)


@require_POST
@requires("report.import")
def discard(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Set a report aside before it is booked."""
    _report(report_id)
    if _tried(request, lambda: services.discard(report_id=report_id), _("Set aside.")):
        return redirect("reports")
    return _at(report_id)

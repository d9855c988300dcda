"""What the pages of plans say with figures of today in it."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from marketplace.subscriptions.plans import Plan
from marketplace.templatetags.ledgerline import money

register = template.Library()


@register.simple_tag
def trial_words(plan: Plan, today: dt.datetime) -> SafeString:
    """When a trial that begins today would be charged for the first time, and how much."""
    days = plan.trial.days if plan.trial else 0
    words = _("Begun today, the first charge is {price} on {day}; cancel before it and you pay nothing.")
    day = date_format(today + dt.timedelta(days=days), "DATE_FORMAT")
    return format_html(words, price=money(plan.price_minor, plan.currency), day=day)

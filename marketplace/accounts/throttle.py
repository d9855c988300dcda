"""Rate limits for ordinary views: so many requests an hour from one address or one account."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = TypeVar("View", bound=Callable[..., Any])


def throttled(
    name: str, *, per_hour: int, methods: tuple[str, ...] = ("POST",), field: str = ""
) -> Callable[[View], View]:
    """Answer 429 with a plain page after `per_hour` requests in the current hour (`field`: with the same value in it).

    The counter lives in the cache; when the cache is away the view stays open: a limit is no reason to be down.
    """

    def limit(view: View) -> View:
        @functools.wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in methods and _count(name, request, field) > per_hour:
                response: HttpResponse = render(request, "errors/429.html", status=429)
                response["Retry-After"] = str(3600 - int(time.time()) % 3600)
                return response
            return view(request, *args, **kwargs)

        return limited  # type: ignore[return-value]

    return limit


def _count(name: str, request: HttpRequest, field: str) -> int:
    who = str(request.user.pk) if request.user.is_authenticated else request.META.get("REMOTE_ADDR", "")
    if field:
        who += ":" + hashlib.sha256(request.POST.get(field, "").strip().casefold().encode()).hexdigest()
    key = f"throttle:{name}:{who}:{int(time.time()) // 3600}"
    try:
        cache.add(key, 0, timeout=3600)
        return int(cache.incr(key))
    except (ConnectionError, OSError, ValueError):
        return 0
    except Exception as error:  # the cache client's own errors share no base with ours
        if type(error).__module__.startswith(("redis", "valkey")):
            return 0
        raise

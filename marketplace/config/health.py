"""Whether the site can work now, for whoever watches it."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

QUEUE_TIMEOUT_S = 1.0


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 if database and queue answer, else 503; the body says which."""
    found = {"database": _database_answers(), "queue": _queue_answers()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Error:
        connection.close()  # so that the next question opens a new one instead of trusting this
        return False


def _queue_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=QUEUE_TIMEOUT_S) as queue:
            return bool(queue.ping())
    except redis.RedisError:
        return False

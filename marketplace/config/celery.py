"""The Celery application: who runs the jobs that the database holds, and what runs by the clock.

The database is the outbox. A message that the queue loses is put there again by `ledger.relay`, so nothing here has to
be kept: results are ignored, the queue may be emptied, a worker may be killed at any moment.
"""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")


def _every(task: str, schedule: float | crontab) -> dict[str, Any]:
    """A line of the schedule. What piled up while no worker ran is worth one run, not a hundred: it expires."""
    return {
        "task": task,
        "schedule": schedule,
        "options": {"expires": 5 * schedule} if isinstance(schedule, float) else {},
    }


app = Celery("ledgerline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    # The queue may go away for as long as it likes: whoever needs it tries until it is back.
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Messages of a killed worker come back by the relay within a minute; this is the queue's own, slower, net.
    broker_transport_options={"visibility_timeout": 3600, "socket_keepalive": True, "health_check_interval": 10},
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_schedule={
        "ledger.relay": _every("ledger.relay", 1.0),
        "ledger.checkpoint": _every("ledger.checkpoint", 1.0),
        "production.sweep": _every("production.sweep", crontab(minute="20")),
        "production.index_notes": _every("production.index_notes", 60.0),
        "marketplace.follow_ledger": _every("marketplace.follow_ledger", 2.0),
        "marketplace.look_after_orders": _every("marketplace.look_after_orders", 60.0),
        "marketplace.publish_statements": _every("marketplace.publish_statements", 5.0),
        "marketplace.look_after_escrow": _every("marketplace.look_after_escrow", crontab(hour="0", minute="40")),
        "marketplace.remind_of_trials": _every("marketplace.remind_of_trials", crontab(minute="50")),
        "marketplace.expire_credits": _every("marketplace.expire_credits", crontab(hour="0", minute="10")),
    },
)
app.autodiscover_tasks()

# Who starts the whole site as root has decided so; twelve lines of it at each start help nobody.
warnings.filterwarnings("ignore", category=SecurityWarning)


class _OnlyNews(logging.Filter):
    """Drops the worker's lines about what runs by the clock: four a second, all alike. Their failures are not INFO."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is news."""
        data = getattr(record, "data", None)
        is_clockwork = isinstance(data, dict) and data.get("name") in app.conf.beat_schedule
        return not (is_clockwork and record.levelno <= logging.INFO)


for speaker in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(speaker).addFilter(_OnlyNews())
# Each statement on paper cuts its own type, and fontTools tells every table of it.
logging.getLogger("fontTools").setLevel(logging.WARNING)

"""The Celery application: who runs the jobs that the database holds, and what runs by the clock.

The database is the outbox. A message that the queue loses is put there again by `ledger.relay`, so nothing here has to
be kept: results are ignored, the queue may be emptied, a worker may be killed at any moment.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")

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
        "ledger.relay": {"task": "ledger.relay", "schedule": 1.0, "options": {"expires": 5}},
        "ledger.checkpoint": {"task": "ledger.checkpoint", "schedule": 1.0, "options": {"expires": 5}},
        "marketplace.follow_ledger": {"task": "marketplace.follow_ledger", "schedule": 2.0, "options": {"expires": 10}},
        "marketplace.look_after_orders": {
            "task": "marketplace.look_after_orders",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "marketplace.expire_credits": {
            "task": "marketplace.expire_credits",
            "schedule": crontab(hour="0", minute="10"),
        },
    },
)
app.autodiscover_tasks()

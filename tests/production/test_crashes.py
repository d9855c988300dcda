"""A worker that is killed in the middle: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from ledger import selectors as ledger
from production import tasks
from production.models import Element, Upload, Version
from production.services import uploads
from production.stores import content
from tests.production import music
from tests.production.conftest import begin_and_send

WORKER = """
import sys, time
from uuid import UUID
import django
django.setup()
from production.services import elements, imports

def stop_here(*arguments, **named):
    print("here", flush=True)
    time.sleep(60)

setattr(sys.modules["production.services." + sys.argv[2]], sys.argv[3], stop_here)
imports.run(UUID(sys.argv[1]))
"""


def worker_environment() -> dict[str, str]:
    """The same database and folders, as another process of the site sees them."""
    base = os.environ["DATABASE_URL"]
    address, _, query = base.partition("?")
    named = f"{address.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}"
    return os.environ | {
        "DATABASE_URL": f"{named}?{query}" if query else named,
        "LEDGERLINE_VAR": str(settings.VAR_DIR),
        "DJANGO_SETTINGS_MODULE": "marketplace.config.settings",
        "SECRET_KEY": "for tests only",
    }


def kill_worker_at(job_id: str, module: str, name: str) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, job_id, module, name],
        cwd=settings.BASE_DIR,
        env=worker_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert any(line.strip() == "here" for line in iter(worker.stdout.readline, ""))
    worker.kill()
    worker.wait()
    worker.stdout.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("module", "name", "blobs"), [("imports", "run_apart", 0), ("elements", "append", 3)])
def test_a_killed_import_is_run_again_once_and_whole(ana, client_of, module, name, blobs, in_process):
    data = music.midi()
    job_id = begin_and_send(client_of(ana), data)

    kill_worker_at(job_id, module, name)

    assert ledger.job(UUID(job_id)).state == "requested"
    assert (Element.objects.count(), Version.objects.count()) == (0, 0)
    assert sum(1 for _ in content.every_hash()) == blobs  # at most orphans, never a row without its bytes
    deadline = time.monotonic() + 20
    while ledger.job(UUID(job_id)).state == "requested" and time.monotonic() < deadline:
        tasks.import_upload(job_id)  # as the relay does; refused until the dead worker's locks are gone
        time.sleep(0.1)
    tasks.import_upload(job_id)

    kinds = [record.event.kind for record in ledger.newest_events(limit=50)]
    assert ledger.job(UUID(job_id)).state == "finished"
    assert (Element.objects.count(), kinds.count("element.created.v1"), kinds.count("job.finished.v1")) == (1, 1, 1)
    assert content.get(Version.objects.get().content_hash, verify=True) == data
    assert not uploads.part_path(Upload.objects.get().id).exists()

"""What content credentials say of recordings that a model mixed or mastered: people played them."""

from __future__ import annotations

from uuid import UUID

import pytest

from production.models import Mark
from production.services import generation
from production.stores import content
from tests.helpers import made_music
from tests.production.test_credentials import actions_of, manifest_of, mark, types_of
from tests.production.test_sounds import ask, band, flac

__all__ = ["ask", "band"]
pytestmark = pytest.mark.django_db


def manifest(element_id: UUID, work_off) -> dict:
    version = mark(element_id, work_off)
    found, state = manifest_of(content.get(Mark.objects.get(version=version, form="original").kept_hash))
    assert state == "Trusted"
    return found


def test_a_master_of_what_people_played_opens_it_and_is_a_composite(ana, band, ask, work_off):
    job = ask(ana, "mastering", sounds=[str(band)])
    made = generation.keep(job_id=UUID(job["id"]), variant=0, title="Loud", actor_id=ana.party_id)

    said = manifest(made.element_id, work_off)

    assert types_of(said) == ["compositeWithTrainedAlgorithmicMedia"]
    assert [one["action"] for one in actions_of(said)] == ["c2pa.opened", "c2pa.edited"]
    assert actions_of(said)[1]["softwareAgent"]["name"] == "mastering-target-1"
    assert [one["relationship"] for one in said["ingredients"]] == ["parentOf"]


def test_a_mix_puts_what_people_played_together(ana, band, ask, upload, work_off, in_process):
    other = upload(ana, flac(made_music.band(3.0)[:, ::-1]), "other.flac")["result"]["element_id"]
    job = ask(ana, "mixing", sounds=[str(band), other])
    made = generation.keep(job_id=UUID(job["id"]), variant=0, title="Both", actor_id=ana.party_id)

    said = manifest(made.element_id, work_off)

    assert types_of(said) == ["compositeWithTrainedAlgorithmicMedia"]
    assert [one["action"] for one in actions_of(said)] == ["c2pa.created", "c2pa.placed"]
    assert [one["relationship"] for one in said["ingredients"]] == ["componentOf", "componentOf"]

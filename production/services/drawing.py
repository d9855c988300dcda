"""Keeps every proposal the moment it comes: first what it is, then what is heard of it, at last what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from production import progress
from production.models import Proposal
from production.parsing.report import Examined
from production.parsing.telling import Part
from production.services import asking, locks, modelling, pictures, sweeping
from production.services.asking import Asked
from production.services.sounds import Input
from production.services.working import Work
from production.stores import content

LIKENESS_KEPT_MAX = 12


@dataclass(slots=True)
class Drawing:
    """What all proposals of one job share; of notes or of sound, as `kept` and `heard` of the subclasses know it."""

    work: Work
    asked: Asked
    call: Mapping[str, Any] | None = None

    @property
    def named(self) -> dict[str, str]:
        """The model that drew, as the job's result says it."""
        return {name: self.call[name] for name in ("model", "weights_hash")} if self.call else {}

    def take(self, part: Part) -> None:
        """One part of the child's answer."""
        with sweeping.kept_or_swept() as hashes, transaction.atomic():
            locks.hold_store_shared()
            if "call" in part.values:
                self._keep(part, hashes)
            else:
                self._add(part, hashes)
        place = int(part.values["variant"]) + 1
        progress.tell(self.work.job_id, 0.03 + 0.88 * place / (self.asked.count + 1), f"Proposal {place} is here")

    def _keep(self, part: Part, hashes: list[str]) -> None:
        said = part.values
        if self.call is None:
            self.call = said["call"]
            modelling.register(self.work.actor_id, self.call)
        kept = self._blobs(part)
        hashes.extend(kept.values())
        Proposal.objects.update_or_create(
            job_id=self.work.job_id,
            variant=said["variant"],
            defaults={
                "owner_id": self.work.actor_id,
                "capability": self.asked.capability,
                "input_id": self.work.arguments.get("element_id"),
                "model": self.call["model"],
                "weights_hash": self.call["weights_hash"],
                "seed": self.asked.seed,
                "parameters": self.asked.parameters(),
                "runtime": self.call["runtime"],
                "remarks": said["remarks"],
                **self._further(part),
                **kept,
            },
        )

    def _add(self, part: Part, hashes: list[str]) -> None:
        proposal = Proposal.objects.get(job_id=self.work.job_id, variant=part.values["variant"])
        changed = self._learn(proposal, part, hashes)
        proposal.save(update_fields=changed)

    def _blobs(self, part: Part) -> dict[str, str]:
        """The files of a new proposal, by the fields that hold their hashes."""
        raise NotImplementedError

    def _further(self, part: Part) -> dict[str, Any]:
        """Its other fields."""
        raise NotImplementedError

    def _learn(self, proposal: Proposal, part: Part, hashes: list[str]) -> list[str]:
        """Put what is new into the row; the names of its fields that changed."""
        raise NotImplementedError


@dataclass(slots=True)
class NotesDrawing(Drawing):
    """Notes, then their sound."""

    def _blobs(self, part: Part) -> dict[str, str]:
        examined = Examined.from_json(part.values["examined"])
        return {
            "content_hash": content.put(part.files[f"{part.values['variant']}.mid"]),
            "roll_hash": content.put(pictures.drawn(examined)["roll"][0]),
        }

    def _further(self, part: Part) -> dict[str, Any]:
        said = part.values
        return {
            "input_hash": self.work.arguments.get("input_hash") or asking.digest(self.asked.given),
            "examined": Examined.from_json(said["examined"]).as_json(),
            "chords": said["chords"],
        }

    def _learn(self, proposal: Proposal, part: Part, hashes: list[str]) -> list[str]:
        proposal.preview_hash = content.put(part.files[f"{proposal.variant}.ogg"])
        hashes.append(proposal.preview_hash)
        proposal.likeness = _likeness(proposal)
        return ["preview_hash", "likeness"]


@dataclass(slots=True)
class SoundDrawing(Drawing):
    """A sound with its setting and what is drawn of it, then what is heard, at last what is found in it."""

    inputs: list[Input] = field(default_factory=list)
    before_hash: str = ""

    def _blobs(self, part: Part) -> dict[str, str]:
        variant = part.values["variant"]
        return {
            "content_hash": content.put(part.files[f"{variant}.flac"]),
            "setting_hash": content.put(part.files[f"{variant}.json"]),
        }

    def _further(self, part: Part) -> dict[str, Any]:
        base = dict(self.work.arguments.get("base") or {})
        return {
            "input_hash": self.inputs[0].content_hash,
            "inputs": [one.as_json() for one in self.inputs],
            "sound": part.values["sound"],
            "parameters": self.asked.parameters() | ({"base": base} if base else {}),
            "base_hash": base.get("setting_hash", ""),
            "page_id": base.get("page_id"),
        }

    def _learn(self, proposal: Proposal, part: Part, hashes: list[str]) -> list[str]:
        if "examined" in part.values:
            proposal.examined = Examined.from_json(part.values["examined"]).as_json()
            return ["examined"]
        if "before.ogg" in part.files:
            self.before_hash = content.put(part.files["before.ogg"])
        proposal.preview_hash = content.put(part.files[f"{proposal.variant}.ogg"])
        proposal.before_hash = self.before_hash
        hashes.extend((proposal.preview_hash, proposal.before_hash))
        return ["preview_hash", "before_hash"]


def _likeness(proposal: Proposal) -> list[dict[str, Any]]:
    """Where its passages stand elsewhere; what it was made from is excused."""
    from production.selectors.likeness import likeness_of  # late: selectors import services

    examined = Examined.from_json(proposal.examined)
    found = likeness_of(
        examined.roll or {"notes": []},
        motifs=examined.motifs,
        tempo_bpm=examined.facts.get("tempo_bpm"),
        creator_id=proposal.owner_id,
        declared=[proposal.input_id] if proposal.input_id else [],
    )
    return [
        {**asdict(one), "element_id": str(one.element_id) if one.element_id else None}
        for one in found[:LIKENESS_KEPT_MAX]
    ]

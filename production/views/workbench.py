"""The doors of the workbench for scripts: audition a section, ask how it went, apply, keep notes under review."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from production import selectors
from production.errors import BadParameterError
from production.services import auditions, drafts, processing
from production.views.api import Door, as_object
from production.views.people import party_of
from production.views.throttles import AuditionThrottle, BeginThrottle, ReadThrottle


class Auditions(Door):
    """`POST /api/elements/<id>/auditions/` {process, parameters?, start_s, seconds, version?} -> {audition_id}."""

    throttle_classes: ClassVar = [AuditionThrottle]

    def post(self, request: Request, element_id: UUID) -> Response:
        """Hear a section before and after."""
        values = as_object(request)
        audition_id = auditions.begin(
            element_id=element_id,
            process=str(values.get("process") or ""),
            parameters=_parameters(values),
            start_s=_seconds(values, "start_s"),
            seconds=_seconds(values, "seconds"),
            actor_id=party_of(request.user),
            number=_number(values),
        )
        return Response({"audition_id": str(audition_id)}, status=202)


class OneAudition(Door):
    """`GET /api/auditions/<id>/`: open, refused with words, or done with addresses of sounds and what to draw."""

    def get(self, request: Request, audition_id: UUID) -> Response:
        """How it went."""
        answer = Response(selectors.audition(audition_id, party_of(request.user)).as_json())
        answer["Cache-Control"] = "no-store"
        return answer


class Apply(Door):
    """`POST /api/elements/<id>/process/` {process, parameters?, token?, version?} -> {job_id}."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, element_id: UUID) -> Response:
        """Apply a process to the whole."""
        values = as_object(request)
        job_id = processing.request(
            element_id=element_id,
            process=str(values.get("process") or ""),
            parameters=_parameters(values),
            actor_id=party_of(request.user),
            token=str(values.get("token") or "")[:200],
            number=_number(values),
        )
        return Response({"job_id": str(job_id)}, status=202)


class OneDraft(Door):
    """`/api/drafts/<id>/`: notes under review; `PUT` {revision, notes} saves them -> {revision}."""

    throttle_classes: ClassVar = [ReadThrottle]

    def get(self, request: Request, draft_id: UUID) -> Response:
        """What was heard, and the notes as they stand."""
        draft = selectors.draft(draft_id, party_of(request.user))
        names = ("texture", "seconds", "tempo_bpm", "beats_s", "key", "chords", "notes", "bends")
        heard = {name: draft.heard.get(name) for name in names}
        answer = Response({"revision": draft.revision, "notes": draft.notes, "heard": heard})
        answer["Cache-Control"] = "no-store"
        return answer

    def put(self, request: Request, draft_id: UUID) -> Response:
        """Every change is saved as it happens."""
        values = as_object(request)
        revision = values.get("revision")
        if isinstance(revision, bool) or not isinstance(revision, int):
            raise BadParameterError("A draft is saved over the revision that was read.")
        after = drafts.save(
            draft_id=draft_id, revision=revision, notes=values.get("notes"), owner_id=party_of(request.user)
        )
        return Response({"revision": after})


class KeepNotes(Door):
    """`POST /api/drafts/<id>/keep/` {title?, quantised?} -> {job_id}."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, draft_id: UUID) -> Response:
        """Keep the notes as MIDI, derived from the take."""
        values = as_object(request)
        job_id = drafts.keep(
            draft_id=draft_id,
            owner_id=party_of(request.user),
            title=str(values.get("title") or ""),
            is_quantised=values.get("quantised") is True,
        )
        return Response({"job_id": str(job_id)}, status=202)


class Curves(Door):
    """`POST /api/curves/` {plugins} -> what a page draws of a chain."""

    throttle_classes: ClassVar = [ReadThrottle]

    def post(self, request: Request) -> Response:
        """Gain over frequency, and level out for level in."""
        return Response(selectors.curves(as_object(request).get("plugins")))


class Setting(Door):
    """`GET /api/elements/<id>/setting/`: the plugins of a mix setting that the party may use, in today's form."""

    def get(self, request: Request, element_id: UUID) -> Response:
        """For the chain of the workbench."""
        return Response({"plugins": selectors.setting(element_id, party_of(request.user))})


def _parameters(values: dict[str, Any]) -> dict[str, Any]:
    found = values.get("parameters") or {}
    if not isinstance(found, dict):
        raise BadParameterError("Parameters are one JSON object.")
    return found


def _seconds(values: dict[str, Any], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadParameterError(f"{name} is a number of seconds.")
    return float(value)


def _number(values: dict[str, Any]) -> int | None:
    value = values.get("version")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadParameterError("A version is named by its number.")
    return value

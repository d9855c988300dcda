"""The doors of the workbench for scripts: try a section, ask how it went, apply, keep notes under review."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from production import selectors
from production.errors import BadParameterError
from production.services import processing, trials
from production.views.api import Door, as_object
from production.views.people import party_of
from production.views.throttles import BeginThrottle, TryThrottle


class Trials(Door):
    """`POST /api/elements/<id>/trials/` {process, parameters?, start_s, seconds, version?} -> {trial_id}."""

    throttle_classes: ClassVar = [TryThrottle]

    def post(self, request: Request, element_id: UUID) -> Response:
        """Hear a section before and after."""
        values = as_object(request)
        trial_id = trials.begin(
            element_id=element_id,
            process=str(values.get("process") or ""),
            parameters=_parameters(values),
            start_s=_seconds(values, "start_s"),
            seconds=_seconds(values, "seconds"),
            actor_id=party_of(request.user),
            number=_number(values),
        )
        return Response({"trial_id": str(trial_id)}, status=202)


class OneTrial(Door):
    """`GET /api/trials/<id>/`: open, refused with words, or done with addresses of sounds and what to draw."""

    def get(self, request: Request, trial_id: UUID) -> Response:
        """How it went."""
        answer = Response(selectors.trial(trial_id, party_of(request.user)).as_json())
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

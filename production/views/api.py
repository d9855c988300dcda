"""The upload and job protocol, after the semantics of the IETF's resumable uploads: PATCH with an offset."""

from __future__ import annotations

from typing import IO, Any, ClassVar
from uuid import UUID

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from production import limits, selectors
from production.errors import NotAnElementError, OffsetMismatchError, ProductionError, TooLargeError
from production.services import generation, jobs, uploads
from production.services.asking import Asked
from production.services.wishes import Wishes
from production.views.people import party_of
from production.views.throttles import BeginThrottle, ChunkThrottle, ReadThrottle


class ChunkParser(BaseParser):
    """A raw body, never more of it than one chunk may hold."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> bytes:
        """The bytes; one more than allowed where too many came."""
        return stream.read(limits.CHUNK_BYTES + 1)


class Door(APIView):
    """A door for signed-in people whose refusals are plain JSON."""

    authentication_classes: ClassVar = [SessionAuthentication]
    permission_classes: ClassVar = [IsAuthenticated]
    parser_classes: ClassVar = [JSONParser]
    throttle_classes: ClassVar = [ReadThrottle]

    def handle_exception(self, exc: Exception) -> Response:
        """Our refusals carry their own status and words; the framework knows the rest."""
        if not isinstance(exc, ProductionError):
            answer: Response = super().handle_exception(exc)
            code = exc.default_code if isinstance(exc, APIException) else "refused"
            answer.data = {"code": code, "message": str((answer.data or {}).get("detail", exc))}
            return answer
        response = Response({"code": exc.code, "message": exc.message}, status=exc.status)
        if isinstance(exc, OffsetMismatchError):
            response["Upload-Offset"] = str(exc.offset)
            response.data["offset"] = exc.offset
        return response


class Uploads(Door):
    """`POST /api/uploads/`: begin one. `GET`: those still open."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request) -> Response:
        """{name, size, sha256?} -> {id, offset, chunk_bytes}."""
        values = as_object(request)
        size = values.get("size")
        if not isinstance(values.get("name"), str) or not isinstance(size, int) or isinstance(size, bool):
            raise NotAnElementError("An upload needs a name, and a size in whole bytes.")
        upload = uploads.begin(
            owner_id=party_of(request.user),
            name=values["name"],
            size=size,
            sha256=str(values.get("sha256") or ""),
        )
        return Response(_upload_json(selectors.upload(upload.id, party_of(request.user))), status=201)

    def get(self, request: Request) -> Response:
        """The uploads that can be resumed."""
        return Response({"uploads": [_upload_json(u) for u in selectors.open_uploads(party_of(request.user))]})


class OneUpload(Door):
    """`/api/uploads/<id>/`: where it stands, more of its bytes, or its end."""

    parser_classes: ClassVar = [ChunkParser]
    throttle_classes: ClassVar = [ChunkThrottle]

    def get(self, request: Request, upload_id: UUID) -> Response:
        """Where to go on; HEAD answers the same in headers."""
        upload = selectors.upload(upload_id, party_of(request.user))
        return Response(_upload_json(upload), headers=_offset_headers(upload.offset, upload.size))

    head = get

    def patch(self, request: Request, upload_id: UUID) -> Response:
        """The next chunk, at the offset in `Upload-Offset` -> 204 with the next one."""
        offset = request.headers.get("Upload-Offset", "")
        if not offset.isdecimal():
            raise NotAnElementError("The header Upload-Offset says where this part begins.")
        chunk = request.data
        if not isinstance(chunk, bytes):
            chunk = b""
        if len(chunk) > limits.CHUNK_BYTES:
            raise TooLargeError("One part may hold 4 MiB. Send smaller parts.")
        after = uploads.append_chunk(
            upload_id=upload_id, owner_id=party_of(request.user), offset=int(offset), chunk=chunk
        )
        return Response(status=204, headers=_offset_headers(after))

    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give up."""
        uploads.abandon(upload_id=upload_id, owner_id=party_of(request.user))
        return Response(status=204)


class CompleteUpload(Door):
    """`POST /api/uploads/<id>/complete/`: every byte is sent, make an element of it."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, upload_id: UUID) -> Response:
        """{kind?, title?, tags?, description?, contributors?, parents?, element_id?} -> {job_id}."""
        wishes = Wishes.from_json(as_object(request))
        job_id = uploads.complete(upload_id=upload_id, owner_id=party_of(request.user), wishes=wishes)
        return Response({"job_id": str(job_id)}, status=202)


class OneJob(Door):
    """`GET /api/jobs/<id>/`: state, place in the queue, progress, result or refusal."""

    def get(self, request: Request, job_id: UUID) -> Response:
        """The truth, with the last hint."""
        return Response(selectors.job_progress(job_id, party_of(request.user)).as_json())


class CancelJob(Door):
    """`POST /api/jobs/<id>/cancel/`."""

    def post(self, request: Request, job_id: UUID) -> Response:
        """Stop it if it is not done; the answer is how it ended."""
        jobs.cancel(job_id=job_id, actor_id=party_of(request.user))
        return Response(selectors.job_progress(job_id, party_of(request.user)).as_json())


class Harmonise(Door):
    """`POST /api/elements/<id>/harmonise/` {seed?, variants?} -> {job_id}."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, element_id: UUID) -> Response:
        """Ask for harmonisations."""
        values = as_object(request)
        job_id = generation.recommend_harmonisations(
            element_id=element_id,
            actor_id=party_of(request.user),
            seed=_whole(values, "seed", 0),
            variants=_whole(values, "variants", 3),
        )
        return Response({"job_id": str(job_id)}, status=202)


class Recommend(Door):
    """`POST /api/recommend/<capability>/` -> {job_id}.

    {element_id? or given?, seed?, count?, values?}; of sound {sounds: [ids], references?: [ids], ...}
    """

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, capability: str) -> Response:
        """Ask for proposals, made of an element or of a progression that is typed."""
        said = as_object(request)
        values = said.get("values") or {}
        if not isinstance(values, dict):
            raise NotAnElementError("values is an object: what is set, by name.")
        asked = Asked(
            capability=capability,
            seed=_whole(said, "seed", 1),
            count=_whole(said, "count", 3),
            values=selectors.values_of(capability, values),
            given=str(said.get("given") or ""),
            sounds=_ids(said, "sounds"),
            references=_ids(said, "references"),
        )
        job_id = generation.recommend(asked, actor_id=party_of(request.user), element_id=_element_id(said))
        return Response({"job_id": str(job_id)}, status=202)


class KeepProposal(Door):
    """`POST /api/jobs/<id>/keep/` {variant, title?, with_setting?} -> {element_id, setting_id of sound}."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, job_id: UUID) -> Response:
        """Keep one of the proposals as a new element."""
        values = as_object(request)
        made = generation.keep(
            job_id=job_id,
            variant=_whole(values, "variant", 0),
            title=str(values.get("title") or ""),
            actor_id=party_of(request.user),
            with_setting=values.get("with_setting") is not False,
        )
        setting_id = selectors.setting_beside(made.element_id)
        kept = {"element_id": str(made.element_id), "version_id": str(made.version_id)}
        return Response(kept | ({"setting_id": str(setting_id)} if setting_id else {}), status=201)


class ChangeProposal(Door):
    """`POST /api/jobs/<id>/change/` {variant, setting, token?} -> {job_id}: a sound with another setting."""

    throttle_classes: ClassVar = [BeginThrottle]

    def post(self, request: Request, job_id: UUID) -> Response:
        """The setting that a person made of it; the answer's job proposes what it sounds like."""
        said = as_object(request)
        changed = generation.change(
            job_id=job_id,
            variant=_whole(said, "variant", 0),
            setting=said.get("setting"),
            actor_id=party_of(request.user),
            token=str(said.get("token") or "")[:200],
        )
        return Response({"job_id": str(changed)}, status=202)


class Proposals(Door):
    """`GET /api/jobs/<id>/proposals/`: what was proposed so far, with figures, settings and addresses of sounds."""

    throttle_classes: ClassVar = [ReadThrottle]

    def get(self, request: Request, job_id: UUID) -> Response:
        """Those of the request, and those that a person made of them."""
        party_id = party_of(request.user)
        selectors.job_progress(job_id, party_id)  # refuses what is not theirs
        answer = Response({"proposals": [_proposal_json(one) for one in selectors.proposals(job_id, party_id)]})
        answer["Cache-Control"] = "no-store"
        return answer


class DiscardProposal(Door):
    """`POST /api/jobs/<id>/discard/` {variant} -> 204."""

    def post(self, request: Request, job_id: UUID) -> Response:
        """Forget one of the proposals."""
        variant = _whole(as_object(request), "variant", 0)
        generation.discard(job_id=job_id, variant=variant, actor_id=party_of(request.user))
        return Response(status=204)


def as_object(request: Request) -> dict[str, Any]:
    """The request's one JSON object."""
    if not isinstance(request.data, dict):
        raise NotAnElementError("The body is one JSON object.")
    return request.data


def _element_id(said: dict[str, Any]) -> UUID | None:
    if not said.get("element_id"):
        return None
    try:
        return UUID(str(said["element_id"]))
    except ValueError as error:
        raise NotAnElementError("element_id is the id of an element.") from error


def _ids(said: dict[str, Any], name: str) -> tuple[UUID, ...]:
    values = said.get(name) or []
    try:
        if not isinstance(values, list):
            raise TypeError
        return tuple(UUID(str(one)) for one in values)
    except (TypeError, ValueError) as error:
        raise NotAnElementError(f"{name} is a list of ids of elements.") from error


def _proposal_json(one: selectors.ProposalView) -> dict[str, Any]:
    return {
        "job_id": str(one.job_id),
        "variant": one.variant,
        "capability": one.capability,
        "seed": one.seed,
        "remarks": list(one.remarks),
        "chords": [list(chord) for chord in one.chords],
        "sound": dict(one.sound),
        "setting": dict(one.setting),
        "preview_url": one.preview_url or None,
        "by_hand": one.by_hand,
        "can_be_kept": one.is_ready,
        "kept_as": str(one.id) if one.kept else None,
    }


def _whole(values: dict[str, Any], name: str, default: int) -> int:
    value = values.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotAnElementError(f"{name} is a whole number.")
    return value


def _upload_json(upload: selectors.UploadView) -> dict[str, Any]:
    return {
        "id": str(upload.id),
        "name": upload.name,
        "size": upload.size,
        "offset": upload.offset,
        "state": upload.state,
        "chunk_bytes": limits.CHUNK_BYTES,
        "job_id": str(upload.job_id) if upload.job_id else None,
        "refusal": upload.refusal or None,
    }


def _offset_headers(offset: int, size: int | None = None) -> dict[str, str]:
    headers = {"Upload-Offset": str(offset), "Cache-Control": "no-store"}
    return headers if size is None else headers | {"Upload-Length": str(size)}

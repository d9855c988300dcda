"""Content credentials (C2PA) of one file: writing a manifest into it or beside it, and reading one back.

The private key is never here: what is to be signed is asked of the worker (`telling.ask`), which signs. Nothing is
fetched: no remote manifest, no revocation list; a timestamp only from an authority that the site was told of.

Source: C2PA Technical Specification 2.x, "Assertions", "Ingredients", "Validation"; the library is `c2pa-python`.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from production import limits
from production.errors import NoCredentialsError
from production.parsing.credentials_report import report
from production.parsing.telling import ask, tell

Outcome = tuple[dict[str, Any], dict[str, bytes]]

EMBEDDED = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}
"""Kinds of file that can carry a manifest, as `engine.io.sniff` calls them; all others get one beside them."""
_ANY_BYTES = "application/octet-stream"
_STORE = "application/c2pa"
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False}}


def mark(
    source: bytes | Path,
    *,
    media: str,
    definition: dict[str, Any],
    certificates: str,
    algorithm: str,
    timestamp_url: str,
    anchors: str,
    embed: bool,
    upload: str = "",
) -> Outcome:
    """Sign a manifest for the file and read it back: `marked` holds the file with it, or `manifest` it alone.

    definition : what it says, as the library takes it
    certificates : PEM, the signer's first; algorithm : es256, es384, ps256 or ed25519
    upload : the label of the ingredient that is this very file as it came in, with the manifest it carried; or empty

    Raises
    ------
    NoCredentialsError
        If the library refuses the file, the certificate or the manifest; the message says which.
    """
    import c2pa

    tell(0.1, "Writing its manifest")
    context = c2pa.Context.from_dict({**_settings(anchors), "builder": {"thumbnail": {"enabled": False}}})
    result = io.BytesIO()
    with _refusing(), _opened(source) as file:
        builder = c2pa.Builder(definition, context)
        if upload:
            ingredient = {"title": definition["title"], "relationship": "parentOf", "label": upload}
            builder.add_ingredient(ingredient, EMBEDDED[media], file)
            file.seek(0)
        if not embed:
            builder.set_no_embed()
        signer = c2pa.Signer.from_callback(ask, _algorithm(algorithm), certificates, timestamp_url or None)
        manifest = builder.sign(signer, EMBEDDED[media] if embed else _ANY_BYTES, file, result)
    tell(0.6, "Reading it back")
    marked = result.getvalue() if embed else b""
    said = read(marked, anchors=anchors)[0] if embed else read(source, anchors=anchors, manifest=_text(manifest))[0]
    return {"said": said}, {"marked": marked} if embed else {"manifest": bytes(manifest)}


def read(source: bytes | Path, *, anchors: str, manifest: str = "") -> Outcome:
    """What the manifest in a file says, or that in `manifest` (base64) of the file beside it; see `report`.

    Raises
    ------
    NoCredentialsError
        If there is no manifest, or what is there is none.
    """
    import c2pa

    with _refusing(), _opened(source) as file:
        beside = base64.b64decode(manifest) if manifest else None
        context = c2pa.Context.from_dict(_settings(anchors))
        alone = beside is None and _is_store(file)
        # A manifest beside a file binds its plain bytes, whatever the file could carry itself.
        kind = _STORE if alone else _ANY_BYTES if beside is not None else None
        reader = c2pa.Reader.try_create(kind, file, beside, context)
        if reader is None:
            raise NoCredentialsError
        with reader:
            store = json.loads(reader.json())
    return report(store, embedded=not manifest and not alone, alone=alone), {}


def found_in(source: bytes | Path, media: str) -> dict[str, Any] | None:
    """What a file that is taken in says of itself; None if it says nothing, or nothing that can be read."""
    if media not in EMBEDDED:
        return None
    with contextlib.suppress(NoCredentialsError):
        return read(source, anchors="")[0]
    return None


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """The library's errors as ours, with its own words."""
    import c2pa

    try:
        yield
    except c2pa.C2paError as error:
        words = " ".join(str(error).split())[:300]
        if words.startswith(("NotSupported", "ManifestNotFound")):
            raise NoCredentialsError from error
        raise NoCredentialsError(f"Its content credentials cannot be read or written: {words}") from error


@contextlib.contextmanager
def _opened(source: bytes | Path) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    with source.open("rb") as file:
        yield file


def _is_store(file: IO[bytes]) -> bool:
    """Whether the file is a manifest store alone: a JUMBF super box (ISO 19566-5) at its beginning."""
    head = file.read(8)
    file.seek(0)
    return head[4:8] == b"jumb"


def _settings(anchors: str) -> dict[str, Any]:
    trust: Mapping[str, Any] = {"trust": {"user_anchors": anchors}} if anchors else {}
    return {**_OFFLINE, **trust}


def _algorithm(name: str) -> Any:
    import c2pa

    return getattr(c2pa.C2paSigningAlg, name.upper())


def _text(data: bytes) -> str:
    assert len(data) <= limits.CREDENTIALS_MANIFEST_BYTES_MAX
    return base64.b64encode(data).decode()

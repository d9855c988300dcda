"""Compressed MusicXML: a zip archive with an index, opened with care.

Source: W3C, "MusicXML 4.0", chapter "Compressed MusicXML files".
"""

import zlib
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import limits, safe_xml

_INDEX: Final = "META-INF/container.xml"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: equal scores give equal archives
_CHUNK: Final = 1 << 16


def unpack(data: bytes) -> bytes:
    """The score inside a compressed MusicXML file.

    Raises
    ------
    UnreadableFileError
        If the archive is broken, encrypted, names a place outside itself or lacks its index or score.
    LimitExceededError
        If it has too many entries, or an entry that grows beyond its limits.
    """
    limits.check_size(data, "mxl")
    try:
        with ZipFile(BytesIO(data)) as archive:
            limits.check_count(len(archive.infolist()), limits.ZIP_ENTRIES_MAX, "files in the archive")
            for entry in archive.infolist():
                _check_name(entry)
            return _entry(archive, _score_path(_entry(archive, _INDEX)))
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(f"the archive is broken or cut off: {error}") from None


def pack(score: bytes) -> bytes:
    """A compressed MusicXML file with one score; equal scores give equal bytes."""
    index = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile full-path="score.musicxml" '
        'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n'
    )
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, body, method in (
            ("mimetype", b"application/vnd.recordare.musicxml", ZIP_STORED),
            (_INDEX, index.encode(), ZIP_DEFLATED),
            ("score.musicxml", score, ZIP_DEFLATED),
        ):
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = method
            archive.writestr(entry, body)
    return target.getvalue()


def _check_name(entry: ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name[:3] or "\0" in name:
        raise UnreadableFileError("the archive names a place outside itself; that is refused")
    if entry.flag_bits & 1:
        raise UnreadableFileError("the archive is encrypted")


def _entry(archive: ZipFile, name: str) -> bytes:
    """One entry, unpacked piece by piece: what its header says of its size is not believed."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise UnreadableFileError(f"the archive lacks {name[:100]}") from None
    size_max = min(limits.BYTES_MAX["musicxml"], max(entry.compress_size, 4096) * limits.ZIP_RATIO_MAX)
    pieces, size = [], 0
    with archive.open(entry) as source:
        while piece := source.read(_CHUNK):
            size += len(piece)
            if size > size_max:
                raise LimitExceededError(f"{name[:100]} in the archive grows beyond {size_max:,} bytes")
            pieces.append(piece)
    return b"".join(pieces)


def _score_path(index: bytes) -> str:
    def keep(element: Element, ancestors: list[Element]) -> bool:
        return True

    root = safe_xml.parse(index, keep, doctypes=("container",))
    for rootfile in root.iter("rootfile"):
        media = rootfile.get("media-type", "")
        if rootfile.get("full-path") and (not media or "musicxml" in media or media == "text/xml"):
            return rootfile.attrib["full-path"]
    raise UnreadableFileError("the archive's index names no score")

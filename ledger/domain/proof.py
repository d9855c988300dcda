"""Receipts (C2SP tlog-proof@v1): the leaf, its place, the proof and a signed checkpoint, in one text file."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence

from ledger.domain import merkle
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, VerifierKey, open_note, parse_decimal, unbase64

HEADER = "c2sp.org/tlog-proof@v1"

SEALED = b"ledgerline sealed v1\n"
"""Begins `extra` where the leaf's hash stands in its place: what happened is proved to stand there, and not told."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`extra` holds the leaf bytes, or (sealed) their hash; it is trusted only because that hash is proved."""

    extra: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def leaf_hash(self) -> bytes:
        """The hash that is proved."""
        if self.extra.startswith(SEALED):
            return self.extra.removeprefix(SEALED)
        return merkle.hash_leaf(self.extra)

    def sealed(self) -> Receipt:
        """The same without the event itself: its salt keeps anyone from guessing it."""
        return dataclasses.replace(self, extra=SEALED + self.leaf_hash)

    def encode(self) -> bytes:
        """The `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(sibling).decode() for sibling in self.path)
        return ("\n".join(lines) + "\n\n" + self.checkpoint).encode()

    @classmethod
    def parse(cls, data: bytes) -> Receipt:
        """The inverse of `encode`; raises ProofError."""
        try:
            head, blank, checkpoint = data.decode().partition("\n\n")
        except UnicodeDecodeError as error:
            raise ProofError("the receipt is no text") from error
        lines = head.split("\n")
        if not blank or lines.pop(0) != HEADER:
            raise ProofError(f"no receipt: the first line is not {HEADER}")
        extra = unbase64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
        if not lines or not lines[0].startswith("index "):
            raise ProofError("the receipt has no index")
        index = parse_decimal(lines.pop(0)[6:])
        return cls(extra=extra, index=index, path=tuple(unbase64(line) for line in lines), checkpoint=checkpoint)

    def verify(self, keys: Sequence[VerifierKey]) -> Checkpoint:
        """The checkpoint under which the leaf in `extra` is proved; raises ProofError."""
        checkpoint = Checkpoint.parse(open_note(self.checkpoint, keys))
        if checkpoint.origin not in {key.name for key in keys}:
            raise ProofError(f"the checkpoint is of another log, {checkpoint.origin}")
        merkle.verify_inclusion(
            index=self.index,
            size=checkpoint.size,
            leaf_hash=self.leaf_hash,
            path=self.path,
            root=checkpoint.root,
        )
        return checkpoint

"""What a witness says of a log (C2SP tlog-cosignature, tlog-witness): I saw this head, and it extends the last I saw.

Pure: the witness's memory is an argument, and so is the time. `ledger.witness` keeps the one and reads the other.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.domain import merkle
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, VerifierKey, open_note, parse_decimal, split_note, unbase64

COSIGNATURE = b"\x04"
"""The signature type cosignature/v1 with Ed25519."""

PROOF_LINES_MAX = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclasses.dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness: `name+hash+base64(0x04 || key)`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || LF || 0x04 || key)."""
        return sha256(self.name.encode() + b"\n" + COSIGNATURE + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(COSIGNATURE + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """The inverse of `str`; raises ProofError."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = unbase64(encoded)
        if not name or any(c.isspace() for c in name) or data[:1] != COSIGNATURE or len(data) != 33:
            raise ProofError("no witness key: name+hash+base64 with type 0x04 is needed")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise ProofError("the witness key's hash does not fit it")
        return key

    def seen_at(self, note: str) -> int | None:
        """When (seconds since 1970) this witness saw the note's checkpoint; None if it says nothing of it.

        Raises
        ------
        ProofError
            If the note has another form, or the witness's cosignature on it is false.
        """
        text, signatures = split_note(note)
        for name, key_id, data in signatures:
            if (name, key_id) != (self.name, self.key_id):
                continue
            if len(data) != 8 + 64:
                raise ProofError(f"the cosignature of {name} has another length")
            seen_at = int.from_bytes(data[:8])
            try:
                key = Ed25519PublicKey.from_public_bytes(self.public)
                key.verify(data[8:], _signed(text, seen_at))
            except (InvalidSignature, ValueError):
                raise ProofError(f"the cosignature of {name} is false") from None
            return seen_at
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class WitnessSigner:
    """The private half; never shown."""

    name: str
    seed: bytes = dataclasses.field(repr=False)

    @property
    def verifier(self) -> WitnessKey:
        """Its public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        raw, plain = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return WitnessKey(self.name, public.public_bytes(raw, plain))

    def line(self, checkpoint: str, *, now_s: int) -> str:
        """The cosignature line for a checkpoint's text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_signed(checkpoint, now_s))
        data = self.verifier.key_id + now_s.to_bytes(8) + signature
        return f"— {self.name} {base64.b64encode(data).decode()}\n"


def _signed(checkpoint: str, seen_at: int) -> bytes:
    return f"cosignature/v1\ntime {seen_at}\n{checkpoint}".encode()


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the witness answers; `saw` is what it must remember before anybody hears the answer."""

    status: int
    body: str
    content_type: str = TEXT_TYPE
    saw: Checkpoint | None = None


def add_checkpoint(
    request: bytes,
    *,
    logs: Mapping[str, Sequence[VerifierKey]],
    remembered: Mapping[str, Checkpoint],
    signer: WitnessSigner,
    now_s: int,
) -> Answer:
    """Answer one `add-checkpoint` request (C2SP tlog-witness).

    Parameters
    ----------
    logs : origin -> the keys that speak for it
    remembered : origin -> the last head that this witness cosigned
    """
    try:
        old_size, path, note = _parsed(request)
        head = Checkpoint.parse(split_note(note)[0])
    except ProofError as error:
        return Answer(400, f"{error}\n")
    if head.origin not in logs:
        return Answer(404, f"this witness does not follow {head.origin}\n")
    try:
        text = open_note(note, logs[head.origin])
    except ProofError as error:
        return Answer(403, f"{error}\n")
    if old_size > head.size:
        return Answer(400, "the old size is larger than the checkpoint's\n")
    last = remembered.get(head.origin, Checkpoint(head.origin, 0, merkle.EMPTY_ROOT))
    if old_size != last.size or (old_size == head.size and head.root != last.root):
        return Answer(409, f"{last.size}\n", SIZE_TYPE)
    try:
        check_extends(last, head, path)
    except ProofError as error:
        return Answer(422, f"{error}\n")
    return Answer(200, signer.line(text, now_s=now_s), saw=head)


def check_extends(last: Checkpoint, head: Checkpoint, path: Sequence[bytes]) -> None:
    """Raise ProofError unless `head` extends what was seen last; anything extends an empty tree."""
    if last.size == 0:
        if path:
            raise ProofError("nothing is to be proved of an empty tree")
        return
    merkle.verify_consistency(first=last.size, second=head.size, path=path, first_root=last.root, second_root=head.root)


def _parsed(request: bytes) -> tuple[int, list[bytes], str]:
    """(old size, consistency proof, signed note)."""
    try:
        head, blank, note = request.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise ProofError("the request is not UTF-8") from None
    first, *lines = head.split("\n")
    word, _, size = first.partition(" ")
    if not blank or word != "old" or len(lines) > PROOF_LINES_MAX:
        raise ProofError("old size, at most 63 proof lines, an empty line and a checkpoint are needed")
    return parse_decimal(size), [unbase64(line) for line in lines], note


def request_for(*, old_size: int, path: Sequence[bytes], note: str) -> bytes:
    """The request that `add_checkpoint` answers."""
    proof = "".join(base64.b64encode(value).decode() + "\n" for value in path)
    return f"old {old_size}\n{proof}\n{note}".encode()

"""Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), with Ed25519 keys.

A public key travels as `name+hash+base64(0x01 || key)`, a private one as `PRIVATE+KEY+name+hash+base64(0x01 || seed)`:
the forms of golang.org/x/mod/sumdb/note.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.domain.errors import ProofError

ED25519 = b"\x01"
SIGNATURES_MAX = 32


@dataclasses.dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and its name."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || LF || 0x01 || key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The inverse of `str`; raises ProofError."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = unbase64(encoded)
        if not name or any(c.isspace() for c in name) or data[:1] != ED25519 or len(data) != 33:
            raise ProofError("no Ed25519 verifier key: name+hash+base64 is needed")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise ProofError("the verifier key's hash does not fit it")
        return key

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclasses.dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key and its name. Never shown: `str` is for the key file alone."""

    name: str
    seed: bytes = dataclasses.field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        raw, plain = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return VerifierKey(self.name, public.public_bytes(raw, plain))

    def encode(self) -> str:
        """The text of the key file."""
        encoded = base64.b64encode(ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """The inverse of `encode`; raises ProofError."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise ProofError("no signing key")
        data = unbase64(parts[4])
        if data[:1] != ED25519 or len(data) != 33:
            raise ProofError("no Ed25519 signing key")
        key = cls(parts[2], data[1:])
        if key.verifier.key_id.hex() != parts[3]:
            raise ProofError("the signing key's hash does not fit it")
        return key

    def signature_line(self, text: bytes) -> str:
        """The line that goes under a note."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)
        return f"— {self.name} {base64.b64encode(self.verifier.key_id + signature).decode()}\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: origin, size (leaves) and root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint in a note's text; extension lines are passed over."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise ProofError("no checkpoint: origin, size and root are needed, a line each")
        size, root = parse_decimal(lines[1]), unbase64(lines[2])
        if len(root) != 32:
            raise ProofError("the checkpoint's root has not 32 bytes")
        return cls(lines[0], size, root)


def sign(text: str, keys: Sequence[SignerKey]) -> str:
    """The signed note: text, a blank line, one signature a key."""
    if not text.endswith("\n") or not keys:
        raise ValueError("a note's text ends with a newline, and someone signs it")
    return text + "\n" + "".join(key.signature_line(text.encode()) for key in keys)


def open_note(note: str, keys: Sequence[VerifierKey]) -> str:
    """The note's text, if one of these keys signed it.

    Raises
    ------
    ProofError
        If the form is wrong, no known key signed, or a known key's signature is false.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = False
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(text.encode(), signature):
            raise ProofError(f"the signature of {name} is false")
        verified = True
    if not verified:
        raise ProofError("none of the known keys signed this note")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and (name, key id, signature) of each signature line; raises ProofError."""
    if any(c < " " and c != "\n" for c in note):
        raise ProofError("a note holds no control characters")
    body, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise ProofError("no signed note: text, a blank line and signatures are needed")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        data = unbase64(encoded)
        if dash != "—" or not name or "+" in name or len(data) < 5:
            raise ProofError("a signature line has another form")
        signatures.append((name, data[:4], data[4:]))
    if len(signatures) > SIGNATURES_MAX:
        raise ProofError(f"more than {SIGNATURES_MAX} signatures")
    return body + "\n", signatures


def unbase64(text: str) -> bytes:
    """Standard base64, strictly; raises ProofError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofError("no base64") from error
    if base64.b64encode(data).decode() != text:
        raise ProofError("base64 with stray bits")
    return data


def parse_decimal(text: str) -> int:
    """A whole number without sign or leading zeroes; raises ProofError."""
    if not (text.isascii() and text.isdigit()) or (text != "0" and text[0] == "0") or len(text) > 18:
        raise ProofError("no decimal number")
    return int(text)

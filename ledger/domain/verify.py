#!/usr/bin/env python3
"""Checks a receipt of the ledger offline: python verify.py RECEIPT --key KEYFILE

One file, for ever: it needs Python 3.9 or later and the `cryptography` package, no network, no database, and nothing
else of the project. RECEIPT is a .tlog-proof file (c2sp.org/tlog-proof); KEYFILE holds the log's public key in the
form name+hash+base64 (c2sp.org/signed-note), one a line: every key listed there is trusted.

With --after CHECKPOINT and --consistency PROOF it also checks that the receipt's tree extends (or is extended by)
another signed checkpoint: PROOF holds base64 hashes, one a line, as /log/consistency?from=A&to=B answers.

Exit status: 0 proved, 1 not proved, 2 a file cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hmac
import json
import sys
from hashlib import sha256

HEADER = "c2sp.org/tlog-proof@v1"
ED25519 = b"\x01"
SEALED = b"ledgerline sealed v1\n"


class NotProvedError(Exception):
    """The receipt does not show what it claims; the message says why."""


class UnreadableError(Exception):
    """A file is not there, or not text."""


# ------------------------------------------------------------------------------------------------------- encoding
def unbase64(text: str) -> bytes:
    """Standard base64, strictly."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotProvedError("something that should be base64 is not") from None
    if base64.b64encode(data).decode() != text:
        raise NotProvedError("base64 with stray bits")
    return data


def decimal(text: str) -> int:
    """A whole number without sign or leading zeroes."""
    if not (text.isascii() and text.isdigit()) or (text != "0" and text[0] == "0") or len(text) > 18:
        raise NotProvedError("something that should be a number is not")
    return int(text)


# ----------------------------------------------------------------------------------------------------------- keys
def parse_keys(text: str) -> dict[tuple[str, bytes], bytes]:
    """(name, key id) -> Ed25519 public key, of every line that is not empty and no # comment."""
    keys = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = unbase64(encoded)
        if not name or len(data) != 33 or data[:1] != ED25519:
            raise NotProvedError("the key file holds a line that is no Ed25519 key (name+hash+base64)")
        expected = sha256(name.encode() + b"\n" + data).digest()[:4]
        if expected.hex() != key_id:
            raise NotProvedError(f"the hash of the key {name} does not fit it")
        keys[name, expected] = data[1:]
    if not keys:
        raise NotProvedError("the key file holds no key")
    return keys


def signed_by(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the key signed the text (Ed25519, RFC 8032)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---------------------------------------------------------------------------------------------------- checkpoints
def open_checkpoint(note: str, keys: dict[tuple[str, bytes], bytes]) -> tuple[str, int, bytes]:
    """(origin, size, root) of a signed checkpoint, if one of the keys signed it."""
    body, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NotProvedError("the checkpoint is no signed note")
    text = body + "\n"
    signer = ""
    for line in signatures[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        data = unbase64(encoded)
        if dash != "—" or len(data) < 5:
            raise NotProvedError("a signature line of the checkpoint has another form")
        public = keys.get((name, data[:4]))
        if public is None:
            continue  # another signer: a witness, or a key that we were not told to trust
        if not signed_by(public, data[4:], text.encode()):
            raise NotProvedError(f"the checkpoint's signature by {name} is false")
        signer = name
    if not signer:
        raise NotProvedError("none of the keys in the key file signed the checkpoint")
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:3]):
        raise NotProvedError("the checkpoint lacks origin, size or root")
    if lines[0] != signer:
        raise NotProvedError(f"the checkpoint is of another log, {lines[0]}")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise NotProvedError("the checkpoint's root has not 32 bytes")
    return lines[0], decimal(lines[1]), root


# ----------------------------------------------------------------------------------------------------------- tree
def hash_leaf(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), RFC 6962."""
    return sha256(b"\x00" + leaf).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962."""
    return sha256(b"\x01" + left + right).digest()


def root_from_inclusion(index: int, size: int, leaf_hash: bytes, path: list[bytes]) -> bytes:
    """The root that the proof leads to (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        raise NotProvedError(f"entry {index} is not in a tree of {size}")
    node, last, root = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0 or len(sibling) != 32:
            raise NotProvedError("the proof does not fit the tree")
        if node & 1 or node == last:
            root = hash_children(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = hash_children(root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise NotProvedError("the proof is too short for the tree")
    return root


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: list[bytes]) -> None:
    """That the second tree extends the first (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second or any(len(value) != 32 for value in path):
        raise NotProvedError(f"there is no proof from size {first} to {second}")
    if first == second:
        if path or first_root != second_root:
            raise NotProvedError("two checkpoints of one size differ")
        return
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    if not hashes:
        raise NotProvedError("the consistency proof is empty")
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise NotProvedError("the consistency proof is too long")
        if node & 1 or node == last:
            old, new = hash_children(sibling, old), hash_children(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = hash_children(new, sibling)
        node, last = node >> 1, last >> 1
    if last or old != first_root or new != second_root:
        raise NotProvedError("the two checkpoints contradict each other")


# -------------------------------------------------------------------------------------------------------- receipt
def parse_receipt(text: str) -> tuple[bytes, int, list[bytes], str]:
    """(leaf, index, proof, checkpoint) of a .tlog-proof file."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != HEADER:
        raise NotProvedError(f"no receipt: its first line is not {HEADER}")
    if not lines or not lines[0].startswith("extra "):
        raise NotProvedError("the receipt holds no entry (no line 'extra')")
    leaf = unbase64(lines.pop(0)[6:])
    if not lines or not lines[0].startswith("index "):
        raise NotProvedError("the receipt has no index")
    return leaf, decimal(lines.pop(0)[6:]), [unbase64(line) for line in lines], checkpoint


def proved_hash(leaf: bytes) -> bytes:
    """The leaf hash that a receipt proves; a sealed receipt holds it in place of the event."""
    return leaf[len(SEALED) :] if leaf.startswith(SEALED) else hash_leaf(leaf)


def describe(leaf: bytes) -> str:
    """Kind, time and body of the proved event."""
    if leaf.startswith(SEALED):
        return (
            f"sealed {proved_hash(leaf).hex()}\n       an event with this hash stands there; what it says is not shown"
        )
    try:
        event = json.loads(leaf)
        kind, at, actor, body = event["kind"], event["at"], event["actor"], event["body"]
    except (ValueError, KeyError, TypeError):
        raise NotProvedError("the entry is proved, but it is no event of this ledger") from None
    told = json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True)
    return f"kind   {kind}\ntime   {at}\nactor  {actor}\nbody   {told}"


def check(receipt: str, key_file: str) -> tuple[str, int, bytes, str]:
    """(description, size, root, origin) of what the receipt proves; raises NotProvedError."""
    leaf, index, path, note = parse_receipt(receipt)
    origin, size, root = open_checkpoint(note, parse_keys(key_file))
    if not hmac.compare_digest(root_from_inclusion(index, size, proved_hash(leaf), path), root):
        raise NotProvedError("the proof leads to another root: the entry is not in this log as shown")
    return f"entry  {index} of {size}\nlog    {origin}\n{describe(leaf)}", size, root, origin


def check_against(note: str, proof: str, keys: str, size: int, root: bytes, origin: str) -> str:
    """One line that says how the receipt's tree and another checkpoint agree; raises NotProvedError."""
    other_origin, other_size, other_root = open_checkpoint(note, parse_keys(keys))
    if other_origin != origin:
        raise NotProvedError(f"the other checkpoint is of another log, {other_origin}")
    path = [unbase64(line) for line in proof.split()]
    (first, first_root), (second, second_root) = sorted([(size, root), (other_size, other_root)])
    check_consistency(first, first_root, second, second_root, path)
    return f"grows  {first} to {second}, nothing changed in between"


def read(path: str) -> str:
    """A text file."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path}: {error}") from None


def main(argv: list[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(description="Checks a receipt of the ledger offline.")
    parser.add_argument("receipt", metavar="RECEIPT", help="a .tlog-proof file")
    parser.add_argument("--key", required=True, metavar="KEYFILE", help="the log's public key, name+hash+base64")
    parser.add_argument("--after", metavar="CHECKPOINT", help="another signed checkpoint to agree with")
    parser.add_argument("--consistency", metavar="PROOF", help="base64 hashes, one a line, between the two sizes")
    options = parser.parse_args(argv)
    try:
        keys = read(options.key)
        told, size, root, origin = check(read(options.receipt), keys)
        if options.after:
            proof = read(options.consistency) if options.consistency else ""
            told += "\n" + check_against(read(options.after), proof, keys, size, root, origin)
        print(f"proved\n{told}")
    except NotProvedError as error:
        print(f"not proved: {error}", file=sys.stderr)
        return 1
    except UnreadableError as error:
        print(f"cannot read {error}", file=sys.stderr)
        return 2
    except ImportError:
        print("cannot check signatures: pip install cryptography", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

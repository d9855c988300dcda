"""A small witness of logs: python -m ledger.witness --state FOLDER --log KEYFILE [--follow URL | --serve PORT]

It remembers the last head it saw of each log and cosigns a new one only if it extends that. So whoever keeps a
witness (a label, a collecting society, a creator) can show later that nothing it saw was taken back or changed, even by
those who run the log. Needs no database and no Django.

  --follow URL   looks at URL/checkpoint every --every seconds, itself: nothing has to reach the machine it runs on.
                 Each cosigned head lands in FOLDER/<origin>.checkpoint: `manage.py ledger verify --against` takes it.
  --serve PORT   answers POST /add-checkpoint (C2SP tlog-witness) on 127.0.0.1, for logs that ask their witnesses.
  --key          prints the witness's public key and ends.

KEYFILE holds the log's public keys, one a line, as URL/key answers. Exit status 3: the log contradicts what was seen.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import http.server
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ledger.domain.cosignature import Answer, WitnessSigner, add_checkpoint, request_for
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, VerifierKey, split_note, unbase64

REQUEST_BYTES_MAX = 64 << 10
ANSWER_BYTES_MAX = 1 << 20
TIMEOUT_S = 20
CONTRADICTED_STATUS = 3


class ContradictedError(ProofError):
    """The log shows a head that does not extend one that it showed before: it was changed."""

    code = "contradicted"


class Witness:
    """One folder: a key, and what was seen of each log."""

    def __init__(self, folder: Path, logs: Mapping[str, Sequence[VerifierKey]], *, name: str) -> None:
        self.folder, self.logs = folder, logs
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked():
            self.signer = self._key(name)

    def answer(self, request: bytes) -> Answer:
        """Answer a request; what was seen is on the disk before the answer is."""
        with self._locked():
            answer = add_checkpoint(
                request, logs=self.logs, remembered=self._seen(), signer=self.signer, now_s=int(time.time())
            )
            if answer.saw is not None:
                self._remember(answer.saw)
        return answer

    def look(self, url: str) -> str | None:
        """Look at a log's newest head and cosign it; None if it is the one seen last.

        Raises
        ------
        ContradictedError
            If it does not extend what was seen.
        ProofError, OSError
            If the answer is no checkpoint of a log that is followed; if the log cannot be reached.
        """
        note = _get(f"{url}/checkpoint").decode()
        head = Checkpoint.parse(split_note(note)[0])
        last = self._seen().get(head.origin)
        old_size = last.size if last else 0
        if last == head:
            return None
        path: list[bytes] = []
        if last is not None and head.size > old_size:
            lines = _get(f"{url}/consistency?from={old_size}&to={head.size}").decode().split()
            path = [unbase64(line) for line in lines]
        answer = self.answer(request_for(old_size=min(old_size, head.size), path=path, note=note))
        if answer.status == 200:
            cosigned = note + answer.body
            _write(self.folder / f"{_file_name(head.origin)}.checkpoint", cosigned.encode())
            return cosigned
        told = f"{answer.status}: {answer.body.strip()}"
        if answer.status in (409, 422):
            raise ContradictedError(f"a head over {head.size} events does not extend the one over {old_size}: {told}")
        raise ProofError(told)

    def _key(self, name: str) -> WitnessSigner:
        path = self.folder / "witness.key"
        if not path.exists():
            _write(path, json.dumps({"name": name, "seed": os.urandom(32).hex()}).encode())
        value = json.loads(path.read_text())
        return WitnessSigner(value["name"], bytes.fromhex(value["seed"]))

    def _seen(self) -> dict[str, Checkpoint]:
        path = self.folder / "seen.json"
        if not path.exists():
            return {}
        value = json.loads(path.read_text())
        return {origin: Checkpoint(origin, size, bytes.fromhex(root)) for origin, (size, root) in value.items()}

    def _remember(self, head: Checkpoint) -> None:
        seen = {origin: [one.size, one.root.hex()] for origin, one in self._seen().items()}
        seen[head.origin] = [head.size, head.root.hex()]
        _write(self.folder / "seen.json", json.dumps(seen).encode())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Two heads are never weighed against the same memory at once, not even by two processes."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write(path: Path, data: bytes) -> None:
    """A file, whole or as it was, on the disk when this returns; for its owner's eyes."""
    draft = path.with_suffix(".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _file_name(origin: str) -> str:
    return "".join(c if c.isalnum() or c in ".-" else "_" for c in origin)


def _get(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise ProofError("a log's address begins with http:// or https://")
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:  # noqa: S310 — the scheme was looked at
        data: bytes = response.read(ANSWER_BYTES_MAX)
    return data


def read_logs(path: Path) -> dict[str, list[VerifierKey]]:
    """Origin -> keys, of a file with one key a line; lines that begin with # are passed over."""
    logs: dict[str, list[VerifierKey]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            key = VerifierKey.parse(line)
            logs.setdefault(key.name, []).append(key)
    return logs


def server(witness: Witness, port: int) -> http.server.ThreadingHTTPServer:
    """The HTTP door, on loopback: put a proxy that speaks TLS before it."""

    class Door(http.server.BaseHTTPRequestHandler):
        timeout = TIMEOUT_S

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._say(Answer(404, "there is /add-checkpoint, and nothing else\n"))
            elif not length.isdigit() or int(length) > REQUEST_BYTES_MAX:
                self._say(Answer(413, f"at most {REQUEST_BYTES_MAX} bytes, with their number\n"))
            else:
                self._say(witness.answer(self.rfile.read(int(length))))

        def _say(self, answer: Answer) -> None:
            data = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            sys.stderr.write(f"witness: {format % args}\n")

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Door)


def follow(witness: Witness, url: str, *, every_s: float, once: bool) -> None:
    """Look at a log again and again. One that cannot be reached is tried again; one that contradicts itself ends it."""
    while True:
        try:
            cosigned = witness.look(url.rstrip("/"))
            if cosigned is not None:
                print(f"saw {Checkpoint.parse(split_note(cosigned)[0]).size} events", flush=True)
        except ContradictedError:
            raise
        except (OSError, ProofError, urllib.error.URLError) as error:
            if once:
                raise
            print(f"{url}: {error}", file=sys.stderr, flush=True)
        if once:
            return
        time.sleep(every_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m ledger.witness", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--state", type=Path, required=True, help="the folder of the witness: its key and its memory")
    parser.add_argument("--log", type=Path, required=True, help="public keys of the logs it follows, one a line")
    parser.add_argument("--name", default="witness", help="what a new key is called")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between looks")
    parser.add_argument("--once", action="store_true", help="look once, then end")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--follow", metavar="URL")
    what.add_argument("--serve", type=int, metavar="PORT")
    what.add_argument("--key", action="store_true")
    options = parser.parse_args(arguments)
    try:
        witness = Witness(options.state, read_logs(options.log), name=options.name)
        if options.key:
            print(witness.signer.verifier)
        elif options.serve is not None:
            server(witness, options.serve).serve_forever()
        else:
            follow(witness, options.follow, every_s=options.every, once=options.once)
    except ContradictedError as error:
        print(f"THE LOG WAS CHANGED: {error}", file=sys.stderr)
        return CONTRADICTED_STATUS
    except (OSError, ProofError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

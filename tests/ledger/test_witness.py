"""A witness cosigns a head only if it extends the last one it saw, and remembers before it answers."""

from __future__ import annotations

import base64
import json
import threading
import urllib.error
import urllib.request

import pytest

from ledger import witness as program
from ledger.domain import merkle
from ledger.domain.cosignature import WitnessKey, WitnessSigner, add_checkpoint, request_for
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, SignerKey, sign
from ledger.domain.tiles import TileTree
from ledger.witness import ContradictedError, Witness

ORIGIN = "log.example/music"
LOG = SignerKey(ORIGIN, b"l" * 32)
SIGNER = WitnessSigner("label.example/witness", b"w" * 32)
LEAVES = [merkle.hash_leaf(b"event %d" % number) for number in range(600)]


def head(size, *, leaves=LEAVES, key=LOG, origin=ORIGIN):
    return sign(Checkpoint(origin, size, merkle.root_of(leaves[:size])).text, [key])


def consistency(old, new, leaves=LEAVES):
    def root(begin, end):
        return merkle.root_of(leaves[begin:end])

    return merkle.consistency_path(old, new, root) if old else []


def asked(old, new, *, seen=None, leaves=LEAVES, note=None, path=None):
    """The answer to a request from size `old` to `new` of a witness that last saw size `seen`."""
    seen = old if seen is None else seen
    remembered = {ORIGIN: Checkpoint(ORIGIN, seen, merkle.root_of(LEAVES[:seen]))} if seen else {}
    request = request_for(
        old_size=old,
        path=consistency(old, new, leaves) if path is None else path,
        note=note or head(new, leaves=leaves),
    )
    return add_checkpoint(
        request, logs={ORIGIN: [LOG.verifier]}, remembered=remembered, signer=SIGNER, now_s=1_795_000_000
    )


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 600), (1, 2), (3, 7), (256, 257), (255, 600), (600, 600)])
def test_a_head_that_extends_the_last_is_cosigned_with_the_time(old, new):
    answer = asked(old, new, path=[] if old == new else None)

    assert answer.status == 200
    assert answer.saw == Checkpoint(ORIGIN, new, merkle.root_of(LEAVES[:new]))
    assert SIGNER.verifier.seen_at(head(new) + answer.body) == 1_795_000_000


REFUSED = {
    "another size was seen last": (409, lambda: asked(5, 9, seen=7)),
    "the same size with another root": (
        409,
        lambda: asked(9, 9, leaves=[merkle.hash_leaf(b"x"), *LEAVES[1:]], path=[]),
    ),
    "a proof that leads elsewhere": (
        422,
        lambda: asked(5, 9, leaves=[*LEAVES[:3], merkle.hash_leaf(b"x"), *LEAVES[4:]]),
    ),
    "no proof": (422, lambda: asked(5, 9, path=[])),
    "a proof from nothing": (422, lambda: asked(0, 9, path=[LEAVES[0]])),
    "a proof where sizes are equal": (422, lambda: asked(9, 9, path=[LEAVES[0]])),
    "a smaller head": (400, lambda: asked(9, 5, path=[])),
    "another key": (403, lambda: asked(0, 5, note=head(5, key=SignerKey(ORIGIN, b"x" * 32)))),
    "another log": (404, lambda: asked(0, 5, note=head(5, origin="other", key=SignerKey("other", b"x" * 32)))),
    "no checkpoint": (400, lambda: asked(0, 5, note=sign("hello\n", [LOG]))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_an_extension_is_refused_as_the_standard_says(name):
    status, ask = REFUSED[name]

    answer = ask()

    assert (answer.status, answer.saw) == (status, None)
    if status == 409:
        assert answer.content_type == "text/x.tlog.size"
        assert answer.body.strip().isdigit()


@pytest.mark.parametrize(
    "request_bytes", [b"", b"old\n\n", b"old -1\n\nx", b"\xff", b"old 1\n" + b"AA==\n" * 64 + b"\n" + head(5).encode()]
)
def test_a_request_of_another_form_is_told_so(request_bytes):
    answer = add_checkpoint(request_bytes, logs={ORIGIN: [LOG.verifier]}, remembered={}, signer=SIGNER, now_s=1)

    assert answer.status == 400


def test_a_cosignature_that_was_changed_is_false():
    note = head(5) + SIGNER.line(Checkpoint(ORIGIN, 5, merkle.root_of(LEAVES[:5])).text, now_s=7)
    other = WitnessSigner(SIGNER.name, b"v" * 32).verifier

    assert SIGNER.verifier.seen_at(note) == 7
    assert other.seen_at(note) is None
    with pytest.raises(ProofError, match="false"):
        SIGNER.verifier.seen_at(note.replace("\n5\n", "\n6\n"))
    assert WitnessKey.parse(str(SIGNER.verifier)) == SIGNER.verifier


def witness_in(folder):
    return Witness(folder, {ORIGIN: [LOG.verifier]}, name=SIGNER.name)


def test_what_was_seen_is_on_the_disk_before_the_answer(tmp_path):
    assert witness_in(tmp_path).answer(request_for(old_size=0, path=[], note=head(5))).status == 200

    again = witness_in(tmp_path)

    assert again.answer(request_for(old_size=0, path=[], note=head(9))).status == 409
    assert again.answer(request_for(old_size=5, path=consistency(5, 9), note=head(9))).status == 200
    assert json.loads((tmp_path / "seen.json").read_text())[ORIGIN][0] == 9
    assert (tmp_path / "witness.key").stat().st_mode & 0o077 == 0


def test_of_two_heads_at_once_only_one_is_cosigned(tmp_path):
    fork = [*LEAVES[:7], merkle.hash_leaf(b"a fork"), *LEAVES[8:]]
    first = witness_in(tmp_path)
    first.answer(request_for(old_size=0, path=[], note=head(5)))
    answers = []

    def ask(leaves):
        request = request_for(old_size=5, path=consistency(5, 9, leaves), note=head(9, leaves=leaves))
        answers.append(witness_in(tmp_path).answer(request).status)

    threads = [threading.Thread(target=ask, args=(leaves,)) for leaves in (LEAVES, fork) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count(200) == 1
    assert set(answers) == {200, 409}


def test_it_answers_over_http_and_nothing_else_is_there(tmp_path):
    door = program.server(witness_in(tmp_path), 0)
    thread = threading.Thread(target=door.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{door.server_port}"
    try:
        asking = urllib.request.Request(f"{url}/add-checkpoint", request_for(old_size=0, path=[], note=head(5)))
        with urllib.request.urlopen(asking) as response:
            line = response.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(urllib.request.Request(f"{url}/secrets", b"x"))
    finally:
        door.shutdown()
        door.server_close()
        thread.join()

    assert witness_in(tmp_path).signer.verifier.seen_at(head(5) + line)


class Log:
    """A log's pages, as the witness's `_get` sees them."""

    def __init__(self, leaves, size):
        self.leaves, self.size = leaves, size

    def get(self, url):
        if url.endswith("/checkpoint"):
            return head(self.size, leaves=self.leaves).encode()
        first, second = (int(part.split("=")[1]) for part in url.partition("?")[2].split("&"))
        tree = TileTree(self.size, self.tile)
        return b"".join(in_base64(value) for value in tree.consistency(first, second))

    def tile(self, level, index, width):
        begin = index * 256
        if level == 0:
            return b"".join(self.leaves[begin : begin + width])
        return b"".join(merkle.root_of(self.leaves[n * 256 : (n + 1) * 256]) for n in range(begin, begin + width))


def in_base64(value):
    return base64.b64encode(value) + b"\n"


def test_it_follows_a_log_and_raises_the_alarm_when_the_log_was_changed(tmp_path, monkeypatch):
    log, seen = Log(LEAVES, 300), witness_in(tmp_path)
    monkeypatch.setattr(program, "_get", lambda url: log.get(url))
    cosigned = seen.look("http://log")
    assert seen.signer.verifier.seen_at(cosigned)
    assert seen.look("http://log") is None
    log.size = 520
    assert seen.look("http://log")

    kept = (tmp_path / "log.example_music.checkpoint").read_text()
    log.leaves = [*LEAVES[:100], merkle.hash_leaf(b"changed"), *LEAVES[101:]]
    log.size = 560
    with pytest.raises(ContradictedError):
        seen.look("http://log")
    log.leaves, log.size = LEAVES, 400
    with pytest.raises(ContradictedError):
        seen.look("http://log")

    assert (tmp_path / "log.example_music.checkpoint").read_text() == kept


def test_the_command_prints_its_key_and_ends_with_status_3_on_a_contradiction(tmp_path, monkeypatch, capsys):
    keys = tmp_path / "log.keys"
    keys.write_text(f"# the log\n{LOG.verifier}\n")
    words = ["--state", str(tmp_path / "state"), "--log", str(keys)]
    assert program.main([*words, "--key"]) == 0
    WitnessKey.parse(capsys.readouterr().out)
    log = Log(LEAVES, 300)
    monkeypatch.setattr(program, "_get", lambda url: log.get(url))
    assert program.main([*words, "--follow", "http://log", "--once"]) == 0

    log.size = 200

    assert program.main([*words, "--follow", "http://log", "--once"]) == 3
    assert "THE LOG WAS CHANGED" in capsys.readouterr().err

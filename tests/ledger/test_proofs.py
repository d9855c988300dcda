"""What the world sees: checkpoints, tiles, receipts, keys, and the verifier that needs nothing of ours."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import path

from ledger import selectors, views
from ledger.domain import merkle, tiles, verify
from ledger.domain.errors import ProofError, WrongStateError
from ledger.domain.note import Checkpoint, SignerKey, VerifierKey, open_note, sign
from ledger.domain.proof import Receipt
from ledger.models import TileRow, TreeHead
from ledger.services import checkpoints, log_keys, receipts
from tests.ledger import stories

pytestmark = pytest.mark.django_db

urlpatterns = [
    path("checkpoint", views.checkpoint),
    path("tile/<path:tile_path>", views.tile),
    path("consistency", views.consistency),
    path("key", views.key),
    path("verify.py", views.verifier),
]


def event_id_at(position):
    return selectors.event_at(position).event_id


def opened(note):
    return Checkpoint.parse(open_note(note, log_keys.public_keys()))


def test_a_checkpoint_is_signed_when_events_are_new_and_not_twice():
    stories.tell(1)

    first = checkpoints.checkpoint()

    assert checkpoints.checkpoint() == first == checkpoints.newest()
    assert TreeHead.objects.count() == 1
    stories.tell(2)
    assert opened(checkpoints.checkpoint()).size == selectors.size() > opened(first).size


def test_receipts_of_old_events_verify_against_newer_checkpoints():
    stories.tell(1)
    old = checkpoints.checkpoint()
    for seed in (2, 3, 4):
        stories.tell(seed)
    new = opened(checkpoints.checkpoint())
    keys = log_keys.public_keys()

    for position in (0, 1, opened(old).size - 1, 255, 256, new.size - 1):
        proof = Receipt.parse(receipts.receipt(event_id_at(position)))
        assert proof.index == position
        assert proof.verify(keys) == new
        assert merkle.hash_leaf(proof.extra) == selectors.event_at(position).leaf_hash
    consistency = checkpoints.tree_of(new.size).consistency(opened(old).size, new.size)
    merkle.verify_consistency(
        first=opened(old).size, second=new.size, path=consistency, first_root=opened(old).root, second_root=new.root
    )


def test_a_receipt_for_an_event_after_the_checkpoint_signs_a_new_one():
    stories.tell(1)
    checkpoints.checkpoint()
    size = selectors.size()
    stories.tell(2)

    proof = Receipt.parse(receipts.receipt(event_id_at(size)))

    assert proof.verify(log_keys.public_keys()).size == selectors.size()
    with pytest.raises(WrongStateError):
        receipts.receipt(stories.ACTOR)


def test_a_receipt_with_any_part_changed_is_refused():
    stories.tell(1)
    good = Receipt.parse(receipts.receipt(event_id_at(5)))
    keys = log_keys.public_keys()

    bad = {
        "leaf": Receipt(extra=good.extra + b" ", index=good.index, path=good.path, checkpoint=good.checkpoint),
        "index": Receipt(extra=good.extra, index=good.index + 1, path=good.path, checkpoint=good.checkpoint),
        "path": Receipt(extra=good.extra, index=good.index, path=good.path[:-1], checkpoint=good.checkpoint),
        "size": Receipt(extra=good.extra, index=5, path=good.path, checkpoint=good.checkpoint.replace("\n", "\n9", 1)),
    }

    for changed in bad.values():
        with pytest.raises(ProofError):
            changed.verify(keys)
    for data in (b"", b"\xff", b"c2sp.org/tlog-proof@v1\n\n", b"c2sp.org/tlog-proof@v1\nindex x\n\n"):
        with pytest.raises(ProofError):
            Receipt.parse(data)


def test_full_tiles_are_kept_and_serve_the_same_proofs():
    for seed in range(1, 7):
        stories.tell(seed)
    head = opened(checkpoints.checkpoint())

    kept = TileRow.objects.filter(level=0).count()

    assert kept == head.size // 256 >= 2
    assert len(checkpoints.read_tile(1, 0, kept)) == 32 * kept
    assert checkpoints.tree_of(head.size).root() == head.root
    assert checkpoints.read_tile(0, 0, 256)[:64] == checkpoints.read_tile(0, 0, 2)


# ------------------------------------------------------------------------------------------- the offline verifier
@pytest.fixture
def receipt_files(tmp_path):
    """A receipt and the log's key, as files."""
    stories.tell(1)
    (tmp_path / "event.tlog-proof").write_bytes(receipts.receipt(event_id_at(7)))
    (tmp_path / "key").write_text("".join(f"{key}\n" for key in log_keys.public_keys()))
    return tmp_path


def run_alone(folder, *arguments):
    """The verifier as one file in an empty folder, without the project on its path."""
    alone = folder / "alone"
    alone.mkdir(exist_ok=True)
    (alone / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    command = [sys.executable, "-I", "verify.py", *map(str, arguments)]
    return subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)


def test_the_verifier_alone_proves_a_receipt_and_shows_the_event(receipt_files):
    result = run_alone(receipt_files, receipt_files / "event.tlog-proof", "--key", receipt_files / "key")

    assert (result.returncode, result.stderr) == (0, "")
    record = selectors.event_at(7)
    assert result.stdout.startswith(f"proved\nentry  7 of {selectors.size()}\n")
    assert f"kind   {record.event.kind}\n" in result.stdout
    assert json.loads(result.stdout.split("body   ")[1]) == record.event.body()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace("index 7", "index 8"), "another root"),
        (lambda text: text.replace("@v1", "@v2"), "no receipt"),
        (lambda text: text.replace("\n\n", "\n", 1), "base64"),
        (lambda text: text.replace("— ", "- "), "signature line"),
        (lambda text: text.replace("extra ey", "extra fy"), "another root"),
    ],
)
def test_the_verifier_tells_in_one_line_what_is_not_proved(receipt_files, capsys, spoil, told):
    file = receipt_files / "event.tlog-proof"
    file.write_text(spoil(file.read_text()))

    assert verify.main([str(file), "--key", str(receipt_files / "key")]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_the_verifier_refuses_another_logs_key_and_says_when_a_file_is_missing(receipt_files, capsys):
    other = receipt_files / "other"
    other.write_text(str(VerifierKey("else.example/log", bytes(range(32)))))
    receipt = str(receipt_files / "event.tlog-proof")

    assert verify.main([receipt, "--key", str(other)]) == 1
    assert "none of the keys" in capsys.readouterr().err
    assert verify.main([receipt, "--key", "nowhere"]) == 2
    assert verify.main([receipt, "--key", __file__]) == 1


def test_the_verifier_follows_consistency(receipt_files, capsys):
    old = checkpoints.newest()
    (receipt_files / "old").write_text(old)
    stories.tell(2)
    new_receipt = receipt_files / "new.tlog-proof"
    new_receipt.write_bytes(receipts.receipt(event_id_at(selectors.size() - 1)))
    sizes = opened(old).size, selectors.size()
    path_lines = [base64.b64encode(h).decode() for h in checkpoints.tree_of(sizes[1]).consistency(*sizes)]
    (receipt_files / "proof").write_text("\n".join(path_lines))
    more = ["--key", str(receipt_files / "key"), "--after", str(receipt_files / "old")]

    assert verify.main([str(new_receipt), *more, "--consistency", str(receipt_files / "proof")]) == 0
    assert f"grows  {sizes[0]} to {sizes[1]}" in capsys.readouterr().out
    (receipt_files / "proof").write_text("\n".join(path_lines[:-1]))
    assert verify.main([str(new_receipt), *more, "--consistency", str(receipt_files / "proof")]) == 1
    assert capsys.readouterr().out == ""


# ------------------------------------------------------------------------------------------------------------ keys
def test_key_files_are_for_their_owner_alone(settings):
    log_keys.newest()

    for file in Path(settings.LEDGER_KEY_DIR).glob("*.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_a_rotation_both_keys_sign_and_old_receipts_stay_valid(settings):
    stories.tell(1)
    old_key = log_keys.newest()
    old_receipt = receipts.receipt(event_id_at(3))

    new_key = log_keys.rotate()
    note = checkpoints.checkpoint()

    assert new_key != old_key
    assert open_note(note, [old_key]) == open_note(note, [new_key])
    assert log_keys.public_keys() == [new_key, old_key]
    Receipt.parse(old_receipt).verify(log_keys.public_keys())
    later = dt.datetime.now(dt.UTC) + log_keys.OVERLAP + dt.timedelta(seconds=1)
    assert [key.verifier for key in log_keys.signing_keys(now=later)] == [new_key]


def test_a_backup_brings_the_keys_back_and_does_not_mix_two_logs(settings, tmp_path):
    log_keys.rotate()
    keys = log_keys.public_keys()
    file = tmp_path / "backup.json"
    call_command("ledger", "key", "--backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="exists already"):
        call_command("ledger", "key", "--backup", str(file))

    settings.LEDGER_KEY_DIR = tmp_path / "elsewhere"
    call_command("ledger", "key", "--restore", str(file))

    assert log_keys.public_keys() == keys
    assert log_keys.restore(file.read_text()) == 0
    settings.LEDGER_KEY_DIR = tmp_path / "another log"
    log_keys.newest()
    with pytest.raises(WrongStateError, match="not those of the backup"):
        log_keys.restore(file.read_text())
    with pytest.raises(WrongStateError, match="no backup"):
        log_keys.restore("{}")


# ------------------------------------------------------------------------------------------------------------ http
@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_a_stranger_can_mirror_the_log_over_http(client):
    for seed in range(1, 5):
        stories.tell(seed)
    checkpoints.checkpoint()

    key = VerifierKey.parse(client.get("/key").content.decode().splitlines()[0])
    response = client.get("/checkpoint")
    head = Checkpoint.parse(open_note(response.content.decode(), [key]))

    def fetch(level, index, width):
        answer = client.get(f"/tile/{tiles.tile_path(level, index, width)}")
        assert answer["Content-Type"] == "application/octet-stream"
        assert "immutable" in answer["Cache-Control"]
        assert len(answer.content) == 32 * width
        return answer.content

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "max-age=1," in response["Cache-Control"]
    assert tiles.TileTree(head.size, fetch).root() == head.root
    assert not response.cookies


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_a_consistency_proof_over_http_links_two_checkpoints(client):
    stories.tell(1)
    old = opened(checkpoints.checkpoint())
    stories.tell(2)
    new = opened(checkpoints.checkpoint())

    lines = client.get(f"/consistency?from={old.size}&to={new.size}").content.decode().split()

    proof = [base64.b64decode(line) for line in lines]
    merkle.verify_consistency(first=old.size, second=new.size, path=proof, first_root=old.root, second_root=new.root)


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tile/0/001", 404),
        ("/tile/0/000.p/255", 404),
        ("/tile/0/0", 404),
        ("/tile/entries/000", 404),
        ("/consistency", 400),
        ("/consistency?from=0&to=5", 404),
        ("/consistency?from=5&to=3", 404),
        ("/consistency?from=1&to=999999", 404),
        ("/consistency?from=01&to=5", 400),
    ],
)
def test_what_the_checkpoint_does_not_cover_is_not_served(client, address, status):
    stories.tell(1)
    checkpoints.checkpoint()

    assert client.get(address).status_code == status


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_the_verifier_can_be_downloaded_alone(client):
    response = client.get("/verify.py")

    assert response.content == Path(verify.__file__).read_bytes()
    assert "attachment" in response["Content-Disposition"]
    assert len(response.content.splitlines()) <= 300


# -------------------------------------------------------------------------------------------------------- commands
def test_export_writes_the_leaf_bytes_one_event_a_line(tmp_path):
    stories.tell(1)
    whole, part = tmp_path / "whole", tmp_path / "part"

    call_command("ledger", "export", "--out", str(whole))
    call_command("ledger", "export", "--out", str(part), "--from", "3", "--to", "5")

    lines = whole.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [merkle.hash_leaf(line) for line in lines] == [r.leaf_hash for r in selectors.all_records()]
    assert part.read_bytes().split(b"\n")[:-1] == lines[3:6]


def test_commands_print_what_other_tools_build_on(tmp_path, capsys):
    stories.tell(1)
    receipt = tmp_path / "r"

    call_command("ledger", "checkpoint")
    call_command("ledger", "key")
    note, key = capsys.readouterr().out.rsplit("\n", 2)[:2]
    call_command("ledger", "receipt", str(event_id_at(2)), "--out", str(receipt))
    (tmp_path / "k").write_text(key)

    assert open_note(note + "\n", [VerifierKey.parse(key)])
    assert verify.main([str(receipt), "--key", str(tmp_path / "k")]) == 0
    with pytest.raises(CommandError):
        call_command("ledger", "receipt", str(stories.ACTOR))
    with pytest.raises(CommandError, match="no projection"):
        call_command("ledger", "rebuild", "nonsense")


def test_a_receipt_under_the_checkpoint_of_another_log_is_refused():
    key = SignerKey("our.example/log", b"k" * 32)
    leaf = b'{"kind":"x"}'
    note = sign(Checkpoint("another.example/log", 1, merkle.hash_leaf(leaf)).text, [key])
    receipt = Receipt(extra=leaf, index=0, path=(), checkpoint=note)

    with pytest.raises(ProofError, match="of another log"):
        receipt.verify([key.verifier])


def test_a_sealed_receipt_proves_the_place_of_an_event_and_does_not_show_it(tmp_path):
    stories.tell(1)
    full = Receipt.parse(receipts.receipt(event_id_at(7)))

    sealed = Receipt.parse(receipts.receipt(event_id_at(7), sealed=True))

    assert sealed.verify(log_keys.public_keys()) == full.verify(log_keys.public_keys())
    assert sealed.leaf_hash == full.leaf_hash == selectors.event_at(7).leaf_hash
    assert full.extra not in sealed.encode()
    keys = "\n".join(map(str, log_keys.public_keys()))
    told, *_ = verify.check(sealed.encode().decode(), keys)
    assert f"sealed {full.leaf_hash.hex()}" in told
    moved = dataclasses.replace(sealed, index=8)
    with pytest.raises(ProofError):
        moved.verify(log_keys.public_keys())
    with pytest.raises(verify.NotProvedError):
        verify.check(moved.encode().decode(), keys)

"""What is checked beside the events themselves: tree heads, tiles, keys, journal. Each takes one event at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.db import connection

from ledger.domain import canonical, merkle
from ledger.domain.errors import LedgerError, ProofError
from ledger.domain.events import Event
from ledger.domain.journal import MONEY_EVENTS, Posting, postings_of
from ledger.domain.note import Checkpoint, VerifierKey, open_note, split_note
from ledger.domain.tiles import WIDTH, split_hashes, tile_root
from ledger.models import CommandRow, TileRow, TreeHead
from ledger.services.audit.errors import AuditError
from ledger.services.audit.rows import CheckedEvent, stream
from ledger.services.log import COMMANDS_SQL, Record

POSTINGS_SQL = "select position, line, account, currency, amount_micro from ledger_posting order by position, line"
KEYS_PER_QUERY = 2000


class RootBuilder:
    """The RFC 6962 tree as it grows: roots of whole subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[tuple[int, bytes]] = []

    def add(self, leaf_hash: bytes) -> None:
        """One more leaf."""
        height, root = 0, leaf_hash
        while self._roots and self._roots[-1][0] == height:
            root = merkle.hash_children(self._roots.pop()[1], root)
            height += 1
        self._roots.append((height, root))
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self._roots:
            return merkle.EMPTY_ROOT
        root = self._roots[-1][1]
        for _, left in reversed(self._roots[:-1]):
            root = merkle.hash_children(left, root)
        return root


class Heads:
    """Every stored tree head is the one that was signed, and the rows lead to its root; a witness's too."""

    def __init__(self, keys: Sequence[VerifierKey], witness: Checkpoint | None) -> None:
        self.tree = RootBuilder()
        self.count = 0
        self._right_upto = 0
        self._roots: dict[int, bytes] = {}
        for row in TreeHead.objects.order_by("id"):
            self._roots[row.size] = _signed_root(row, keys)
            self.count += 1
        if witness is not None and self._roots.setdefault(witness.size, witness.root) != witness.root:
            raise AuditError(max(witness.size - 1, 0), "a checkpoint kept elsewhere contradicts the stored one")
        self._check_here()

    def check(self, event: CheckedEvent) -> None:
        """The next leaf, and the head over everything up to it."""
        self.tree.add(event.leaf_hash)
        self._check_here()

    def finish(self) -> None:
        """No head covers more than there is."""
        if self._roots and max(self._roots) > self.tree.size:
            told = f"a checkpoint over {max(self._roots)} events was signed: events from here on are missing"
            raise AuditError(self.tree.size, told)

    def _check_here(self) -> None:
        size = self.tree.size
        if (signed := self._roots.get(size)) is None:
            return
        if self.tree.root() != signed:
            told = f"the checkpoint over {size} events has another root: an event from here to {size - 1} was changed"
            raise AuditError(self._right_upto, told)
        self._right_upto = size


def _signed_root(row: TreeHead, keys: Sequence[VerifierKey]) -> bytes:
    position = max(row.size - 1, 0)
    try:
        text = open_note(row.note, keys) if keys else split_note(row.note)[0]
        signed = Checkpoint.parse(text)
    except ProofError as error:
        raise AuditError(position, f"the stored tree head over {row.size} events is not signed: {error}") from error
    if (signed.size, signed.root) != (row.size, bytes(row.root)):
        raise AuditError(position, f"the stored tree head over {row.size} events is not the one that was signed")
    return signed.root


class Tiles:
    """Each kept tile holds the hashes of the events under it: a changed event is named even if its hash fits."""

    def __init__(self) -> None:
        self._leaf_hashes: list[bytes] = []

    def check(self, event: CheckedEvent) -> None:
        """The next leaf."""
        self._leaf_hashes.append(event.leaf_hash)
        if len(self._leaf_hashes) == WIDTH:
            self._check_tile(event.position // WIDTH)
            self._leaf_hashes.clear()

    def _check_tile(self, index: int) -> None:
        row = TileRow.objects.filter(level=0, index=index).first()
        if row is None:
            return
        kept = split_hashes(bytes(row.hashes))
        for place, (leaf_hash, kept_hash) in enumerate(zip(self._leaf_hashes, kept, strict=False)):
            if leaf_hash != kept_hash:
                raise AuditError(index * WIDTH + place, "the event is not the one whose hash its tile holds")

    def finish(self) -> None:
        """Roots of tiles, and the levels above the leaves."""
        roots: dict[tuple[int, int], bytes] = {}
        for row in TileRow.objects.order_by("level", "index").iterator():
            first = row.index * WIDTH ** (row.level + 1)
            hashes = split_hashes(bytes(row.hashes))
            if len(hashes) != WIDTH or tile_root(bytes(row.hashes)) != bytes(row.root):
                raise AuditError(first, f"the root of tile {row.index} of level {row.level} is not that of its hashes")
            below = (roots.get((row.level - 1, row.index * WIDTH + place)) for place in range(WIDTH))
            if row.level and any(root != value for root, value in zip(below, hashes, strict=True)):
                raise AuditError(first, f"tile {row.index} of level {row.level} is not what lies below it")
            roots[row.level, row.index] = bytes(row.root)


class Keys:
    """Each idempotency key stands for the very events that carry it."""

    def __init__(self) -> None:
        self._open: list[CheckedEvent] = []
        self._expected: dict[str, tuple[bytes, int, int]] = {}
        self._count = 0

    def check(self, event: CheckedEvent) -> None:
        """The next event: a new key ends the command before it."""
        if self._open and self._open[0].key != event.key:
            self._close()
        self._open.append(event)

    def finish(self) -> None:
        """The last command, and no key too many."""
        if self._open:
            self._close()
        self._compare()
        if CommandRow.objects.count() != self._count:
            row = CommandRow.objects.order_by("-first_position").first()
            raise AuditError(row.first_position if row else 0, "there are keys that no event carries")

    def _close(self) -> None:
        first = self._open[0]
        kinds = ",".join(canonical.text(event.kind) for event in self._open)
        head = f'{{"actor":"{first.actor_id}","kinds":[{kinds}]}}'.encode()  # as the writer wrote it
        fingerprint = sha256(b"\n".join((head, *(event.body for event in self._open)))).digest()
        self._expected[first.key] = (fingerprint, first.position, len(self._open))
        self._count += 1
        self._open = []
        if len(self._expected) >= KEYS_PER_QUERY:
            self._compare()

    def _compare(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(COMMANDS_SQL, [list(self._expected)])
            found = {key: (bytes(mark), first, count) for key, mark, first, count in cursor.fetchall()}
        for key, expected in self._expected.items():
            if found.get(key) != expected:
                raise AuditError(expected[1], f"the key {key!r} does not stand for the events that carry it")
        self._expected = {}


class Journal:
    """Each journal entry is what its event says, and balances."""

    def __init__(self) -> None:
        self._kinds = frozenset(MONEY_EVENTS)
        self._rows = stream(POSTINGS_SQL)
        self._next = next(self._rows, None)

    @staticmethod
    def kinds() -> list[type[Event]]:
        """The events that move money; no other may have an entry."""
        return list(MONEY_EVENTS)

    def check_many(self, records: Iterable[Record]) -> None:
        """The entries of the next events; those that move no money are passed over."""
        for record in records:
            if type(record.event) in self._kinds:
                self.check(record)

    def check(self, record: Record) -> None:
        """The entry of the next event that moves money."""
        position = record.position
        found = []
        if self._next is not None and self._next[0] < position:
            raise AuditError(self._next[0], "there is a journal entry where no money moved")
        while self._next is not None and self._next[0] == position:
            found.append(self._next)
            self._next = next(self._rows, None)
        try:
            expected = postings_of(record.event)
        except LedgerError as error:
            raise AuditError(position, f"the event's entry does not balance: {error}") from error
        lines = [(position, line, p.account, p.currency, p.amount_micro) for line, p in enumerate(expected)]
        if found != lines:
            told = f"the journal entry is not what its event says: {_posted(found)} instead of {_posted(lines)}"
            raise AuditError(position, told)

    def finish(self) -> None:
        """No entry without an event."""
        if self._next is not None:
            raise AuditError(self._next[0], "a journal entry has no event")


def _posted(rows: Sequence[tuple[object, ...]]) -> str:
    postings = (Posting(str(row[2]), str(row[3]), int(str(row[4]))) for row in rows)
    return ", ".join(f"{p.account} {p.amount_micro} {p.currency}" for p in postings) or "nothing"

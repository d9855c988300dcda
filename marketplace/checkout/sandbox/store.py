"""Where the sandbox keeps what it knows: one SQLite file, one transaction a request.

Objects are kept as the JSON that a client sees. Names that start with an underscore are ours and never sent; `_x` is
what an `expand` of `x` puts in.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from marketplace.checkout.sandbox.errors import Refusal, missing

Object: TypeAlias = "dict[str, Any]"

_ALPHABET = string.ascii_letters + string.digits
_SCHEMA = """
create table if not exists object (
    seq integer primary key autoincrement, id text not null unique, kind text not null, due_at integer,
    body text not null);
create index if not exists object_kind on object (kind, seq);
create index if not exists object_due on object (due_at) where due_at is not null;
create table if not exists lookup (kind text, field text, value text, id text, primary key (kind, field, value, id));
create table if not exists funds (
    account text, currency text, amount integer not null, primary key (account, currency));
create table if not exists pending (
    seq integer primary key, account text, currency text, amount integer not null, available_on integer not null);
create table if not exists answer (
    scope text primary key, params text not null, status integer not null, body text not null,
    created integer not null);
create table if not exists delivery (
    seq integer primary key, event_id text not null, endpoint_id text not null, due_at real not null,
    attempts integer not null default 0, state text not null default 'pending', last_status text);
create index if not exists delivery_due on delivery (state, due_at);
create table if not exists page_token (token text primary key, about text not null, used integer not null default 0);
create table if not exists setting (name text primary key, value text not null);
"""

LOOKUPS = {
    "charge": ("payment_intent", "customer", "transfer_group"),
    "refund": ("charge", "payment_intent"),
    "transfer": ("transfer_group", "destination", "source_transaction"),
    "dispute": ("charge", "payment_intent"),
    "balance_transaction": ("source", "type", "currency", "_account"),
    "checkout.session": ("payment_intent", "subscription", "status"),
    "invoice": ("subscription", "customer", "status"),
    "subscription": ("customer", "status"),
    "payment_intent": ("customer",),
    "event": ("type",),
}
"""Fields by which a list may be asked for."""


class Store:
    """The file, and the only door to it. One thread uses it: the server's."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # signing secrets lie in it; its side files take the same mode
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._clock = clock
        self._moment: int | None = None
        self.request: Object = {"id": None, "idempotency_key": None}
        # A write-ahead log outlives kill -9 of this process without a flush for every commit.
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self, *, moment: int | None = None) -> Iterator[None]:
        """All of it or nothing; `moment` sets the clock (tests and demo data)."""
        self._db.execute("begin immediate")
        self._moment = moment
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        else:
            self._db.execute("commit")
        finally:
            self._moment = None

    def settled(self, act: Callable[[], Object], *, moment: int | None = None) -> Object:
        """Commit what `act` did, also where it ended in a refusal that is kept."""
        refused: Refusal | None = None
        self.request = {"id": None, "idempotency_key": None}
        with self.transaction(moment=moment):
            try:
                return act()
            except Refusal as refusal:
                if not refusal.kept:
                    raise
                refused = refusal
        raise refused

    def now(self) -> int:
        """Whole seconds since 1970, as every timestamp of the API."""
        return int(self._clock()) if self._moment is None else self._moment

    @property
    def in_story(self) -> bool:
        """Whether a lever was pulled for a moment of its own: what follows then comes by levers, too, not by time."""
        return self._moment is not None

    def wall(self) -> float:
        """The real clock, for when something is to be done next."""
        return self._clock()

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement."""
        return self._db.execute(statement, values).fetchall()

    # ------------------------------------------------------------------------------------------------ objects
    @staticmethod
    def new_id(prefix: str, size: int = 24) -> str:
        """A name that nobody can guess."""
        return prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(size))

    def put(self, thing: Object, *, due_at: int | None = None) -> Object:
        """Write `thing` as it now is."""
        kind, body = thing["object"], json.dumps(thing, separators=(",", ":"))
        self._db.execute(
            "insert into object (id, kind, due_at, body) values (?, ?, ?, ?)"
            " on conflict (id) do update set body = excluded.body, due_at = excluded.due_at",
            (thing["id"], kind, due_at, body),
        )
        fields = LOOKUPS.get(kind, ())
        if fields:
            self._db.execute("delete from lookup where id = ? and kind = ?", (thing["id"], kind))
        for field in fields:
            if isinstance(value := thing.get(field, thing.get(f"_{field}")), str):
                self._db.execute("insert into lookup values (?, ?, ?, ?)", (kind, field, value, thing["id"]))
        return thing

    def find(self, object_id: str) -> Object | None:
        """The object with this id, of whatever kind."""
        rows = self.sql("select body from object where id = ?", object_id)
        return json.loads(rows[0][0]) if rows else None

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Object:
        """The object, or the processor's 404."""
        thing = self.find(object_id)
        if thing is None or thing["object"] != kind:
            raise missing(kind.replace(".", " "), object_id, param)
        return thing

    def page(
        self,
        kind: str,
        *,
        where: dict[str, str],
        after: str | None = None,
        before: str | None = None,
        created: tuple[int, int] | None = None,
        limit: int = 10,
    ) -> tuple[list[Object], bool]:
        """Newest first; the flag says whether there is more."""
        statement, values = "select body from object o where kind = ?", [kind]
        for field, value in where.items():
            statement += " and id in (select l.id from lookup l where l.kind = o.kind and l.field = ? and l.value = ?)"
            values += [field, value]
        bounds: list[Any] = []
        if created is not None:
            statement += " and json_extract(body, '$.created') between ? and ?"
            bounds += list(created)
        for cursor, sign in ((after, "<"), (before, ">")):
            if cursor is not None:
                statement += f" and seq {sign} (select seq from object where id = ?)"  # noqa: S608 - one of two signs
                bounds.append(cursor)
        order = "asc" if before is not None and after is None else "desc"
        rows = self.sql(f"{statement} order by seq {order} limit ?", *values, *bounds, limit + 1)
        things = [json.loads(row[0]) for row in rows[:limit]]
        return (things[::-1] if order == "asc" else things), len(rows) > limit

    def every(self, kind: str, **where: str) -> list[Object]:
        """All objects of a kind, oldest first."""
        return self.page(kind, where=where, limit=1_000_000)[0][::-1]

    def due(self, kind: str) -> list[Object]:
        """Objects whose time has come."""
        rows = self.sql("select body from object where due_at <= ? and kind = ?", self.now(), kind)
        return [json.loads(row[0]) for row in rows]

    # ---------------------------------------------------------------------------------------------- settings
    def setting(self, name: str, default: Any = None) -> Any:
        """A value that outlives the process."""
        rows = self.sql("select value from setting where name = ?", name)
        return json.loads(rows[0][0]) if rows else default

    def set(self, name: str, value: Any) -> None:
        """Keep a value."""
        self.sql("insert or replace into setting values (?, ?)", name, json.dumps(value))

    # ------------------------------------------------------------------------------------ single-use form tokens
    def new_token(self, about: str) -> str:
        """A token for one form on one page."""
        token = secrets.token_urlsafe(24)
        self.sql("insert into page_token (token, about) values (?, ?)", token, about)
        return token

    def use_token(self, token: str, about: str) -> bool:
        """True exactly once for each token."""
        rows = self.sql(
            "update page_token set used = 1 where token = ? and about = ? and used = 0 returning 1", token, about
        )
        return bool(rows)

"""Valkey, embedded: the queue and the channel layer."""

from __future__ import annotations

import contextlib
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from .places import VALKEY_SOCKET
from .server import Server

PROBE_TIMEOUT_S = 1.0


class Valkey(Server):
    """The queue's server. It may forget the last second in a crash of the machine: the database is the outbox."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    @property
    def data(self) -> Path:
        """The folder of the append-only file."""
        return self.place.valkey_data

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.place.sockets / VALKEY_SOCKET

    def url(self) -> str:
        """A URL that redis-py, Celery and the channel layer all read."""
        return f"unix://:{self.secrets.valkey}@{quote(str(self.socket))}"

    def command(self) -> list[str]:
        """The configuration comes through standard input: a password on a command line is everybody's."""
        return [str(self.place.valkey_server), "-"]

    def configuration(self) -> bytes:
        """Sockets only, a password, and the append-only file flushed every second."""
        lines = {
            "port": "0",
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "requirepass": self.secrets.valkey,
            "dir": f'"{self.data}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "set-proc-title": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items()).encode()

    def ready(self) -> bool:
        """Whether it answers PING: it refuses while it still reads its file."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PROBE_TIMEOUT_S)
            probe.connect(str(self.socket))
            probe.sendall(f"AUTH {self.secrets.valkey}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := probe.recv(256)):
                answer += part
            return answer.endswith(b"+PONG\r\n")
        return False

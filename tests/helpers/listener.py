"""A small HTTP server that stands for the site: it keeps what is posted to it, and answers as told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Listener:
    """What arrived, in the order in which it did."""

    url: str = ""
    posts: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def wait_for(self, done: Callable[[], bool], seconds: float = 8.0) -> None:
        """Wait until `done`, or fail."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"{len(self.posts)} posts arrived"
            time.sleep(0.02)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Listen until the block ends; `answers` are the next statuses, 200 when there are none."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.posts.append((body, self.headers["Stripe-Signature"]))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/stripe/webhook/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Start the sandbox: `python -m marketplace.checkout.sandbox --port 8001 --state var/sandbox --key-file FILE`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from marketplace.checkout.sandbox.app import Sandbox
from marketplace.checkout.sandbox.keys import KEY_PREFIX, read_or_make
from marketplace.checkout.sandbox.store import Store


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.checkout.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="on 127.0.0.1 only")
    parser.add_argument("--uds", help="a unix socket instead of a port; needs --public-url")
    parser.add_argument("--state", type=Path, required=True, help="folder of the sandbox's own state")
    parser.add_argument("--key-file", type=Path, help="default: keys.json in the state folder; made if missing")
    parser.add_argument("--webhook-url", help="the site's address that is told of events")
    parser.add_argument("--public-url", help="what a browser calls this server; default http://127.0.0.1:PORT")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Serve until stopped."""
    real = os.environ.get("STRIPE_SECRET_KEY", "")
    if real and not real.startswith(KEY_PREFIX):
        print("A real Stripe key is set: the sandbox does not start.", file=sys.stderr)
        return 2
    options = arguments(given)
    store = Store(options.state / "sandbox.sqlite3")
    keys = read_or_make(options.key_file or options.state / "keys.json")
    base_url = options.public_url or f"http://127.0.0.1:{options.port}"
    app = Sandbox(store, keys, base_url=base_url.rstrip("/"), webhook_url=options.webhook_url)
    where = {"uds": options.uds} if options.uds else {"host": "127.0.0.1", "port": options.port}
    print(f"sandbox: {base_url} (control page at {base_url}/control), no real money", flush=True)
    # Lost responses are asked for, and the server would call them errors; what matters is in the answers themselves.
    uvicorn.run(app, **where, lifespan="on", log_level="critical", access_log=False, timeout_graceful_shutdown=2)
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

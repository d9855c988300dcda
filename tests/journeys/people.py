"""People without a browser: they speak the site's own HTTP, and try again as a patient client does."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.journeys.site import Site

PASSWORD = "five lines and a short one"
PATIENCE_S = 60.0
TIMEOUT_S = 15.0


class NotHeardError(Exception):
    """Nobody answered sensibly for a whole minute."""


class Person:
    """An account and its session; every request is tried until somebody answers below 500."""

    def __init__(self, site: Site, name: str, *, sells: bool = False) -> None:
        self.site, self.session = site, requests.Session()
        form = {"email": f"{name}@example.org", "display_name": name, "password": PASSWORD}
        self.post("/sign-up/", {**form, **({"creator": "on"} if sells else {})})

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request, repeated while the site is away."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.session.request(
                    method, f"{self.site.url}{path}", timeout=TIMEOUT_S, allow_redirects=False, **more
                )
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            except requests.RequestException:
                pass
            if time.monotonic() > end:
                raise NotHeardError(f"{method} {path}")
            time.sleep(0.2)

    def post(self, path: str, form: dict[str, Any]) -> requests.Response:
        """Send a form, as a page would."""
        return self.ask("POST", path, data={**form, "csrfmiddlewaretoken": self._token()})

    def _token(self) -> str:
        if "csrftoken" not in self.session.cookies:
            self.ask("GET", "/sign-in/")
        return str(self.session.cookies.get("csrftoken") or "")

    def upload(self, name: str, data: bytes) -> str:
        """The whole protocol, resumed wherever it broke; the job's id, once the site has said 202."""
        headers = {"X-CSRFToken": self._token()}
        begun = self.ask("POST", "/api/uploads/", json={"name": name, "size": len(data)}, headers=headers)
        assert begun.status_code == 201, begun.text
        address = f"/api/uploads/{begun.json()['id']}/"
        while (offset := int(self.ask("GET", address).json()["offset"])) < len(data):
            sent = {**headers, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            self.ask("PATCH", address, data=data[offset:], headers=sent)
        done = self.ask("POST", f"{address}complete/", json={"title": name}, headers=headers)
        assert done.status_code == 202, done.text
        return str(done.json()["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """How a job stands."""
        told: dict[str, Any] = self.ask("GET", f"/api/jobs/{job_id}/").json()
        return told

    def wait_for(self, job_id: str, *, seconds: float = 120.0) -> dict[str, Any]:
        """A job's end."""
        end = time.monotonic() + seconds
        while (told := self.job(job_id))["state"] == "requested" or told["state"] == "running":
            assert time.monotonic() < end, told
            time.sleep(0.2)
        return told

    def offer(self, element_id: str, *, price: str) -> str:
        """Publish with a standard licence, all of it one's own; the element's page."""
        form_text = self.ask("GET", f"/elements/{element_id}/publish/").text
        party = re.search(r'name="party_id"[^>]*value="([^"]+)"', form_text)
        assert party is not None
        form = {"currency": "EUR", "standard": price, "upstream": "10", "party_id": party[1], "party": ""}
        answer = self.post(f"/elements/{element_id}/publish/", {**form, "role": "producer", "percent": "100"})
        assert answer.status_code == 302, answer.text[:2000]
        return f"/elements/{element_id}/"

    def listing_on(self, page: str) -> str:
        """What a buyer finds on offer on an element's page."""
        listing = re.search(r'name="listing"[^>]*value="([^"]+)"', self.ask("GET", page).text)
        assert listing is not None
        return listing[1]

    def checks_out(self, listing_id: str) -> tuple[str, str] | None:
        """(order's page, payment session) of a placed order; None where the site refused in words."""
        answer = self.post("/checkout/", {"listing": listing_id})
        where = answer.headers.get("Location", "")
        session = re.search(r"cs_\w+", where)
        return (where, session[0]) if session else None


class Counter:
    """The payment sandbox, whose levers pay without a page."""

    def __init__(self, site: Site) -> None:
        self.url = f"http://127.0.0.1:{urlsplit(site.url).port + 1}"  # type: ignore[operator]
        self.key = json.loads((site.var / "keys" / "sandbox.json").read_text())["secret_key"]

    def pull(self, verb: str, **fields: Any) -> dict[str, Any]:
        """Pull a lever; it must work, for the sandbox is not what is killed."""
        answer = requests.post(
            f"{self.url}/control/api/{verb}",
            data=fields,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=TIMEOUT_S,
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

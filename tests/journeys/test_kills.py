"""kill -9 of everything in turn while people upload and buy: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter as Counts
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journeys.people import Counter, Person
from tests.journeys.site import Site

pytestmark = [pytest.mark.journey, pytest.mark.slow]

BACK_S_MAX = 15.0
"""The aim is 5 s on an idle machine; machines that run tests are seldom idle."""
OFFERS, BUYERS = 4, 3
VICTIMS = ("postgres", "valkey", "worker", "web")

FINDINGS = """
import json
from ledger import selectors as ledger
from marketplace.checkout.orders import Order
from production.models import Element
facts = {"created": [], "paid": [], "granted": []}
for record in ledger.all_records():
    kind = record.event.kind
    if kind == "element.created.v1": facts["created"].append(str(record.event.element_id))
    if kind == "order.paid.v2": facts["paid"].append(str(record.event.order_id))
    if kind == "licence.granted.v2": facts["granted"].append([str(record.event.order_id), str(record.event.line_id)])
facts["elements"] = [str(one) for one in Element.objects.values_list("id", flat=True)]
facts["orders"] = {one.session_id: [str(one.id), one.status] for one in Order.objects.exclude(session_id="")}
print("FACTS" + json.dumps(facts))
"""


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(tmp_path: Path, capsys: Any) -> None:
    with Site.running(tmp_path) as site:
        maker, probe = (Person(site, name, sells=True) for name in ("mira", "probe"))
        buyers = [Person(site, f"buyer{n}") for n in range(BUYERS)]
        songs = [made(maker, maker.upload(f"{n}.chords", song(n))) for n in range(OFFERS)]
        offers = [buyers[0].listing_on(maker.offer(song_id, price="12.00")) for song_id in songs]

        crowd = Crowd(maker, buyers, offers, Counter(site))
        with crowd:
            back_s = {victim: kill_and_wait(site, victim) for victim in VICTIMS}
            back_s |= {f"{victim} again": kill_and_wait(site, victim) for victim in ("worker", "postgres")}
            began = time.monotonic()
            probed = probe.upload("probe.chords", song(999))
            probe.wait_for(probed)
            works_s = time.monotonic() - began
            crowd.wait_until_done()

        ends = {job_id: maker.wait_for(job_id) for job_id in crowd.jobs} | {probed: probe.job(probed)}
        wait_until_paid(site, crowd.paid)
        found = facts_of(site)
        verdict = site.manage("ledger", "verify")

    with capsys.disabled():
        told = ", ".join(f"{victim} {seconds:.1f} s" for victim, seconds in back_s.items())
        print(f"\nback after kill -9: {told}; a new upload was an element after {works_s:.1f} s")
        print(f"{len(ends)} uploads and {len(crowd.paid)} purchases meanwhile")
    assert crowd.broken == []
    check_uploads(ends, found)
    check_purchases(crowd.paid, found)
    assert "are right" in verdict
    assert max(back_s.values()) < BACK_S_MAX, back_s


def song(number: int) -> bytes:
    """Chords that no other song has."""
    draw = random.Random(number)
    bars = [draw.choice("CDEFGAB") + draw.choice(["", "m", "7", "m7"]) for _ in range(16)]
    return " | ".join(bars).encode()


def made(maker: Person, job_id: str) -> str:
    end = maker.wait_for(job_id)
    assert end["state"] == "finished", end
    return str(end["result"]["element_id"])


class Crowd:
    """One thread that uploads and one for each buyer, until everything on their lists is done."""

    def __init__(self, maker: Person, buyers: list[Person], offers: list[str], counter: Counter) -> None:
        self.jobs: list[str] = []
        self.paid: list[str] = []
        self.broken: list[str] = []
        self.ending = threading.Event()
        work: list[Callable[[], None]] = [lambda: self.upload(maker)]
        work += [lambda buyer=buyer: self.buy(buyer, offers, counter) for buyer in buyers]  # type: ignore[misc]
        self.threads = [threading.Thread(target=self.guarded, args=(one,)) for one in work]

    def __enter__(self) -> Crowd:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ending.set()
        self.wait_until_done()

    def wait_until_done(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(90)

    def guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.broken.append(repr(error))

    def upload(self, maker: Person) -> None:
        number = 100
        while not self.ending.is_set() and number < 160:
            self.jobs.append(maker.upload(f"{number}.chords", song(number)))
            number += 1
            time.sleep(0.2)

    def buy(self, buyer: Person, offers: list[str], counter: Counter) -> None:
        for offer in offers:
            placed = buyer.checks_out(offer)
            if placed is None:
                continue
            counter.pull("pay", session=placed[1])
            self.paid.append(placed[1])
            if self.ending.wait(2.0):
                return


def pid_of(site: Site, victim: str) -> int | None:
    if victim in ("postgres", "valkey"):
        servers = json.loads(site.manage("services", "status", "--json"))["servers"]
        return int(servers[victim]["pid"])
    word = {"worker": "celery", "web": "uvicorn"}[victim]
    rows = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    for row in rows.splitlines():
        pid, parent, args = row.split(None, 2)
        if int(parent) == site.process.pid and word in args and "beat" not in args:
            return int(pid)
    return None


def kill_and_wait(site: Site, victim: str) -> float:
    """Seconds from the kill until another process has its place and the site is well."""
    time.sleep(1.0)
    before = pid_of(site, victim)
    assert before is not None, f"there is no {victim}"
    os.kill(before, signal.SIGKILL)
    began = time.monotonic()
    while time.monotonic() - began < 60:
        if is_back(site, victim, before):
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"the {victim} did not come back")


def is_back(site: Site, victim: str, before: int) -> bool:
    if victim in ("worker", "web") and pid_of(site, victim) in (None, before):
        return False
    try:
        alive = not Path(f"/proc/{before}").exists() or _is_zombie(before)
        return alive and requests.get(f"{site.url}/healthz/", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def facts_of(site: Site) -> dict[str, Any]:
    told = site.manage("shell", "-c", FINDINGS)
    facts: dict[str, Any] = json.loads(told[told.index("FACTS") + 5 :])
    return facts


def wait_until_paid(site: Site, sessions: list[str], *, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        orders = facts_of(site)["orders"]
        if all(orders.get(session, ["", ""])[1] == "paid" for session in sessions):
            return
        time.sleep(1.0)


def check_uploads(ends: dict[str, dict[str, Any]], found: dict[str, Any]) -> None:
    """Each acknowledged upload ended as one element, and there is no element besides."""
    refused = [end for end in ends.values() if end["state"] != "finished"]
    elements = [end["result"]["element_id"] for end in ends.values() if end["state"] == "finished"]

    assert all(end["state"] == "failed" and end["code"] for end in refused), refused
    assert len(set(elements)) == len(elements) >= 5
    assert Counts(found["created"]) == Counts(found["elements"]), "the ledger and the shelves differ"
    assert len(set(found["created"])) == len(found["created"]) == len(elements) + OFFERS


def check_purchases(sessions: list[str], found: dict[str, Any]) -> None:
    """Each payment is one paid order with one licence for its line, and nothing else was paid."""
    orders = [found["orders"][session] for session in sessions]

    assert [status for _order, status in orders] == ["paid"] * len(sessions)
    assert len(sessions) >= BUYERS
    assert Counts(found["paid"]) == Counts(order for order, _status in orders)
    assert Counts(order for order, _line in found["granted"]) == Counts(order for order, _status in orders)

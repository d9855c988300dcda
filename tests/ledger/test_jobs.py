"""Work that becomes part of the record, and work that does not."""

from __future__ import annotations

import datetime as dt

import pytest

from ledger import selectors
from ledger.domain.errors import KeyReusedError, WrongStateError
from ledger.domain.ids import uuid7
from ledger.models import Dispatch, Outbox
from ledger.services import dispatch, jobs, outbox

ACTOR = uuid7()


@pytest.fixture
def sent(monkeypatch):
    """What was put on the queue."""
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(dispatch, "enqueue", lambda task, work_id: calls.append((task, str(work_id))))
    return calls


def ask(key: str = "a", **arguments):
    return jobs.request(task="test.work", arguments=arguments, actor_id=ACTOR, key=key)


@pytest.mark.django_db(transaction=True)
def test_a_job_is_put_on_the_queue_after_the_commit_and_ends_with_an_event(sent):
    job_id = ask(file="x")

    assert sent == [("test.work", str(job_id))]
    with jobs.running(job_id) as job:
        assert job.arguments == {"file": "x"}
        assert job.queue_place == 0
        jobs.finish(job_id, result={"made": 1}, actor_id=ACTOR)

    assert selectors.job(job_id).state == "finished"
    assert selectors.job(job_id).result == {"made": 1}
    with jobs.running(job_id) as job:
        assert job is None


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_is_one_job(sent):
    assert ask(file="x") == ask(file="x")
    assert len(sent) == 1
    with pytest.raises(KeyReusedError):
        ask(file="y")


@pytest.mark.django_db(transaction=True)
def test_of_two_ends_the_first_counts(sent):
    job_id = ask()

    jobs.cancel(job_id, actor_id=ACTOR)

    with pytest.raises(WrongStateError, match="cancelled already"):
        jobs.finish(job_id, result={}, actor_id=ACTOR)
    assert selectors.job(job_id).state == "cancelled"
    assert jobs.cancel(job_id, actor_id=ACTOR).replayed


@pytest.mark.django_db(transaction=True)
def test_jobs_know_their_place_in_the_queue(sent):
    first, second, third = ask("1"), ask("2"), ask("3")

    jobs.finish(first, result={}, actor_id=ACTOR)

    assert [job.queue_place for job in selectors.jobs_of(ACTOR)] == [1, 0, None]
    assert selectors.job(third).queue_place == 1
    assert selectors.job(second).queue_place == 0


@pytest.mark.django_db(transaction=True)
def test_the_relay_sends_what_the_broker_did_not_get_and_sends_lost_work_again(sent, monkeypatch):
    def broker_is_away(task, work_id):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "enqueue", broker_is_away)
        job_id = ask()
        row_id = outbox.put(task="test.mail", payload={"to": 1})
    assert sent == []

    assert dispatch.relay() == 2
    assert dispatch.relay() == 0
    Dispatch.objects.update(enqueued_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=61))
    assert dispatch.relay() == 2

    jobs.fail(job_id, code="broken", actor_id=ACTOR)
    with outbox.running(row_id) as payload:
        assert payload == {"to": 1}
    Dispatch.objects.update(enqueued_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    assert dispatch.relay() == 0
    assert sorted(task for task, _ in sent) == ["test.mail"] * 2 + ["test.work"] * 2


@pytest.mark.django_db(transaction=True)
def test_outbox_work_that_fails_stays_open_and_tells_why(sent):
    row_id = outbox.put(task="test.mail", payload={})

    with pytest.raises(RuntimeError), outbox.running(row_id):
        raise RuntimeError("no route")

    row = Outbox.objects.get()
    assert (row.done_at, row.attempts, row.last_error) == (None, 1, "RuntimeError: no route")

"""The upload protocol: begin, send, resume, complete."""

from __future__ import annotations

import hashlib

import pytest
from rest_framework.test import APIClient

from production import limits
from production.models import Upload
from production.services import uploads
from production.views.throttles import BeginThrottle
from tests.production import music
from tests.production.conftest import begin_and_send

pytestmark = pytest.mark.django_db


def begin(client, data: bytes, **more):
    body = {"name": "loop.mid", "size": len(data)} | more
    return client.post("/api/uploads/", body, format="json")


def send(client, upload_id: str, offset: int, chunk: bytes):
    return client.patch(
        f"/api/uploads/{upload_id}/",
        chunk,
        content_type="application/offset+octet-stream",
        headers={"upload-offset": str(offset)},
    )


def test_a_file_arrives_in_chunks_and_says_after_each_where_it_stands(ana, client_of):
    client, data = client_of(ana), music.midi()

    begun = begin(client, data).json()
    first = send(client, begun["id"], 0, data[:100])
    asked = client.head(f"/api/uploads/{begun['id']}/")
    second = send(client, begun["id"], 100, data[100:])

    assert begun["offset"] == 0
    assert begun["chunk_bytes"] == limits.CHUNK_BYTES
    assert (first.status_code, first["Upload-Offset"]) == (204, "100")
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("100", str(len(data)))
    assert second["Upload-Offset"] == str(len(data))
    assert uploads.part_path(begun["id"]).read_bytes() == data


def test_a_chunk_at_the_wrong_place_is_refused_with_the_right_one(ana, client_of):
    client, data = client_of(ana), music.midi()
    upload_id = begin(client, data).json()["id"]
    send(client, upload_id, 0, data[:100])

    again = send(client, upload_id, 0, data[:100])
    beyond = send(client, upload_id, 200, data[200:])

    assert (again.status_code, again["Upload-Offset"]) == (409, "100")
    assert beyond.json()["offset"] == 100


def test_bytes_of_a_write_that_was_never_acknowledged_are_overwritten(ana, client_of):
    client, data = client_of(ana), music.midi()
    upload_id = begin(client, data).json()["id"]
    send(client, upload_id, 0, data[:100])
    with uploads.part_path(upload_id).open("ab") as part:
        part.write(b"torn" * 50)

    send(client, upload_id, 100, data[100:])

    assert uploads.part_path(upload_id).read_bytes() == data


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("../../etc/passwd", 10, "unsafe_name"),
        ("..\\x.mid", 10, "unsafe_name"),
        ("..", 10, "unsafe_name"),
        ("C:x.mid", 10, "unsafe_name"),
        ("%2e%2e%2fx.mid", 10, "unsafe_name"),
        ("a\x00b.mid", 10, "unsafe_name"),
        ("a\u202ebdim.mid", 10, "unsafe_name"),
        ("x" * 300, 10, "unsafe_name"),
        ("loop.mid", 0, "empty_file"),
        ("loop.mid", -1, "empty_file"),
        ("loop.mid", limits.UPLOAD_BYTES_MAX + 1, "too_large"),
        ("loop.mid", "12", "not_an_element"),
    ],
)
def test_what_can_never_be_an_element_is_not_begun(ana, client_of, name, size, code):
    answer = client_of(ana).post("/api/uploads/", {"name": name, "size": size}, format="json")

    assert answer.status_code in (400, 413)
    assert answer.json()["code"] == code
    assert answer.json()["message"].endswith(".")
    assert not Upload.objects.exists()


def test_more_bytes_than_announced_are_refused(ana, client_of):
    client = client_of(ana)
    upload_id = begin(client, b"x" * 10).json()["id"]

    assert send(client, upload_id, 0, b"x" * 11).status_code == 413
    assert send(client, upload_id, 0, b"x" * (limits.CHUNK_BYTES + 1)).status_code == 413
    assert Upload.objects.get().offset == 0


def test_a_file_is_complete_only_with_every_byte_and_with_those_announced(ana, client_of):
    client, data = client_of(ana), music.midi()
    honest, damaged = hashlib.sha256(data).hexdigest(), hashlib.sha256(b"other").hexdigest()
    upload_id = begin(client, data, sha256=honest).json()["id"]
    other_id = begin(client, data, sha256=damaged).json()["id"]
    send(client, other_id, 0, data)

    early = client.post(f"/api/uploads/{upload_id}/complete/", {}, format="json")
    wrong = client.post(f"/api/uploads/{other_id}/complete/", {}, format="json")
    send(client, upload_id, 0, data)
    good = client.post(f"/api/uploads/{upload_id}/complete/", {}, format="json")
    again = client.post(f"/api/uploads/{upload_id}/complete/", {}, format="json")

    assert (early.status_code, early.json()["code"]) == (409, "incomplete_upload")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "checksum")
    assert good.status_code == 202
    assert again.json() == good.json()


def test_an_upload_belongs_to_the_one_who_began_it(ana, ben, client_of):
    upload_id = begin(client_of(ana), b"x" * 10).json()["id"]

    assert client_of(ben).get(f"/api/uploads/{upload_id}/").status_code == 404
    assert send(client_of(ben), upload_id, 0, b"x").status_code == 404
    assert client_of(ben).post(f"/api/uploads/{upload_id}/complete/", {}, format="json").status_code == 404


def test_visitors_cannot_upload(client, db):
    answer = client.post("/api/uploads/", {"name": "a.mid", "size": 3}, content_type="application/json")

    assert answer.status_code in (401, 403)


def test_space_is_limited(ana, client_of, monkeypatch):
    monkeypatch.setattr(limits, "QUOTA_BYTES", 100)
    client = client_of(ana)
    assert begin(client, b"x" * 60).status_code == 201

    answer = begin(client, b"x" * 60)

    assert (answer.status_code, answer.json()["code"]) == (413, "quota")


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"title": "x" * 201}, "not_an_element"),
        ({"description": "x" * 2001}, "not_an_element"),
        ({"tags": ["x"] * 3 + [f"t{n}" for n in range(30)]}, "not_an_element"),
        ({"kind": "opera"}, "wrong_kind"),
        ({"contributors": [{"party_id": "nobody", "role": "singer"}]}, "not_an_element"),
        ({"parents": [{"element_id": "01890000-0000-7000-8000-000000000000", "upstream_ppm": 0}]}, "not_an_element"),
        ({"parents": [{"element_id": "01890000-0000-7000-8000-000000000000", "upstream_ppm": 0.5}]}, "not_an_element"),
        ({"parents": "all"}, "not_an_element"),
    ],
)
def test_wishes_that_break_a_rule_are_refused_before_any_work(ana, client_of, work_off, wishes, code):
    client, data = client_of(ana), music.midi()
    upload_id = begin(client, data).json()["id"]
    send(client, upload_id, 0, data)

    answer = client.post(f"/api/uploads/{upload_id}/complete/", wishes, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert work_off() == 0


def test_uploads_that_nobody_came_back_to_are_swept(ana, client_of):
    client = client_of(ana)
    upload_id = begin(client, b"x" * 10).json()["id"]
    send(client, upload_id, 0, b"x" * 5)
    upload = Upload.objects.get()

    assert uploads.sweep() == 0
    assert uploads.sweep(now=upload.touched_at.replace(year=upload.touched_at.year + 1)) == 1

    assert not Upload.objects.exists()
    assert not uploads.part_path(upload_id).exists()


def test_a_job_tells_its_place_and_can_be_cancelled_by_its_asker_only(ana, ben, client_of):
    client = client_of(ana)
    first, second = begin_and_send(client, music.midi()), begin_and_send(client, music.midi())

    waiting = client.get(f"/api/jobs/{second}/").json()
    stranger = client_of(ben).post(f"/api/jobs/{second}/cancel/")
    cancelled = client.post(f"/api/jobs/{second}/cancel/").json()
    again = client.post(f"/api/jobs/{second}/cancel/").json()

    assert (waiting["state"], waiting["queue_place"]) == ("requested", 1)
    assert stranger.status_code == 404
    assert cancelled["state"] == again["state"] == "cancelled"
    assert client.get(f"/api/jobs/{first}/").json()["state"] == "requested"
    assert [u.state for u in Upload.objects.order_by("id")] == ["complete", "cancelled"]
    assert not uploads.part_path(Upload.objects.get(job_id=second).id).exists()


def test_a_whole_chunk_fits_although_forms_may_not_be_so_large(ana, client_of):
    client, data = client_of(ana), bytes(limits.CHUNK_BYTES)
    upload_id = begin(client, data).json()["id"]

    assert send(client, upload_id, 0, data)["Upload-Offset"] == str(limits.CHUNK_BYTES)


def test_a_page_of_another_site_cannot_upload_in_my_name(db, django_user_model):
    user = django_user_model.objects.create_user("ana@example.org", display_name="Ana")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)

    answer = client.post("/api/uploads/", {"name": "a.mid", "size": 3}, format="json")

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["message"]


def test_what_is_no_json_is_refused_in_the_same_form(ana, client_of):
    answer = client_of(ana).post("/api/uploads/", b"{", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_whoever_knocks_too_often_waits(ana, client_of, monkeypatch):
    monkeypatch.setattr(BeginThrottle, "rate", "2/hour")
    client = client_of(ana)

    statuses = [begin(client, b"x").status_code for _ in range(3)]

    assert statuses == [201, 201, 429]

"""Indexing is asked for, watched, cancelled and repeated from the page and the interface, by whoever may."""

import json

import pytest

from sensorium.jobs import JobQueue, JobState
from sensorium.settings import Settings
from sensorium.web import create_app


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "open").mkdir()
    return tmp_path / "open"


@pytest.fixture
def client(engine, folder):
    return create_app(engine, Settings(index_folders=(folder,))).test_client()


@pytest.fixture
def queue(library):
    return JobQueue(library.folder)


def test_a_job_goes_into_the_queue_and_can_be_looked_at(client, queue, folder):
    answer = client.post("/api/v1/jobs", json={"paths": [str(folder)], "retry": True})
    assert (answer.status_code, answer.json["state"], answer.json["retry"]) == (202, "queued", True)
    job = queue.take()
    assert (job.id, job.paths) == (answer.json["id"], (folder,))
    queue.set_state(job.id, JobState.RUNNING)
    queue.set_progress(job.id, {"stages": [], "failed": 2, "elapsed_s": 1.0, "left_s": 9.0})
    found = client.get(f"/api/v1/jobs/{job.id}").json
    assert (found["state"], found["progress"]["left_s"]) == ("running", 9.0)
    assert [one["id"] for one in client.get("/api/v1/jobs").json["jobs"]] == [job.id]
    assert client.get("/api/v1/jobs/99").status_code == 404


def test_without_paths_everything_is_looked_at_again(client, queue, library):
    (library.folder / "indexed").mkdir()
    assert client.post("/api/v1/jobs", json={}).json["paths"] == [str(library.folder / "indexed")]


def test_a_job_is_cancelled_and_asked_for_again(client, queue, folder):
    first = client.post("/api/v1/jobs", json={"paths": [str(folder)]}).json["id"]
    assert client.post(f"/api/v1/jobs/{first}/cancel").json["state"] == "cancelled"
    again = client.post(f"/api/v1/jobs/{first}/retry")
    assert (again.status_code, again.json["paths"], again.json["retry"]) == (202, [str(folder)], True)


@pytest.mark.parametrize("path", ["/etc", "", "/etc/../etc/passwd"])
def test_other_folders_are_refused_with_the_cure(client, queue, path):
    answer = client.post("/api/v1/jobs", json={"paths": [path, "/etc"]})
    assert answer.status_code == 403
    assert "SENSORIUM_INDEX_FOLDERS" in answer.json["error"]
    assert queue.jobs() == []


@pytest.mark.parametrize("body", [[], {"paths": "x"}, {"paths": [1]}])
def test_what_is_no_job_is_refused(client, body):
    assert client.post("/api/v1/jobs", json=body).status_code == 403


def test_jobs_are_off_where_other_machines_may_ask(engine, folder, queue):
    app = create_app(engine, Settings(host="0.0.0.0", index_folders=(folder,)))
    client = app.test_client()
    for address in ("/api/v1/jobs", "/api/v1/jobs/1/cancel", "/api/v1/jobs/1/retry"):
        answer = client.post(address, json={"paths": [str(folder)]})
        assert answer.status_code in (403, 404)
    assert "SENSORIUM_JOBS=on" in client.get("/jobs").text
    assert client.get("/api/v1/jobs").json["allowed"] is False
    assert queue.jobs() == []


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_other_sites_cannot_ask(client, queue, folder, headers):
    assert client.post("/api/v1/jobs", json={"paths": [str(folder)]}, headers=headers).status_code == 403
    assert client.post("/jobs", data={"paths": str(folder)}, headers=headers).status_code == 403
    assert queue.jobs() == []


def test_a_form_cannot_pass_for_the_interface(client, folder):
    answer = client.post("/api/v1/jobs", data=json.dumps({"paths": [str(folder)]}), content_type="text/plain")
    assert answer.status_code == 415


def test_the_page_asks_and_shows_how_far_it_is(client, queue, folder):
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/jobs", data={"paths": f"{folder}\n\n"}, headers=headers)
    assert (answer.status_code, answer.location) == (303, "/jobs")
    job = queue.take()
    queue.set_state(job.id, JobState.RUNNING)
    stage = {"stage": "read", "done": 1234, "total": 5000, "per_s": 61.7}
    queue.set_progress(job.id, {"stages": [stage], "failed": 3, "elapsed_s": 20.0, "left_s": 61.0})
    page = client.get("/jobs").text
    for told in (str(folder), "under way", "1,234 of 5,000", "61.7/s", "1:01", 'data-busy="yes"', "Cancel"):
        assert told in page
    queue.set_state(job.id, JobState.FAILED, problem="No room left for <b>it</b>.")
    page = client.get("/jobs").text
    assert "No room left for &lt;b&gt;it&lt;/b&gt;." in page
    assert "Try again" in page
    assert 'data-busy="no"' in page

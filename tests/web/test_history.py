"""What was asked before, on the page and in the API: only where it is kept."""

import io
import subprocess
import sys

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from sensorium.history import History
from sensorium.settings import Settings
from sensorium.web import create_app
from sensorium.web.history import Notes


@pytest.fixture
def keeping(engine):
    return create_app(engine, Settings(history=True)).test_client()


def queries(client):
    return [one["query"] for one in client.get("/api/v1/history").json["queries"]]


def test_nothing_is_kept_unless_it_is_wanted_and_the_page_says_so(client, library):
    client.get("/?q=ball")
    client.get("/api/v1/search?q=ball")
    assert client.get("/api/v1/history").json == {"kept": False, "queries": []}
    assert "What you search for is not kept." in client.get("/").text
    assert not (library.folder / "history.db").exists()


def test_words_and_filters_are_kept_and_offered_again(keeping):
    keeping.get("/?q=red+ball&kind=picture")
    keeping.post("/api/v1/search", json={"q": "blue shoe"})
    assert queries(keeping)[0] == "blue shoe"
    page = HTMLParser(keeping.get("/").text)
    links = [(node.text(), node.attributes["href"]) for node in page.css(".before a")]
    assert links[0] == ("blue shoe", "/?q=blue+shoe")
    assert links[1][0].startswith("red ball")
    assert "in this library's folder only" in page.css_first(".before p").text()


def test_further_pages_bad_queries_and_files_are_not_kept(keeping, engine):
    engine.page_size = 1
    keeping.get("/?q=ball+shoe")
    keeping.get("/?q=ball+shoe&cursor=1")
    keeping.get("/?q=ball&kind=song")
    upload = (io.BytesIO(b"anything"), "secret-name.png", "image/png")
    keeping.post("/", data={"image": upload})
    assert queries(keeping) == ["ball shoe"]


def test_it_can_be_forgotten_but_not_by_another_site(keeping, library):
    keeping.get("/?q=ball")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert keeping.delete("/api/v1/history", headers=elsewhere).status_code == 403
    assert keeping.post("/history/forget", headers=elsewhere).status_code == 403
    assert queries(keeping) == ["ball"]
    assert keeping.post("/history/forget", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert queries(keeping) == []
    assert not (library.folder / "history.db").exists()
    keeping.get("/?q=ball")
    assert keeping.delete("/api/v1/history").status_code == 204
    assert queries(keeping) == []


def test_what_waits_to_be_noted_is_written_together_and_by_the_end(tmp_path):
    history = History(tmp_path, kept=True)
    notes = Notes(history)
    for number in range(50):
        notes.remember(f"query {number}")
    assert [one.query for one in notes.recent(3)] == ["query 49", "query 48", "query 47"]
    notes.remember("the last")
    notes.forget()
    assert notes.recent() == ()


def test_the_last_query_is_written_when_the_process_ends(tmp_path):
    program = (
        "import sys; from pathlib import Path; from sensorium.history import History\n"
        "from sensorium.web.history import Notes\n"
        "Notes(History(Path(sys.argv[1]), kept=True)).remember('the very last')"
    )
    subprocess.run([sys.executable, "-P", "-c", program, str(tmp_path)], check=True, timeout=60)
    assert [one.query for one in History(tmp_path, kept=True).recent()] == ["the very last"]

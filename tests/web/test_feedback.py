"""More and less like these, on the page and in the API."""

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from sensorium.types import Query


def page(response):
    assert response.status_code == 200
    return HTMLParser(response.text)


def text(node):
    return " ".join(node.text().split())


def links(found):
    return {text(node): node.attributes["href"] for node in found.css(".card .feedback a")}


def test_every_card_can_be_liked_and_disliked_within_the_search(client, engine):
    found = page(client.get("/?q=ball&kind=picture"))
    assert links(found) == {
        "More like this": "/?q=ball&kind=picture&more=1",
        "Less like this": "/?q=ball&kind=picture&less=1",
    }
    client.get(links(found)["More like this"])
    assert (engine.asked[-1].more, engine.asked[-1].less) == ((1,), ())


def test_opinions_are_shown_changed_and_taken_back(client, engine):
    found = page(client.get("/?q=ball&more=1&less=3&less=4&cursor="))
    chips = {text(node): node for node in found.css(".part")}
    assert list(chips) == ["More like red ball", "Less like church talk", "Less like bread book"]
    assert chips["Less like church talk"].css_first("a.remove").attributes["href"] == "/?q=ball&more=1&less=4"
    inputs = [(n.attributes["name"], n.attributes["value"]) for n in found.css(".part input")]
    assert inputs == [("more", "1"), ("less", "3"), ("less", "4")]
    assert links(found) == {"Less like this": "/?q=ball&less=3&less=4&less=1"}  # the red ball changes sides
    assert text(found.css_first(".card .feedback b")) == "More like this"
    assert (engine.asked[-1].more, engine.asked[-1].less) == ((1,), (3, 4))


def test_an_item_that_has_gone_is_no_chip(client):
    assert page(client.get("/?q=ball&more=999")).css(".part") == []


def test_the_api_takes_lists_and_commas(client, engine):
    client.post("/api/v1/search", json={"q": "ball", "more": [1, 3], "less": [2]})
    assert (engine.asked[-1].more, engine.asked[-1].less) == ((1, 3), (2,))
    client.get("/api/v1/search?more=1,3&less=2")
    assert engine.asked[-1] == Query(more=(1, 3), less=(2,), limit=20)


def test_what_is_like_an_item_has_an_address(client, engine):
    assert client.get("/api/v1/items/3/similar?kind=picture&limit=5").status_code == 200
    assert (engine.asked[-1].more, engine.asked[-1].limit) == ((3,), 5)
    assert client.get("/api/v1/items/999/similar").status_code == 404


def test_bad_feedback_names_the_field(client):
    response = client.get("/api/v1/search?q=ball&more=red")
    assert response.status_code == 400
    assert "more" in response.json["error"]

"""The pages as they come from the service: what they show, in every state, without any script."""

import io
import re
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from sensorium.errors import LibraryError
from sensorium.search.language import parse
from sensorium.types import Channel, Facet, FacetValue, Filter, Kind, Modality, Part, Range, Segment, Term


def page(response, status=200):
    assert response.status_code == status
    return HTMLParser(response.text)


def text(node):
    return " ".join(node.text().split())


def test_the_start_page_teaches_and_counts(client):
    found = page(client.get("/"))
    assert "With a picture" in [text(node) for node in found.css(".ways h2")]
    counts = {text(node.css_first("dt")): text(node.css_first("dd")) for node in found.css(".inside dl div")}
    assert counts == {"picture": "1", "recording": "1", "documents": "3", "product": "1"}


def test_an_empty_library_says_how_to_fill_it(client, library):
    library.held.clear()
    assert "sensorium index FOLDER" in text(page(client.get("/")).css_first("main"))


def test_words_are_found_without_script(client, engine):
    found = page(client.get("/?q=ball&kind=picture&kind=film"))
    assert [text(node) for node in found.css(".card h2")] == ["red ball"]
    assert found.css_first("#q").attributes["value"] == "ball"
    checked = [node.attributes["value"] for node in found.css("input[name=kind][checked]")]
    assert checked == ["picture", "film"]
    assert engine.asked[0].kinds == (Kind.PICTURE, Kind.FILM)
    assert text(found.css_first(".summary p")) == "12 ms"


def test_a_picture_shows_its_thumbnail_by_id_with_its_title_as_text(client):
    picture = page(client.get("/?q=ball")).css_first(".card img")
    assert (picture.attributes["src"], picture.attributes["alt"]) == ("/thumbnails/11", "red ball")


def test_a_product_shows_its_price(client):
    assert text(page(client.get("/?q=shoe")).css_first(".card .price")) == "49.50 EUR"


def test_a_recording_plays_from_the_moment_and_shows_the_words(client):
    card = page(client.get("/?q=fugue")).css_first(".card")
    assert card.css_first("audio").attributes["src"] == "/media/13#t=83.25"
    moment = card.css_first("a.moment")
    assert (text(moment), moment.attributes["href"]) == ("Play from 1:23", "/media/13#t=83.25")
    assert text(card.css_first("mark")) == "fugue"


def test_a_document_shows_the_passage_around_the_words_and_its_page(client):
    card = page(client.get("/?q=sourdough+starter")).css_first(".card")
    assert text(card.css_first(".heading")) == "Baking at home"
    passage = card.css_first(".passage")
    assert [text(node) for node in passage.css("mark")] == ["sourdough", "starter"]
    assert text(passage).startswith("…")
    assert text(passage).endswith("…")
    link = card.css_first("a.moment")
    assert (text(link), link.attributes["href"]) == ("page 3", "/media/14#page=3")


def test_evidence_is_a_table_with_a_meter_per_channel(client):
    card = page(client.get("/?q=ball")).css_first(".card")
    # the fake's raw 1.0 becomes a calibrated 4.0: one in ten thousand such matches is by chance
    assert float(card.css_first("meter").attributes["value"]) == pytest.approx(1 - 1e-4, abs=1e-3)
    assert [text(cell) for cell in card.css("tbody td")] == ["picture fake", "1.00", "4.00", "1", "+0.80"]


def test_an_item_is_the_example_and_can_be_taken_away(client, engine):
    found = page(client.get("/?like=1&q=round&kind=picture"))
    assert "Like red ball" in text(found.css_first(".part"))
    assert found.css_first(".part a.remove").attributes["href"] == "/?q=round&kind=picture"
    assert engine.asked[0].parts[1] == Part(Modality.ITEM, like=1)


def test_near_duplicates_are_one_card_that_names_them(client, engine, library):
    engine.alike = (library.item(4),)
    card = page(client.get("/?q=ball")).css_first(".card")
    assert text(card.css_first(".alike summary")) == "1 more like this"
    assert card.css_first(".alike a").attributes["href"] == "/items/4?q=ball"


def test_more_results_are_a_link_that_keeps_the_query(client, engine):
    engine.page_size = 1
    found = page(client.get("/?q=red+blue&kind=picture&kind=product"))
    assert text(found.css_first(".summary h1")) == "1+ result"
    link = found.css_first(".next a").attributes["href"]
    assert link == "/?q=red+blue&kind=picture&kind=product&cursor=1"
    rest = page(client.get(link))
    assert rest.css(".next") == []
    titles = [text(node) for one in (found, rest) for node in one.css(".card h2")]
    assert len(set(titles)) == 2


def test_more_results_of_an_upload_need_the_script_that_has_the_file(client, engine):
    engine.page_size = 1
    upload = (io.BytesIO(b"anything"), "example.png", "image/png")
    found = page(client.post("/", data={"image": upload}))
    assert found.css(".next a") == []
    assert found.css_first(".next.scripted button").attributes["data-cursor"] == "1"


def test_what_a_query_says_beside_its_sentence_can_be_taken_away(client):
    found = page(client.get("/?q=ball+-blue+price<50+colour:red&kind=picture"))
    chips = {text(chip.css_first("span")): chip.css_first("a").attributes["href"] for chip in found.css(".chosen li")}
    assert chips == {
        "not blue": "/?q=ball+price%3C50+colour:red&kind=picture",
        "price<50": "/?q=ball+-blue+colour:red&kind=picture",
        "colour:red": "/?q=ball+-blue+price%3C50&kind=picture",
    }


def test_facets_narrow_the_result_and_show_what_is_chosen(client, engine):
    red, blue = (Filter("colour", (Term(name),)) for name in ("red", "blue"))
    cheap, dear = Filter("price", (Range("0", "50", includes_high=False),)), Filter("price", (Range("50", "90"),))
    engine.facets = (
        Facet(
            "colour", "colour", (FacetValue("red", 8, red, "colour:red"), FacetValue("blue", 2, blue, "colour:blue"))
        ),
        Facet("price", "Price", (FacetValue("0 – 50", 3, cheap, "price:0..<50"), FacetValue("50 – 90", 1, dear, ""))),
        Facet("maker", "maker", (FacetValue("Acme", 4, Filter("maker", (Term("Acme"),)), "maker:Acme"),)),
    )
    found = page(client.get("/?q=ball+colour:RED"))
    assert engine.asked[0].facets == ("*",)
    sections = {text(node.css_first("h2")): node for node in found.css(".facets section")}
    assert list(sections) == ["Order", "colour", "Price"]  # one value alone narrows nothing
    links = {text(link): link.attributes["href"] for link in found.css(".facets a")}
    assert links["red"] == "/?q=ball"
    assert links["blue"] == "/?q=ball+colour:RED,blue"
    assert links["0 – 50"] == "/?q=ball+colour:RED+price:0..%3C50"
    assert links["Price ↓"] == "/?q=ball+colour:RED+sort:-price"
    assert [text(node) for node in found.css(".facets li.chosen a")] == ["red"]
    assert [text(node) for node in sections["colour"].css("small")] == ["8", "2"]
    assert sections["colour"].css("rect")[1].attributes["width"] == "25.0"


def test_a_slip_in_the_query_is_marked_where_it_is(client):
    found = page(client.get("/?q=ball+price<cheap"), 400)
    assert "Behind < comes a number" in text(found.css_first("[role=alert]"))
    assert text(found.css_first("[role=alert] mark")) == "cheap"
    assert found.css_first("#q").attributes["value"] == "ball price<cheap"


def test_the_language_is_taught_on_the_page(client):
    typed = [text(node) for node in page(client.get("/")).css(".tips code")]
    assert "shoe -leather" in typed
    assert all(parse(example, {"price", "brand"}) and not parse(example, {"price", "brand"}).notes for example in typed)


def test_nothing_found_says_so(client):
    found = page(client.get("/?q=zebra"))
    assert text(found.css_first(".summary h1")) == "Nothing here"
    assert found.css("main .card") == []


def test_notes_are_shown(client, engine):
    engine.notes = ("Sound could not be asked <b>here</b>.",)
    assert [text(note) for note in page(client.get("/?q=ball")).css(".notes li")] == [
        "Sound could not be asked <b>here</b>."
    ]


def test_a_bad_query_keeps_the_search_field_and_says_what_is_wrong(client):
    found = page(client.get("/?q=ball&kind=song"), 400)
    assert "song" in text(found.css_first("[role=alert]"))
    assert found.css_first("#q").attributes["value"] == "ball"


def test_a_broken_library_is_503_with_its_sentence(client, engine):
    engine.problem = LibraryError("The library is broken.")
    assert "The library is broken." in text(page(client.get("/?q=ball"), 503).css_first("[role=alert]"))


def test_an_unforeseen_failure_hides_its_reason(client, engine):
    engine.problem = RuntimeError("secret")
    found = page(client.get("/?q=ball"), 500)
    assert "secret" not in found.html
    assert "Something went wrong" in text(found.css_first("[role=alert]"))


def test_a_form_with_a_file_is_answered_with_the_whole_page(client, engine):
    data = {"q": "ball", "file": (io.BytesIO(b"pixels"), "photo.heic", "application/octet-stream"), "weight_file": "-1"}
    found = page(client.post("/", data=data))
    assert engine.examples[0][1:3] == (".heic", b"pixels")
    assert engine.asked[0].parts[1].weight == -1.0
    assert "red ball" in [text(node) for node in found.css(".card h2")]


def test_an_upload_above_the_limit_is_a_page_with_status_413(client):
    response = client.post("/", data={"file": (io.BytesIO(b"x" * (2 * 2**20)), "photo.png", "image/png")})
    assert "larger than 1 MB" in text(page(response, 413).css_first("[role=alert]"))


@pytest.mark.parametrize(
    "path", ["/?q=blue+shoe", "/items/2", "/?like=2", "/?q=%3Cscript%3Ealert('title')%3C/script%3E"]
)
def test_markup_in_titles_texts_attributes_and_words_is_escaped(client, path):
    response = client.get(path)
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert" in response.text
    scripts = HTMLParser(response.text).css("script")
    assert [script.attributes.get("src") for script in scripts] == ["/static/search.js"]


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_code(client):
    for path in ("/", "/?q=ball", "/items/1", "/nothing"):
        response = client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", response.text)
        assert not re.search(r"""<[^>]+\s(?:on\w+|style)=""", response.text)


def test_an_item_has_a_page_with_its_media_words_and_attributes(client):
    found = page(client.get("/items/3?t=83.25&q=organ"))
    assert text(found.css_first("h1")) == "church talk"
    assert found.css_first("audio").attributes["src"] == "/media/13#t=83.25"
    assert text(found.css_first(".text a.moment")) == "1:23"
    assert text(found.css_first(".text mark")) == "organ"


@pytest.mark.parametrize(
    ("url", "links"), [("https://shop.example/x", ["https://shop.example/x"]), ("javascript:x", [])]
)
def test_the_address_of_an_item_is_a_link_if_it_is_one_of_the_web(client, library, url, links):
    library.add(replace(library.item(4), attributes={"url": url}), [])
    found = page(client.get("/items/4"))
    assert [link.attributes["href"] for link in found.css(".facts a")] == links
    assert url in text(found.css_first(".facts"))


def test_a_document_has_its_heading_once_and_its_passages_with_their_pages(client, library):
    item = library.item(4)
    texts = ("First\none", "First\ntwo", "Second\nthree", "four")
    library.add(item, [Segment(i, 4, Channel.TEXT, 14, page=i + 1, text=text) for i, text in enumerate(texts)])
    lines = [text(line) for line in page(client.get("/items/4")).css(".text li")]
    assert lines == ["First", "Page 1 one", "Page 2 two", "Second", "Page 3 three", "Page 4 four"]


def test_unknown_items_have_a_page_that_says_so(client):
    assert "There is no item 99" in text(page(client.get("/items/99"), 404).css_first("[role=alert]"))

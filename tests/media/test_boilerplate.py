"""Of a web page, its text is kept and what is around it goes, whatever the page calls either."""

from __future__ import annotations

import pytest

from sensorium.media.html import read_html

PARAGRAPHS = "<h1>Sour bread</h1><p>Feed it in the evening, <a href=/f>with rye flour</a>.</p><p>Knead it well.</p>"
TEXT = ["Feed it in the evening, with rye flour.", "Knead it well."]
MENU = "<ul><li><a href=/>Home</a><li><a href=/r>Recipes</a><li><a href=/a>About us</a><li><a href=/c>Contact</a></ul>"


def blocks(tmp_path, body, head=""):
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><html><head><title>Bread</title>{head}</head><body>{body}</body></html>")
    return [block.text for block in read_html(path).blocks]


AROUND = {
    "menus of links": MENU,
    "an old page's row of links": f"<table><tr><td>{MENU.replace('<li>', ' ')}</td></tr></table>",
    "roles": "<div role=navigation>Go to the start</div><div role=contentinfo>Imprint</div><div role=search>Find</div>",
    "classes": '<div class="cookie-notice">We use cookies. <a href=#>Accept</a></div><p class="social-share">Tweet</p>',
    "class names of programmers": '<div class="pageSidebar"><h3>Archive</h3>January</div>',
    "ids": '<div id="cookieConsent">We value your privacy.</div><div id=onetrust-banner-sdk>Accept all</div>',
    "what is hidden": '<p hidden>Secret</p><div style="color:red; display: none">Secret</div><p aria-hidden=true>x</p>',
    "a banner": "<header><h2>The Daily Bread</h2></header>",
    "asides": "<aside>Read also: rolls</aside><footer>All rights reserved</footer>",
    "nested ones": '<div class=sidebar><div class=newsletter><nav>Menu</nav>Buy</div><ul class="menu"><li>A</ul></div>',
    "controls": "<button>Send</button><select><option>One<option>Two</select><noscript>Enable scripts</noscript>",
}  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_what_is_around_the_text_goes(tmp_path, around):
    assert blocks(tmp_path, f"{AROUND[around]}<div class=content>{PARAGRAPHS}</div>{AROUND[around]}") == TEXT


def test_the_main_part_alone_is_kept_where_a_page_marks_it(tmp_path):
    assert blocks(tmp_path, f"<div>Buy our flour today!</div><main>{PARAGRAPHS}</main><p>© the bakers</p>") == TEXT
    article = f"<article><header><p>By Ada</p></header>{PARAGRAPHS}</article>"
    assert blocks(tmp_path, f"<div>Buy our flour today!</div>{article}") == ["By Ada", *TEXT]


def test_a_main_part_that_holds_next_to_nothing_does_not_stand_for_the_page(tmp_path):
    assert blocks(tmp_path, f"<main><p>Loading</p></main><div>{PARAGRAPHS}</div>") == ["Loading", *TEXT]


def test_a_page_that_is_about_links_keeps_them(tmp_path):
    assert blocks(tmp_path, MENU) == ["Home", "Recipes", "About us", "Contact"]


KEPT = {
    "ids made of headings": "<section id=related-work><p>So did I.</p></section><div id=social-life><p>Clans</p></div>",
    "what a page says of itself": '<div class="has-sidebar no-footer"><p>Still here.</p></div>',
    "lists with links in sentences": "<ul>" + "<li>The <a href=x>mill</a> grinds slowly but fine." * 5 + "</ul>",
    "forms around a page": "<form><p>Everything stands in a form.</p></form>",
}  # fmt: skip


@pytest.mark.parametrize("kept", KEPT)
def test_text_that_looks_a_little_like_it_stays(tmp_path, kept):
    assert len(blocks(tmp_path, f"{KEPT[kept]}<div>{PARAGRAPHS}</div>")) > len(TEXT)


def test_the_date_of_publication_is_told(tmp_path):
    path = tmp_path / "page.html"
    path.write_text('<html><meta property="article:published_time" content="2024-03-01T10:00:00Z"><p>Words')
    assert read_html(path).attributes == {"date": "2024-03-01T10:00:00Z"}

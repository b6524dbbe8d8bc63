"""HTML pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from sensorium.errors import MediaError

from .boilerplate import keep_text
from .decoded import Block, Document
from .headings import Headings
from .plain import guess_encoding

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DROPPED = ["script", "style", "noscript", "template", "svg", "iframe", "head"]
_META = {
    "author": "meta[name=author]",
    "date": "meta[property='article:published_time'], meta[name=date], meta[itemprop=datePublished]",
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    *("address", "article", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "form", "hr", "li", "main", "ol", "p", "pre", "section", "summary"),
    *("table", "tr", "ul"),
}
_CELLS = frozenset({"td", "th"})
_STATED_ENCODING = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


def read_html(path: Path) -> Document:
    """The page's own text, without what is around it: menus, banners, footers, asides, scripts.

    The title is that of the page, else its first `h1`, else the file's name.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error
    tree = LexborHTMLParser(_decode(content))
    title = _text_of(tree.css_first("head title")) or _text_of(tree.css_first("h1")) or path.stem
    attributes = {name: value for name, value in _stated(tree) if value}
    text = keep_text(tree)
    blocks = tuple(_blocks(text)) if text else ()
    return Document(title, blocks, attributes)


def html_text(content: str) -> str:
    """The words of a piece of HTML, in one line."""
    tree = LexborHTMLParser(content)
    tree.strip_tags(_DROPPED)
    return " ".join(tree.body.text(separator=" ").split()) if tree.body else ""


def _stated(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """The author and the date of publication that the page's head tells."""
    for name, selector in _META.items():
        found = (node.attributes.get("content") or "" for node in tree.css(selector))
        yield name, next((value.strip() for value in found if value.strip()), "")


def _decode(content: bytes) -> str:
    stated = _STATED_ENCODING.search(content[:4096])
    encoding = guess_encoding(content)
    if stated and encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        try:
            return content.decode(stated[1].decode("ascii"), "replace")
        except LookupError:
            pass  # an encoding nobody knows
    return content.decode(encoding, "replace")


def _blocks(body: LexborNode) -> Iterator[Block]:
    headings = Headings()
    texts = ((node, _block_above(node)) for node in body.traverse(include_text=True) if node.is_text_node)
    for _, run in groupby(texts, key=lambda pair: pair[1].mem_id):
        pairs = list(run)
        above = pairs[0][1]
        text = _joined([node for node, _ in pairs], kept=above.tag == "pre")
        if above.tag in _HEADINGS:
            headings.enter(int(str(above.tag)[1]), text)
        else:
            yield from headings.block(text)


def _joined(nodes: list[LexborNode], *, kept: bool) -> str:
    """The nodes' text; white space is kept as it is in `pre`, and cells of a table row are parted by bars."""
    if kept:
        return "".join(node.text_content or "" for node in nodes).strip("\n")
    cells = (
        " ".join("".join(_shown(node) for node in cell).split())
        for _, cell in groupby(nodes, key=lambda node: _cell_above(node))
    )
    return " | ".join(cell for cell in cells if cell)


def _shown(node: LexborNode) -> str:
    before = node.prev
    return (" " if before is not None and before.tag == "br" else "") + (node.text_content or "")


def _block_above(node: LexborNode) -> LexborNode:
    above = node.parent
    while above is not None and above.tag not in _BLOCKS and above.parent is not None:
        above = above.parent
    return above if above is not None else node


def _cell_above(node: LexborNode) -> int:
    above = node.parent
    while above is not None and above.tag not in _BLOCKS:
        if above.tag in _CELLS:
            return int(above.mem_id)
        above = above.parent
    return 0


def _text_of(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""

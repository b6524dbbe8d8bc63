from __future__ import annotations

import docx
import pytest

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.decoded import Block
from sensorium.media.documents import read_document


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_plain_text_is_parted_by_blank_lines(tmp_path, limits):
    path = write(tmp_path / "Notes of May.txt", "One line\r\nand its next.\r\n\r\n  \r\nAnother\tone.\r\n")
    document = read_document(path, limits)
    assert document.title == "Notes of May"
    assert document.blocks == (Block("One line and its next.", ""), Block("Another one.", ""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_its_encoding(tmp_path, limits, encoding):
    words = "Die Bäume blühen früh, und die Vögel zwitschern schön über den Häusern der größeren Städte."
    document = read_document(write(tmp_path / "a.txt", words.encode(encoding)), limits)
    assert [block.text for block in document.blocks] == [words]


def test_markdown_knows_headings_lists_tables_and_code(tmp_path, limits):
    text = """---
title: "The Garden"
author: Ada
---
Before.

# Plants *of* [spring](http://example.org/spring "so")

Tulips ![a red one](tulip.jpg) are
**early**.<!-- not shown -->

## Care

- water them
- no `salt`

| Plant | Month |
|-------|-------|
| Rose  | June  |

```
dig()
    deep()
```

# Animals
Bees.
"""
    document = read_document(write(tmp_path / "garden.md", text), limits)
    assert document.title == "The Garden"
    assert document.attributes["author"] == "Ada"
    assert document.blocks == (
        Block("Before.", ""),
        Block("Tulips a red one are early.", "Plants of spring"),
        Block("water them", "Plants of spring > Care"),
        Block("no salt", "Plants of spring > Care"),
        Block("Plant | Month", "Plants of spring > Care"),
        Block("Rose | June", "Plants of spring > Care"),
        Block("dig()\n    deep()", "Plants of spring > Care"),
        Block("Bees.", "Animals"),
    )


def test_markdown_without_front_matter_is_called_by_its_first_heading(tmp_path, limits):
    assert read_document(write(tmp_path / "a.md", "text\n\n## First\n# Second\n"), limits).title == "First"


def test_html_gives_the_page_without_what_is_around_it(tmp_path, limits):
    text = """<!doctype html><html><head><title> My &amp; page </title><meta name="author" content="Ada"></head><body>
    <header>Banner</header><nav><a href="/">Home</a></nav>
    <h1>Top</h1>Some <b>bo</b>ld<br>text<p>First <!-- c --> one<p>Second <a href="x">link</a>
    <h2>Sub</h2><table><tr><th>A</th><th>B <i>b</i></th></tr><tr><td>1</td><td>2</td></tr></table>
    <script>var x = "no";</script><style>p {}</style><aside>Advert</aside>
    <pre>a
  b</pre><ul><li>one<li>two</ul><div>x<p>y</p>z</div><h1>Other</h1><p>end</p><footer>Imprint</footer></body></html>"""
    document = read_document(write(tmp_path / "page.html", text), limits)
    assert document.title == "My & page"
    assert document.attributes["author"] == "Ada"
    assert [(block.text, block.heading) for block in document.blocks] == [
        ("Some bold text", "Top"),
        ("First one", "Top"),
        ("Second link", "Top"),
        ("A | B b", "Top > Sub"),
        ("1 | 2", "Top > Sub"),
        ("a\n  b", "Top > Sub"),
        ("one", "Top > Sub"),
        ("two", "Top > Sub"),
        ("x", "Top > Sub"),
        ("y", "Top > Sub"),
        ("z", "Top > Sub"),
        ("end", "Other"),
    ]


def test_html_without_title_is_called_by_its_heading(tmp_path, limits):
    assert read_document(write(tmp_path / "page.htm", "<html><h1>Only <i>me</i></h1>"), limits).title == "Only me"


def test_html_is_read_in_the_encoding_it_states(tmp_path, limits):
    text = '<html><meta charset="windows-1251"><p>Привет</p></html>'
    document = read_document(write(tmp_path / "page.html", text.encode("cp1251")), limits)
    assert document.blocks == (Block("Привет", ""),)


def test_deeply_nested_html_is_read(tmp_path, limits):
    document = read_document(write(tmp_path / "deep.html", "<html>" + "<div>" * 5000 + "bottom"), limits)
    assert [block.text for block in document.blocks] == ["bottom"]


def test_pdf_lines_become_paragraphs_with_pages_and_headings(tmp_path, limits, make):
    first = [
        (50, 740, 24, "Rivers"),
        (50, 700, 10, "Water flows down and gathers in a val-"),
        (50, 688, 10, "ley, where it becomes a river of"),
        (50, 676, 10, "some length."),
        (50, 640, 10, "A new paragraph stands further below, and it is as long"),
        (50, 628, 10, "as well-"),
        (50, 616, 10, "Known ones are."),
        (50, 580, 16, "Springs"),
        (50, 560, 10, "They are small."),
    ]
    second = [(50, 700, 10, "On the next page."), (50, 660, 24, "Lakes"), (50, 640, 10, "They lie.")]
    document = read_document(make.pdf(tmp_path / "water.pdf", [first, second], title="On Water"), limits)
    assert document.title == "On Water"
    assert document.blocks == (
        Block("Water flows down and gathers in a valley, where it becomes a river of some length.", "Rivers", 1),
        Block("A new paragraph stands further below, and it is as long as well-Known ones are.", "Rivers", 1),
        Block("They are small.", "Rivers > Springs", 1),
        Block("On the next page.", "Rivers > Springs", 2),
        Block("They lie.", "Lakes", 2),
    )


def test_a_pdf_without_title_is_called_by_its_first_heading(tmp_path, limits, make):
    lines = [(50, 740, 24, "Rivers"), (50, 700, 10, "Water flows.")]
    assert read_document(make.pdf(tmp_path / "water.pdf", [lines]), limits).title == "Rivers"


def test_a_pdf_without_text_has_no_blocks(tmp_path, limits, make):
    document = read_document(make.pdf(tmp_path / "scan.pdf", [[], []]), limits)
    assert (document.title, document.blocks) == ("scan", ())


def test_an_encrypted_pdf_says_so(tmp_path, limits, make):
    key = b"<%s>" % (b"00" * 32)
    encrypted = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >> /ID [<00> <00>]" % (key, key)
    path = make.pdf(tmp_path / "secret.pdf", [[(50, 700, 10, "Secret.")]], extra_trailer=encrypted)
    with pytest.raises(MediaError, match=r"secret.pdf is encrypted. Save a copy without a password"):
        read_document(path, limits)


def test_word_documents_keep_headings_and_tables_in_order(tmp_path, limits):
    word = docx.Document()
    word.core_properties.title, word.core_properties.author = "", "Ada"
    word.add_paragraph("The Garden", style="Title")
    word.add_heading("Plants", 1)
    word.add_paragraph("Tulips are early.")
    table = word.add_table(2, 3)
    for at, text in enumerate(("Plant", "Month", "Colour", "Rose", "June", "")):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 1).merge(table.cell(1, 2))
    word.add_heading("Care", 2)
    word.add_paragraph("Water them.", style="List Bullet")
    word.add_heading("Animals", 1)
    word.add_paragraph("Bees.")
    path = tmp_path / "garden.docx"
    word.save(path)

    document = read_document(path, limits)

    assert (document.title, document.attributes["author"]) == ("The Garden", "Ada")
    assert document.blocks == (
        Block("Tulips are early.", "Plants"),
        Block("Plant | Month | Colour", "Plants"),
        Block("Rose | June", "Plants"),
        Block("Water them.", "Plants > Care"),
        Block("Bees.", "Animals"),
    )


def test_a_picture_is_no_document(tmp_path, limits, make):
    path = tmp_path / "picture.png"
    make.quarters().save(path)
    with pytest.raises(UnsupportedMedia, match="is image/png, not a document"):
        read_document(path, limits)

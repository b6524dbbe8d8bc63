from __future__ import annotations

import docx
import pytest

from sensorium.media.documents import read_document
from sensorium.media.language import language_of

TEXTS = {
    "en": "The harbour opens at nine, and the boats go out with the tide.",
    "de": "Der Hafen öffnet um neun Uhr, und die Boote fahren mit der Flut hinaus.",
    "fr": "Le port ouvre à neuf heures et les bateaux partent avec la marée.",
    "ru": "Порт открывается в девять часов, и лодки выходят в море с приливом.",
    "ja": "港は九時に開き、船は潮とともに沖へ出て行きます。魚を捕るために毎日それを繰り返すのです。",
}


@pytest.mark.parametrize("language", TEXTS)
def test_languages_are_told(language):
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize("text", ["", "Bring a rope", "12 34 56 " * 30, "RE16-442 " * 3])
def test_what_is_too_short_or_no_language_is_not(text):
    assert language_of(text) is None


def test_a_document_notes_its_language_and_the_date_it_was_made(tmp_path, limits, make):
    (tmp_path / "a.txt").write_text(TEXTS["de"])
    assert read_document(tmp_path / "a.txt", limits).attributes == {"language": "de"}
    pdf = make.pdf(tmp_path / "a.pdf", [[(50, 700, 10, TEXTS["en"])], []], date="D:20230506070809Z")
    assert read_document(pdf, limits).attributes == {"language": "en", "pages": 2, "date": "2023-05-06"}
    word = docx.Document()
    word.add_paragraph(TEXTS["en"])
    word.save(tmp_path / "a.docx")
    assert read_document(tmp_path / "a.docx", limits).attributes == {"language": "en"}  # the library's date is no date

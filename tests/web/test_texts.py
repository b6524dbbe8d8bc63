from __future__ import annotations

from pathlib import Path

from sensorium.types import Channel, Evidence, Hit, Item, Kind, Medium, Moment, Segment, Utterance
from sensorium.web.cards import card
from sensorium.web.texts import texts_of

TALK = Item(1, Kind.RECORDING, "talk", Path("talk.wav"), {}, (Medium(7, Path("talk.wav"), "audio/x-wav"),))
FIRST = Segment(
    1, 1, Channel.SPEECH, 7, 0.0, 9.0, text="one\ntwo\nthree", times=((0.0, 2.0), (65.0, 67.0), (68.0, 69.0))
)
SECOND = Segment(2, 1, Channel.SPEECH, 7, 65.0, 72.0, text="three\nfour", times=((68.0, 69.0), (70.0, 72.0)))


def test_overlapping_passages_show_every_utterance_once_at_its_time(app):
    with app.test_request_context():
        (text,) = texts_of(TALK, [FIRST, SECOND], frozenset({"four"}))
    assert [(line.place, "".join(piece.text for piece in line.pieces)) for line in text.lines] == [
        ("0:00", "one"),
        ("1:05", "two"),
        ("1:08", "three"),
        ("1:10", "four"),
    ]
    assert [piece.text for line in text.lines for piece in line.pieces if piece.marked] == ["four"]
    assert text.left_out == 0


def test_a_card_quotes_what_was_said_and_when(app, library):
    proof = Evidence(Channel.SPEECH, "words", 0, FIRST, 0.5, 2.0, 1, 1.0, Utterance(65.0, 67.0, "two ships"))
    library.add(TALK, [FIRST])
    with app.test_request_context():
        shown = card(Hit(TALK, 1.0, (proof,), (Moment(7, 65.0, 67.0),)), frozenset({"ships"}), library)
    assert shown.heading == "Said at 1:05"
    assert "".join(piece.text for piece in shown.pieces) == "two ships"
    assert [piece.text for piece in shown.pieces if piece.marked] == ["ships"]

import pytest
import torch

from sensorium.models.text_batches import WINDOW, text_batches


def tokenised(texts):
    """A letter is a piece; the rows are padded to the longest of them."""
    longest = max(len(text) for text in texts)
    rows = [[ord(letter) for letter in text] + [0] * (longest - len(text)) for text in texts]
    ids = torch.tensor(rows)
    return {"input_ids": ids, "attention_mask": (ids > 0).long(), "modality": "text"}


TEXTS = ["x" * (1 + length * 37 % 150) for length in range(3 * WINDOW + 5)]


@pytest.mark.parametrize(("most", "room"), [(64, 1024), (5, 1024), (64, None), (1, 10)])
def test_every_text_is_in_one_batch_and_none_takes_more_than_there_is_room_for(most, room):
    made = list(text_batches(TEXTS, tokenised, most=most, room=room))
    assert sorted(place for places, _ in made for place in places) == list(range(len(TEXTS)))
    for places, features in made:
        assert len(places) <= most
        assert len(places) == 1 or room is None or features["input_ids"].numel() <= room
        own = [row[row > 0].tolist() for row in features["input_ids"]]
        assert own == [[ord(letter) for letter in TEXTS[place]] for place in places]
        assert features["attention_mask"].shape == features["input_ids"].shape == (len(places), len(own[0]))
        assert features["modality"] == "text"


def test_next_to_nothing_is_padded():
    made = list(text_batches(TEXTS, tokenised, most=64, room=1024))
    assert sum(features["input_ids"].numel() for _, features in made) < 1.1 * sum(map(len, TEXTS))


@pytest.mark.parametrize("change", ["left", "image", "no mask"])
def test_features_that_cannot_be_cut_stay_whole(change):
    def odd(texts):
        features = tokenised(texts)
        if change == "left":
            features = {**features, "attention_mask": features["attention_mask"].flip(1)}
        elif change == "image":
            features["pixels"] = torch.zeros(len(texts), 3, 4, 4)
        else:
            del features["attention_mask"]
        return features

    made = list(text_batches(["a", "bb", "ccc"], odd, most=1, room=1))
    assert [places for places, _ in made] == [[2, 1, 0]]
    assert made[0][1]["input_ids"].tolist() == [[99, 99, 99], [98, 98, 0], [97, 0, 0]]

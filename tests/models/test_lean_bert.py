"""Real BERTs of a small shape against the library that they come from."""

import copy

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

from sensorium.models.device import product_precision
from sensorium.models.lean_bert import LeanBert, fits, make_lean
from sensorium.models.packed_linear import can_pack

pytestmark = pytest.mark.skipif(
    not can_pack(torch.nn.Linear(1, 1)), reason="this processor's torch has no oneDNN, and BERTs stay as they are"
)


def same(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-5)


def nearly(found, expected):
    """Half precision and weights drawn at random: every row points the same way, to within four degrees."""
    assert torch.nn.functional.cosine_similarity(found, expected, dim=-1).min() > 0.997


WAYS = [(torch.float32, same), (product_precision(), nearly)]


def config(**other):
    shape = {"vocab_size": 50, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4}
    return BertConfig(**shape, intermediate_size=128, max_position_embeddings=32, initializer_range=0.2, **other)


@pytest.fixture
def bert():
    torch.manual_seed(0)
    return BertModel(config()).eval()


def tokens(rows, length, padded):
    """Random tokens of two kinds; of the last row so many are padding."""
    kinds = torch.zeros(rows, length, dtype=torch.long)
    kinds[:, length // 2 :] = 1
    mask = torch.ones(rows, length, dtype=torch.long)
    mask[-1, length - padded :] = 0
    return {"input_ids": torch.randint(50, (rows, length)), "attention_mask": mask, "token_type_ids": kinds}


@pytest.mark.parametrize(("precision", "agree"), WAYS)
@pytest.mark.parametrize(("rows", "length", "padded"), [(1, 1, 0), (1, 9, 0), (5, 12, 0), (4, 32, 20)])
def test_it_computes_what_the_library_computes(bert, rows, length, padded, precision, agree):
    asked = tokens(rows, length, padded)
    with torch.inference_mode():
        expected = bert(**asked)
        found = LeanBert(bert, precision)(**asked)
    seen = asked["attention_mask"].bool()
    agree(found.last_hidden_state[seen], expected.last_hidden_state[seen])
    agree(found.pooler_output, expected.pooler_output)
    assert found.last_hidden_state.dtype is torch.float32


def test_padding_changes_nothing(bert):
    lean = LeanBert(bert)
    asked = tokens(1, 10, 0)
    wider = {name: torch.nn.functional.pad(value, (0, 5)) for name, value in asked.items()}
    with torch.inference_mode():
        alone, padded = (lean(**one).last_hidden_state[0, :10] for one in (asked, wider))
    same(padded, alone)


def test_a_bert_within_another_network_is_replaced_and_the_rest_of_it_stays(bert):
    whole = BertForSequenceClassification(config(num_labels=2)).eval()
    asked = tokens(3, 8, 2)
    with torch.inference_mode():
        expected = copy.deepcopy(whole)(**asked).logits
        assert make_lean(whole) == 1
        nearly(whole(**asked).logits, expected)
    assert isinstance(whole.bert, LeanBert)
    with pytest.raises(TypeError, match="inputs_embeds"):
        whole(inputs_embeds=torch.zeros(1, 2, 64))


@pytest.mark.parametrize("other", [{"hidden_act": "relu"}, {"is_decoder": True}, {"output_hidden_states": True}])
def test_berts_of_other_kinds_stay_as_they_are(other):
    network = torch.nn.Sequential(BertModel(config(**other)))
    assert not fits(network[0])
    assert make_lean(network) == 0
    assert type(network[0]) is BertModel


def test_half_precision_stays_as_it_is(bert):
    assert make_lean(torch.nn.Sequential(bert.half())) == 0


def test_its_layers_are_one_call_so_that_other_threads_do_not_hold_it_up(bert):
    lean = LeanBert(bert)
    assert all(isinstance(one, torch.jit.ScriptModule) for one in (lean.unpadded, lean.padded))


def test_where_torch_cannot_trace_them_they_are_called_one_by_one(bert, monkeypatch):
    def trace(*_):
        raise RuntimeError("no TorchScript")

    asked = tokens(3, 9, 4)
    seen = asked["attention_mask"].bool()
    with torch.inference_mode():
        expected = LeanBert(bert)(**asked).last_hidden_state[seen]
        monkeypatch.setattr(torch.jit, "trace", trace)
        same(LeanBert(bert)(**asked).last_hidden_state[seen], expected)

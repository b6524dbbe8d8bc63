"""Real architectures, tiny and with random weights, as folders on disk."""

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

WORDS = (
    *("the", "harbour", "opens", "at", "nine", "bread", "and", "salt", "rope", "lantern", "wheel", "cable"),
    *("north", "a", "of", "in", "zebra", "quilt"),
)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]


def save_cross_encoder(folder, *, outputs=1):
    """A two-layer BERT with a classifier of so many outputs; returns the folder."""
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, num_labels=outputs, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder, safe_serialization=True)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder

"""How often a query that asks for nothing gets a hit that passes, and how many right answers pass.

    python -m benchmarks.nonsense CORPUS --library DIR [--nonsense 2000] [--queries 30]

The limits are fitted on the library with nonsense of its own (words of `search/nonsense.txt`, noise of one seed).
Asked here is other nonsense: words of the text encoder's vocabulary that are not in that file, noise of another seed.
Held against: at the stated 5 %, between 3 and 7 % of nonsense queries of each modality get a hit over all channels, and
of each channel asked alone. Reported beside it: of the right answers among the first ten, the share that passes.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.minilm import find_minilm
from sensorium.models.model_set import ModelSet
from sensorium.models.profiles import load_models
from sensorium.search.calibrate import Key, background_texts, surprise_of
from sensorium.search.chance import ANY, CHANCE, chances, strength_of
from sensorium.search.collect import Collected, collect
from sensorium.search.corpus import read_corpus
from sensorium.search.fusion import make_fusion
from sensorium.search.nonsense import nonsense_words, word_salads
from sensorium.search.trial import Best, ask_examples, ask_texts, fit_chances, over_all, written_examples, written_texts
from sensorium.search.tune import sample_by_task
from sensorium.settings import load_settings
from sensorium.types import Modality

LOW, HIGH = 0.03, 0.07
SEED = 99
"""Not that of `fit_chances`."""


def held_out(
    count: int, library: Library, models: ModelSet, words: Sequence[str], backgrounds: Mapping[Key, Background]
) -> dict[Modality, Best]:
    """How good the best is that nonsense finds: queries of each modality that no limit was fitted to."""
    salads = word_salads(words, count, np.random.default_rng(SEED))
    found = {Modality.TEXT: ask_texts(written_texts(salads, models), library, models, backgrounds)}
    for modality, written in written_examples(count, SEED, models, library.segment_counts()).items():
        found[modality] = ask_examples(modality, written, library, backgrounds)
    return found


def strange_words(vocabulary: Path) -> list[str]:
    """Whole words of a WordPiece vocabulary that no limit was fitted to and no background text has."""
    known = {word.lower() for text in background_texts() for word in text.split()} | set(nonsense_words())
    words = vocabulary.read_text(encoding="utf-8").split()
    return [word for word in words if word.isalpha() and word.isascii() and len(word) > 2 and word not in known]


def passing(modality: Modality, best: Best, backgrounds: Mapping[Key, Background], rate: float) -> dict[str, float]:
    """The share of queries whose best claim passes in each channel, asked alone, and over all channels."""
    limit = -np.log10(rate)
    shares = {
        str(channel): float(np.mean(strength_of(values, backgrounds.get((modality, channel, CHANCE))) >= limit))
        for channel, values in best.items()
    }
    strongest = over_all(best, modality, backgrounds)
    return {**shares, ANY: float(np.mean(surprise_of(strongest, backgrounds[modality, ANY, CHANCE]) >= limit))}


def survival(
    collected: Sequence[Collected], backgrounds: Mapping[Key, Background], rate: float
) -> dict[str, list[float]]:
    """By task: of the right items among the first ten, the share that passes; of all first hits, the share that does;
    and of queries, the share with a right item among the first ten before and after the cut."""
    fusion = make_fusion("discounted", lambda _: None)
    rows: dict[str, list[list[float]]] = defaultdict(list)
    for one in collected:
        ranked = fusion.join(one.matches, [one.judged.part]).items.tolist()
        top = [item_id for item_id in ranked if item_id not in one.excluded][:10]
        chance = chances(one.matches, [one.judged.part], backgrounds)
        right = [item for item in top if item in one.right]
        kept = [item for item in right if chance.get(item, 1.0) <= rate]
        wrong = [chance.get(item, 1.0) <= rate for item in top if item not in one.right]
        share = len(kept) / len(right) if right else np.nan
        row = [share, float(np.mean(wrong)) if wrong else np.nan, float(bool(right)), float(bool(kept))]
        row.append(float(any(chance.get(item, 1.0) <= rate for item in top)))
        rows[one.judged.task].append(row)
        rows["all"].append(row)
    return {task: np.nanmean(np.array(values), axis=0).tolist() for task, values in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--nonsense", type=int, default=2000, help="Held-out queries of each modality.")
    parser.add_argument("--queries", type=int, default=30, help="Judged queries of each task.")
    parser.add_argument("--rate", type=float, default=0.05, help="The stated false-accept rate.")
    arguments = parser.parse_args()
    settings, library = load_settings(), Library.open(arguments.library)
    models = load_models(settings, library.profile)
    backgrounds = dict(library.backgrounds())
    if (Modality.TEXT, ANY, CHANCE) not in backgrounds:
        backgrounds |= fit_chances(library, models, backgrounds)
    console = Console(width=160)
    words = strange_words(find_minilm(settings) / "vocab.txt")
    found = held_out(arguments.nonsense, library, models, words, backgrounds)
    console.print(_rates(found, library, backgrounds, arguments.rate))
    media = MediaReader(settings)
    judged = sample_by_task(read_corpus(arguments.corpus), arguments.queries)
    collected = collect(library, models, media, judged, depth=100)
    media.close()
    table = Table("task", "right that pass", "wrong that pass", "R@10", "R@10 cut", "queries with any that passes")
    for task, values in survival(collected, backgrounds, arguments.rate).items():
        table.add_row(task, *(f"{value:.3f}" for value in values))
    console.print(table)


def _rates(
    found: Mapping[Modality, Best], library: Library, backgrounds: Mapping[Key, Background], rate: float
) -> Table:
    channels = [*(str(channel) for channel in library.segment_counts()), ANY]
    table = Table(f"nonsense that passes at {rate:.0%}", *channels, "held")
    for modality, best in found.items():
        shares = passing(modality, best, backgrounds, rate)
        held = all(LOW <= share <= HIGH for share in shares.values())
        cells = [f"{shares[channel]:.3f}" if channel in shares else "-" for channel in channels]
        table.add_row(str(modality), *cells, "held" if held else f"NOT HELD ({LOW:.0%} to {HIGH:.0%})")
    return table


if __name__ == "__main__":
    main()

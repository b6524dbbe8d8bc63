"""What a typed query finds: phrases, scopes, exclusions, examples, orders and counts, over one small library."""

import random
from pathlib import Path

import numpy as np
import pytest

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.errors import NotFound, QueryError
from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from sensorium.search.compose import compose
from sensorium.search.listing import CLEAR, LEAST
from sensorium.search.selection import Selection, passing
from sensorium.types import Channel, Kind, Query
from tests.search.drafted import open_engine, put

GOODS = {
    "boots": ("leather boots for winter walks", {"price": 80, "brand": "Acme", "colour": "brown"}),
    "sandals": ("sandals of cork for summer", {"price": 35.5, "brand": "Bolt", "colour": "brown"}),
    "slippers": ("warm slippers, no leather at all", {"price": "12 EUR", "brand": "acme"}),
    "red dress": ("a long red dress for summer", {"price": 60, "brand": "Bolt", "colour": "red"}),
    "dress": ("a dress, and beside it a red scarf", {"price": 40, "brand": "Cog", "colour": "blue"}),
    "part MKRE1605X": ("a spare part", {"price": 5}),
    "report": ("the budget of next year is shown below", {"taken_at": "2023-05-17T10:00:00"}),
}
SAID = {"talk": "we spoke about the budget and the shoemaker", "radio": "the weather at sea tonight"}


def item(name, text, attributes, channel=Channel.TEXT, kind=Kind.PRODUCT):
    path = Path("/nowhere") / name
    segments = (
        SegmentDraft(Channel.NAME, f"text:{name}", 0, text=name),
        SegmentDraft(channel, f"text:{text}", 0, text=text),
    )
    medium = MediumDraft(path, "text/plain", name)
    return ItemDraft(str(path), kind, name, path, "1", attributes, (medium,), segments)


DRAFTS = [item(name, text, attributes) for name, (text, attributes) in GOODS.items()]
DRAFTS += [item(name, text, {}, Channel.SPEECH, Kind.RECORDING) for name, text in SAID.items()]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = open_engine(tmp_path_factory.mktemp("query") / "library", DRAFTS)
    yield made
    made.library.close()


def ask(engine, typed, **options):
    return engine.search(compose(typed, engine.library.fields(), **options))


def titles(answer):
    return [hit.item.title for hit in answer.hits]


def ids(engine):
    return {title: hit for hit in ask(engine, "kind:product,recording").hits for title in (hit.item.title,)}


def test_a_phrase_stands_just_so_where_there_are_words(engine):
    assert {"red dress", "dress"} <= set(titles(ask(engine, "red dress")))
    assert titles(ask(engine, '"red dress"')) == ["red dress"]
    assert titles(ask(engine, '"a red scarf"')) == ["dress"]
    assert ask(engine, '"scarf red"').hits == ()


def test_a_scope_asks_one_channel_alone(engine):
    assert set(titles(ask(engine, "said:budget"))) == set(SAID)
    assert titles(ask(engine, "said:budget"))[0] == "talk"
    assert titles(ask(engine, 'said:"the budget"')) == ["talk"]
    assert titles(ask(engine, 'text:"the budget"')) == ["report"]
    channels = {proof.channel for hit in ask(engine, "name:dress").hits for proof in hit.evidence}
    assert channels == {Channel.NAME}


def test_a_star_stands_for_any_ending(engine):
    def by_words(typed):
        hits = ask(engine, typed).hits
        return {hit.item.title for hit in hits if any(proof.matcher == "words" for proof in hit.evidence)}

    assert by_words("shoem") == set()
    assert by_words("shoem*") == {"talk"}


def test_a_code_is_found_within_a_longer_one(engine):
    assert titles(ask(engine, "name:RE16"))[0] == "part MKRE1605X"
    (proof,) = (p for p in ask(engine, "name:RE16").hits[0].evidence if p.matcher == "words")
    assert proof.raw == pytest.approx(4 / 9 / 2.2)  # four of nine letters, by the limit of BM25, k1 + 1


def test_what_is_not_wanted_is_left_out_and_said(engine):
    assert "boots" in titles(ask(engine, "winter walks"))
    answer = ask(engine, "winter walks -boots")
    assert "boots" not in titles(answer)
    assert any("clearly “boots”" in note for note in answer.notes)


def test_a_light_exclusion_only_pushes_down(engine):
    plain = {hit.item.title: hit.score for hit in ask(engine, "winter walks in boots").hits}
    pushed = {hit.item.title: hit for hit in ask(engine, "winter walks in boots -boots^0.5").hits}
    assert pushed.keys() == plain.keys()
    assert pushed["boots"].score < plain["boots"]
    assert pushed["boots"].score == pytest.approx(sum(proof.contribution for proof in pushed["boots"].evidence))


def test_an_item_is_an_example_and_not_its_own_answer(engine):
    found = ids(engine)
    like = ask(engine, f"like:{found['red dress'].item.id}")
    assert titles(like)[0] == "dress"
    assert "red dress" not in titles(like)
    steered = ask(engine, f"summer -like:{found['red dress'].item.id}")
    assert "red dress" not in titles(steered)
    with pytest.raises(NotFound, match="no item 999"):
        ask(engine, "like:999")


def test_filters_alone_list_everything_they_keep_in_order(engine):
    assert titles(ask(engine, "price<=40 sort:price")) == ["part MKRE1605X", "slippers", "sandals", "dress"]
    assert titles(ask(engine, "price<=40 sort:-price")) == ["dress", "sandals", "slippers", "part MKRE1605X"]
    assert titles(ask(engine, "brand:acme sort:-price")) == ["boots", "slippers"]
    assert titles(ask(engine, "date:2023")) == ["report"]
    last = titles(ask(engine, "kind:product sort:brand,price"))
    assert last[:3] == ["slippers", "boots", "sandals"]
    assert set(last[5:]) == {"part MKRE1605X", "report"}  # those without a brand


def test_exclusions_alone_look_through_what_a_filter_keeps(engine):
    assert set(titles(ask(engine, "brand:Acme,Bolt -leather"))) == {"sandals", "red dress"}


def test_an_order_holds_for_a_ranked_result_too(engine):
    prices = [hit.item.attributes.get("price") for hit in ask(engine, "summer dress sort:price").hits]
    amounts = [float(str(price).split()[0]) for price in prices if price is not None]
    assert amounts == sorted(amounts)
    assert prices[len(amounts) :] == [None] * (len(prices) - len(amounts))


def test_pages_of_an_ordered_list_are_the_whole_list(engine):
    whole = titles(ask(engine, "kind:product,recording sort:-price", limit=50))
    paged, cursor = [], ""
    for _ in range(10):
        answer = ask(engine, "kind:product,recording sort:-price", limit=2, cursor=cursor)
        paged += titles(answer)
        cursor = answer.cursor
        if not cursor:
            break
    assert paged == whole
    assert len(whole) == len(GOODS) + len(SAID) == answer.total


def test_a_query_that_asks_nothing_is_refused(engine):
    with pytest.raises(QueryError, match="empty"):
        ask(engine, "  ")
    with pytest.raises(QueryError, match="No attribute is named 'prize' to be counted"):
        ask(engine, "dress", facets="prize")


def counted(engine, typed, facets):
    """Every facet value beside what counting the whole result one by one gives."""
    answer = ask(engine, typed, facets=facets, limit=500, fold=False)
    assert answer.cursor == ""
    result = {hit.item.id for hit in answer.hits} | {other.id for hit in answer.hits for other in hit.alike}
    assert answer.total == len(result)
    snapshot = engine.library.snapshot()
    for facet in answer.facets:
        listed, holders = 0, set()
        for value in facet.values:
            kept = set(snapshot.items[passing(snapshot, value.pick)].tolist()) & result
            yield value.count, len(kept), (facet.field, value.label)
            listed += len(kept)
            holders |= kept
        if not facet.others:
            yield facet.without, len(result - holders), (facet.field, "none")
        assert compose(facet.values[0].typed, engine.library.fields()).filters == (facet.values[0].pick,)


@pytest.mark.parametrize("typed", ["dress", "kind:product", "summer price<70", "brand:Acme,Cog", "budget -red"])
@pytest.mark.parametrize("facets", ["brand,price,kind,colour", "price:3,brand:1", "price:0..20..40..100", "*"])
def test_facets_count_what_the_whole_result_holds(engine, typed, facets):
    for count, expected, what in counted(engine, typed, facets):
        assert count == expected, what


def test_facets_of_many_items_agree_as_well(tmp_path):
    rnd = random.Random(5)
    made = open_engine(tmp_path / "library")
    drafts = [
        item(f"thing {n}", rnd.choice(["a red cup", "a blue cup", "a green bowl"]), {
            "price": rnd.choice([rnd.randint(1, 40), rnd.lognormvariate(3, 2)]),
            "tags": rnd.sample(["old", "new", "Rare", "rare"], 2),
            "taken_at": f"20{rnd.randint(10, 24)}-0{rnd.randint(1, 9)}-1{rnd.randint(0, 9)}",
        })
        for n in range(150)
    ]  # fmt: skip
    put(made.library, made._models, drafts)
    for typed in ("kind:product", "cup", "bowl price<30"):
        for count, expected, what in counted(made, typed, "price,tags,date,price:20"):
            assert count == expected, (typed, what)
    spans = ask(made, "kind:product", facets="price,date:5").facets
    for facet in spans:
        assert sum(value.count for value in facet.values) == 150  # spans leave nothing out and overlap nowhere
    made.library.close()


def test_a_counted_result_ends_behind_its_clear_answers(engine):
    answer = ask(engine, "dress", facets="brand", limit=500)
    assert answer.total is not None
    assert answer.total <= max(LEAST, sum(hit.score >= CLEAR for hit in answer.hits))
    assert ask(engine, "dress").total is None


def test_results_are_the_same_by_every_kind_of_vector_index(tmp_path):
    answers = []
    for kind in ("exact", "faiss"):
        made = open_engine(tmp_path / kind, DRAFTS)
        library = Library.open(made.library.folder, IndexOptions(kind=kind))
        made.library.close()
        made.library = library
        answers.append(
            [
                [(hit.item.title, hit.score) for hit in ask(made, typed, limit=50).hits]
                for typed in ("summer dress", "price<50 leather", "said:budget", "red -leather", "brand:Acme warm")
            ]
        )
        library.close()
    assert answers[0] == answers[1]


def test_the_plan_says_how_each_channel_was_asked(engine):
    steps = ask(engine, "dress brand:Bolt").steps
    assert {(step.channel, step.matcher) for step in steps} == {
        (channel, matcher) for channel in (Channel.NAME, Channel.TEXT, Channel.SPEECH) for matcher in ("fake", "words")
    }
    (names,) = (step for step in steps if (step.channel, step.matcher) == (Channel.NAME, "fake"))
    assert (names.kept, names.total) == (2, len(GOODS) + len(SAID))
    assert names.route == "exact: 2 of 9 vectors are few"


def test_a_filter_changes_no_score_of_full_text(engine):
    library = engine.library
    everywhere = dict(library.find_words(Channel.TEXT, "a red dress for summer", 99))
    allowed = Selection.of(compose("brand:Bolt", library.fields()), library).segments(Channel.TEXT)
    kept = dict(library.find_words(Channel.TEXT, "a red dress for summer", 99, allowed=allowed))
    assert kept == {key: score for key, score in everywhere.items() if key in set(np.asarray(allowed).tolist())}
    assert len(kept) == 2


def test_a_query_of_parts_alone_is_as_it_was(engine):
    assert engine.search(Query(compose("dress", ()).parts)).hits == ask(engine, "dress").hits

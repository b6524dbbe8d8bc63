"""The query language: what it understands, what it leaves alone, and that what it prints can be read again."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensorium.errors import QuerySyntaxError
from sensorium.search.language import merged, parse
from sensorium.search.printing import print_filter, print_query
from sensorium.search.syntax import SCOPES
from sensorium.types import Channel, Filter, Kind, Modality, Part, Query, Range, SortKey, Term

FIELDS = frozenset(("price", "brand", "colour", "size", "taken_at"))
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "queries.jsonl"


def words(text, weight=1.0, channels=()):
    return Part(Modality.TEXT, text=text, weight=weight, channels=channels)


def like(item_id, weight=1.0):
    return Part(Modality.ITEM, like=item_id, weight=weight)


def only(field, *values, excluded=False):
    return Filter(field, tuple(Term(v) if isinstance(v, str) else v for v in values), excluded)


PARTS = {
    "red shoe": [words("red shoe")],
    'shoe "summer dress" now': [words('shoe "summer dress" now')],
    "shoe -leather": [words("shoe"), words("leather", -1)],
    'shoe -"real leather"^0.5': [words("shoe"), words('"real leather"', -0.5)],
    "shoe -(made of leather)": [words("shoe"), words("made of leather", -1)],
    "red^2 shoe": [words("shoe"), words("red", 2)],
    "(red shoe)^2 beach": [words("beach"), words("red shoe", 2)],
    '"red shoe"^.5': [words('"red shoe"', 0.5)],
    'said:"the budget"': [words('"the budget"', channels=(Channel.SPEECH,))],
    "speech:budget^0.5": [words("budget", 0.5, (Channel.SPEECH,))],
    "ocr:RE16, sound:siren": [words("RE16", 1, (Channel.OCR,)), words("siren", 1, (Channel.SOUND,))],
    'picture:"red dress"': [words('"red dress"', 1, (Channel.PICTURE, Channel.FRAME))],
    "said:(next year's (first) budget) x": [words("x"), words("next year's (first) budget", 1, (Channel.SPEECH,))],
    "-said:budget name:IMG*": [words("budget", -1, (Channel.SPEECH,)), words("IMG*", 1, (Channel.NAME,))],
    "like:17 but in red -like:18^0.5": [words("but in red"), like(17), like(18, -0.5)],
}


@pytest.mark.parametrize("typed", PARTS)
def test_parts_are_read(typed):
    assert parse(typed, FIELDS) == Query(tuple(PARTS[typed]))
    assert parse(typed, FIELDS).notes == ()


FILTERS = {
    "brand:Acme": [only("brand", "Acme")],
    "brand:Acme,Bolt brand:Cog": [only("brand", "Acme", "Bolt", "Cog")],
    'brand:"Smith, Jones & Co",Acme': [only("brand", "Smith, Jones & Co", "Acme")],
    r'brand:"6\" nails"': [only("brand", '6" nails')],
    "-brand:Acme": [only("brand", "Acme", excluded=True)],
    "brand!=Acme": [only("brand", "Acme", excluded=True)],
    "brand:Ac* -brand:*": [only("brand", Term("Ac", prefix=True)), only("brand", Term("", prefix=True), excluded=True)],
    "price<50": [only("price", Range(high="50", includes_high=False))],
    "price > 10 price<= 50": [only("price", Range(low="10", includes_low=False)), only("price", Range(high="50"))],
    "price:10..50,60..<70": [only("price", Range("10", "50"), Range("60", "70", includes_high=False))],
    "price:10..": [only("price", Range(low="10"))],
    "date>=2023-05": [only("date", Range(low="2023-05"))],
    "color:red": [only("colour", "red")],
    "kind:films,photo": [only("kind", "film", "picture")],
    "folder:trips/2019": [only("folder", "trips/2019")],
}


@pytest.mark.parametrize("typed", FILTERS)
def test_filters_are_read(typed):
    assert parse(f"{typed} shoe", FIELDS) == Query((words("shoe"),), filters=tuple(FILTERS[typed]))


def test_the_order_is_read():
    assert parse("shoe sort:-price,brand", FIELDS).sort == (SortKey("price", True), SortKey("brand"))
    assert parse("shoe sort:relevance", FIELDS).sort == ()


SENTENCES = [
    "a man's red shirt, size 10-12",
    'a 5" pipe and a 7" pipe',
    "the o'clock-tower at 8:25 - 'twas raining",
    "Re: the budget; note: see http://example.org/a?b=c",
    "x^2 + y^2 = z^2, E=mc^2",
    "-5 degrees - or so -so-called- outside",
    "(Left) A skull; (right) a drawing (2019)",
    "“In Honor of the Best Mother” and the word “Coexist”",
    "y=k/x where n = 1 and f(x) > 0",
    "either/or C:\\temp \\o/ #1 50% *star* a*b",
    "size matters, the price is right, and brand new",
    "12V? 3:1! std::vector e.g. i.e.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_left_alone(sentence):
    read = parse(sentence, FIELDS)
    assert read == Query((words(sentence),))
    assert read.notes == ()


def test_the_queries_of_the_corpus_are_sentences():
    if not CORPUS.is_file():
        pytest.skip(f"{CORPUS} is not there")
    queries = map(json.loads, CORPUS.read_text().splitlines())
    texts = [query["text"] for query in queries if "text" in query]
    assert [text for text in texts if parse(text, FIELDS) != Query((words(" ".join(text.split())),))] == []


ERRORS = {
    "shoe price<cheap": ("Behind < comes a number or a date", "cheap"),
    'shoe said:"budget': ("This quote is never closed", '"budget'),
    "said:(budget": ("This bracket is never closed", "(budget"),
    "kind:pictur": ("Did you mean picture?", "pictur"),
    "price:50..10": ("Did you mean 10..50?", "50..10"),
    "price:cheap..dear": ("The ends of a range are numbers or dates", "cheap..dear"),
    "sort:prize": ("Did you mean price?", "prize"),
    "shoe like:that": ("such as like:17", "like:that"),
    'said:"budget"^high': ("A weight is a number", 'said:"budget"^high'),
    "said:budget^0": ("A weight is a number above 0", "^0"),
    'brand:"Acme': ("This quote is never closed", '"'),
}


@pytest.mark.parametrize("typed", ERRORS)
def test_an_error_points_at_the_place_and_gives_the_cure(typed):
    cure, place = ERRORS[typed]
    with pytest.raises(QuerySyntaxError, match=re.escape(cure)) as caught:
        parse(typed, FIELDS)
    assert typed[caught.value.start : caught.value.end] == place
    problem, shown, caret = str(caught.value).split("\n")
    assert (problem, shown) == (caught.value.problem, f"  {typed}")
    assert caret == " " * (2 + typed.index(place)) + "^" * len(place)


def test_the_caret_stands_below_wide_letters_and_in_long_queries():
    with pytest.raises(QuerySyntaxError) as wide:
        parse("你好 price<cheap", FIELDS)
    assert str(wide.value).split("\n")[2] == " " * (2 + 4 + 1 + 6) + "^^^^^"
    with pytest.raises(QuerySyntaxError) as long:
        parse("word " * 50 + "price<cheap" + " word" * 50, FIELDS)
    _, shown, caret = str(long.value).split("\n")
    assert shown[caret.index("^") : len(caret)] == "cheap"
    assert len(shown) < 100


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("brnad:Acme shoe", "Did you mean brand?"),
        ("prize<50", "Did you mean price?"),
        ("zzz:foo", "nothing here is named 'zzz'"),
        ('a "red dress', "never closed"),
    ],
)
def test_a_name_that_is_not_known_is_a_plain_word_with_a_notice(typed, note):
    read = parse(typed, FIELDS)
    assert read == Query((words(typed),))
    (said,) = read.notes
    assert note in said


# round trips -------------------------------------------------------------------------------------------------------

SIGNS = st.text(st.sampled_from("ab Z9é你\"'()-^:<>=,.;*\\|/_~"), min_size=1, max_size=14)
TEXTS = (
    (SIGNS | st.text(min_size=1, max_size=12)).map(lambda t: " ".join(t.split())).filter(lambda t: re.search(r"\w", t))
)
WEIGHTS = st.sampled_from([1.0, -1.0, 0.5, -0.5, 2.0]) | st.floats(0.001, 900).map(lambda w: round(w, 3))
VALUES = st.builds(Term, TEXTS, st.booleans()) | st.builds(
    lambda low, more, unit, both: Range(f"{low}{unit}", f"{low + more}{unit}", True, both),
    st.integers(-99, 999), st.integers(0, 99), st.sampled_from(["", " EUR", "€"]), st.booleans(),
)  # fmt: skip
LOW_ENDS = st.builds(lambda n, included: Range(low=str(n), includes_low=included), st.integers(-9, 3000), st.booleans())
HIGH_ENDS = st.builds(lambda n, included: Range(high=str(n), includes_high=included), st.integers(-9, 9), st.booleans())
ENDS = LOW_ENDS | HIGH_ENDS
NAMES = st.sampled_from(sorted(FIELDS))
FILTER = st.builds(Filter, NAMES, st.lists(VALUES, min_size=1, max_size=3, unique=True).map(tuple), st.booleans())
KIND = st.builds(lambda kind, out: Filter("kind", (Term(kind.value),), out), st.sampled_from(Kind), st.booleans())
COMPARISON = st.builds(lambda name, end, out: Filter(name, (end,), out), NAMES, ENDS, st.booleans())
PART = st.builds(words, TEXTS, WEIGHTS, st.just(()) | st.sampled_from(list(SCOPES.values()))) | st.builds(
    like, st.integers(0, 10**15), WEIGHTS
)
QUERIES = st.builds(
    lambda parts, filters, sort: Query(tuple(parts), filters=merged(filters), sort=tuple(sort)),
    st.lists(PART, max_size=4),
    st.lists(FILTER | KIND | COMPARISON, max_size=4),
    st.lists(st.builds(SortKey, NAMES, st.booleans()), max_size=2),
)


@given(QUERIES)
def test_what_is_printed_is_read_as_the_same_query(query):
    assert parse(print_query(query, FIELDS), FIELDS) == query


@given(st.text(st.sampled_from('ab 1.:<>="()-^*,\\prcelikesdo'), max_size=40) | st.text(max_size=40))
@example('price<5 "a b"^2 -(x) (y)^2 said:(z)')
def test_whatever_is_typed_is_read_or_refused_and_prints_as_what_was_read(typed):
    try:
        read = parse(typed, FIELDS)
    except QuerySyntaxError:
        return
    assert parse(print_query(read, FIELDS), FIELDS) == read


@given(st.lists(st.sampled_from(["price", "<", "ten", ":", '"', "said:", "(", "^", "like:", "sort:", "brand:", "-"])))
def test_an_error_names_a_place_within_the_query(pieces):
    typed = "".join(pieces)
    try:
        parse(typed, FIELDS)
    except QuerySyntaxError as error:
        place = (error.start, error.end)
    else:
        place = (0, 1)
    assert 0 <= place[0] < place[1] <= max(len(typed), 1)


@given(st.lists(st.from_regex(r"[^\W_][\w'’\-,.!?]*", fullmatch=True), min_size=1).map(" ".join))
def test_words_are_never_changed(sentence):
    assert parse(sentence, FIELDS) == Query((words(sentence),))


@given(st.lists(FILTER | KIND | COMPARISON, min_size=1, max_size=3))
def test_filters_print_one_by_one(filters):
    assert parse(" ".join(map(print_filter, filters)), FIELDS).filters == merged(filters)

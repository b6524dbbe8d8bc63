"""What attributes mean in the forms that shops and cameras write them."""

from datetime import UTC, datetime

import pytest

from sensorium.catalogue.values import amount, moment


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("50", (50, "")),
        ("19,99 €", (19.99, "eur")),
        ("9.99 EUR", (9.99, "eur")),
        ("EUR12.99", (12.99, "eur")),
        ("US$ 12.50", (12.5, "usd")),
        ("1.299,00 €", (1299, "eur")),
        ("1.299 €", (1299, "eur")),
        ("-129.999 €", (-129999, "eur")),
        ("CHF 1'299.-", (1299, "chf")),
        ("CHF 1’299.–", (1299, "chf")),
        ("1 299,50 kr", (1299.5, "kr")),
        ("12,00 zł", (12, "pln")),
        ("Rs. 1,29,999", (129999, "inr")),
        ("0.990 BHD", (0.99, "bhd")),
        ("-5 °", (-5, "°")),
        ("16 GB", (16, "gb")),
        ("1.500 g", (1.5, "g")),
        ("100 m²", (100, "m2")),
        ("007", None),
        ("RE16", None),
        ("555 123", None),
        ("10 x 20 cm", None),
        ("12.99 - 15.99", None),
    ],
)
def test_amounts_are_read_with_their_unit(text, meant):
    assert amount(text) == meant


def day(year, month, day_of_month, hours=0):
    return datetime(year, month, day_of_month, hours, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", day(2024, 1, 1), day(2025, 1, 1)),
        ("2024-12", day(2024, 12, 1), day(2025, 1, 1)),
        ("2024-05-01", day(2024, 5, 1), day(2024, 5, 2)),
        ("1.5.2024", day(2024, 5, 1), day(2024, 5, 2)),
        ("31/05/2024", day(2024, 5, 31), day(2024, 6, 1)),
        ("05/31/2024", day(2024, 5, 31), day(2024, 6, 1)),
        ("31-05-2024", day(2024, 5, 31), day(2024, 6, 1)),
        ("1 May 2024", day(2024, 5, 1), day(2024, 5, 2)),
        ("Sept. 1, 2024", day(2024, 9, 1), day(2024, 9, 2)),
        ("Wed, 01 May 2024 12:00:00 GMT", day(2024, 5, 1, 12), day(2024, 5, 1, 12) + 1),
        ("2024-05-01T08:00-0800/2024-05-08T09:00-0800", day(2024, 5, 1, 8), day(2024, 5, 8, 9) + 60),
    ],
)
def test_dates_are_read_as_the_span_they_name(text, start, end):
    assert moment(text) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "05/06/2024",
        "31.13.2024",
        "1 Marble 2024",
        "99/99/2024",
        "2024-05-08T09:00/2024-05-01T08:00",
        "20240501",
        "T/" * 2000,
    ],
)
def test_what_may_be_two_days_or_none_is_no_date(text):
    assert moment(text) is None

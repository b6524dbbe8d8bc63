"""What the columns of product feeds are called, in the spellings shops use."""

from __future__ import annotations

import re
from functools import lru_cache

TITLES = ("title", "name", "product_name", "product_title", "item_name", "product_display_name", "productname")
SPELLINGS: dict[str, tuple[str, ...]] = {
    "key": ("id", "key", "sku", "product_id", "item_id", "article_id", "asin", "gtin", "handle", "url_handle", "guid"),
    "title": TITLES,
    "description": (
        "description",
        "body",
        "body_html",
        "long_description",
        "product_description",
        "text",
        "details",
        "summary",
        "content",
        "short_description",
    ),
    "price": ("price", "sale_price", "unit_price", "list_price", "regular_price", "variant_price", "price_vat"),
    "category": ("category", "product_type", "product_category", "categories", "google_product_category"),
    "media": (
        "images",
        "image",
        "image_link",
        "image_url",
        "image_urls",
        "image_path",
        "image_src",
        "imgurl",
        "media",
        "photo",
        "photos",
        "picture",
        "pictures",
        "additional_image_link",
        "additional_image_links",
        "variant_image",
        "product_image_url",
        "variant_image_url",
        "imgurl_alternative",
    ),
}
"""Column names that are understood, the most telling first. Of media columns all are read, of the others the first
that is filled; what is left becomes an attribute."""


@lru_cache(4096)  # of files with a million rows
def spelled(name: object) -> str:
    """`Product Name`, `productName` and `g:product-name` are all `product_name`, `Body (HTML)` is `body_html`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name).strip().removeprefix("g:"))
    return re.sub(r"[\s\-_()\[\]]+", "_", text).strip("_").lower()


def fields_of(name: object) -> list[str]:
    """Those of `SPELLINGS` that a column of this name may fill."""
    known = spelled(name)
    return [field for field, spellings in SPELLINGS.items() if known in spellings]

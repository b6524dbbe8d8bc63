"""Products that take several rows of a file, as shop systems export them: one for each variant, or each picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .decoded import BadRow
from .feed_columns import spelled
from .feed_rows import Row, column_names, read_rows
from .feed_values import media_names, price, words

_MOST_ROWS = 10_000
"""Rows of one product; no shop system allows as many variants, and they are held until the last has come."""
_HANDLES = ("handle", "url_handle")
_SHOPIFY = ("variant_price", "variant_sku", "image_src", "option1_name", "product_image_url")
_WOOCOMMERCE = ("type", "name", "parent")
_PLUMBING = re.compile(
    r"image_position|gift_card|(variant_)?(fulfillment_service|requires_shipping|taxable|charge_tax|tax_code|weight_unit"
    r"|inventory_(tracker|policy))|option\d_linked_to|(weight_unit_for_display|continue_selling_when_out_of_stock)"
)
"""How a shop stores and ships: nobody searches by it, and as text it would drown what they do search by."""
_OPTION = re.compile(r"option(\d)_(name|value)")
_ATTRIBUTE = re.compile(r"attribute_(\d+)_(.+)")
_COMMA = re.compile(r"(?<!\\),\s*")


def product_rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of a feed, one to a product. `number` is the first line of several.

    Of Shopify's files, rows with one Handle are one product; of WooCommerce's, a variation belongs to the product that
    it names as its Parent. What rows differ in becomes a list, each option (size, colour) an attribute of its own, and
    the price is the lowest, written `from 12.99`. Other files' rows come as they are.
    """
    names = {spelled(name) for name in column_names(path)}
    if names.intersection(_HANDLES) and names.intersection(_SHOPIFY):
        return _by_handle(read_rows(path))
    if names.issuperset(_WOOCOMMERCE) and names & {"images", "regular_price"}:
        return _with_variations(path)
    return read_rows(path)


def _by_handle(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    together: list[Row] = []
    handle = ""
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        own = _cell(row[1], *_HANDLES)
        if together and (not own or own != handle or len(together) >= _MOST_ROWS):
            yield together[0][0], _of_shopify(handle, [cells for _, cells in together])
            together = []
        together.append(row)
        handle = own
    if together:
        yield together[0][0], _of_shopify(handle, [cells for _, cells in together])


def _of_shopify(handle: str, rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    gathered = _Gathered()
    names: dict[str, str] = {}
    for cells in rows:
        for name, value in cells.items():
            column = spelled(name)
            if option := _OPTION.fullmatch(column):
                if option[2] == "name":
                    names[option[1]] = words(value) or names.get(option[1], "")
                elif words(value) not in ("", "Default Title"):
                    gathered.add(names.get(option[1]) or str(name), value)
            elif column in ("variant_price", "price"):
                gathered.add_price(value)
            elif column == "tags":
                gathered.add(name, *_parts(value))
            elif column not in _HANDLES and not _PLUMBING.fullmatch(column):
                gathered.add(name, value)
    return ({"id": handle} if handle else {}) | gathered.cells()


def _with_variations(path: Path) -> Iterator[Row | BadRow]:
    """The file is read twice: variations mostly stand at its end, far from what they are variations of."""
    parents: set[str] = set()
    variations: dict[str, _Gathered] = {}
    for row in read_rows(path):
        if isinstance(row, BadRow):
            continue
        if not (parent := _parent(row[1])):
            parents.update(_references(row[1]))
            continue
        gathered = variations.setdefault(parent, _Gathered())
        for name, value in row[1].items():
            if spelled(name) == "images":
                gathered.add(name, *media_names(value))
        gathered.add("variation_sku", _cell(row[1], "sku"))
        gathered.add_price(_cell(row[1], "sale_price") or _cell(row[1], "regular_price"))
        _add_attributes(gathered, row[1])
    for row in read_rows(path):
        if isinstance(row, BadRow):
            yield row
        elif _parent(row[1]) not in parents:
            own = [variations[name] for name in _references(row[1]) if name in variations]
            yield row[0], _of_woocommerce(row[1], own)


def _of_woocommerce(cells: Mapping[str, Any], variations: Iterable[_Gathered]) -> Mapping[str, Any]:
    gathered = _Gathered()
    for name, value in cells.items():
        column = spelled(name)
        if column == "images":
            gathered.add(name, *media_names(value))
        elif column == "tags":
            gathered.add(name, *_parts(value))
        elif column in ("description", "short_description"):
            gathered.add(name, str(value or "").replace("\\n", "\n"))
        elif not _ATTRIBUTE.fullmatch(column):
            gathered.add(name, value)
    _add_attributes(gathered, cells)
    for variation in variations:
        gathered.take(variation)
    return gathered.cells()


def _add_attributes(gathered: _Gathered, cells: Mapping[str, Any]) -> None:
    columns = {spelled(name): value for name, value in cells.items()}
    for column, value in columns.items():
        found = _ATTRIBUTE.fullmatch(column)
        if found and found[2] == "name" and words(value):
            gathered.add(words(value), *_parts(columns.get(f"attribute_{found[1]}_value_s")))


def _parent(cells: Mapping[str, Any]) -> str:
    """What a variation belongs to: `id:17` or an SKU; empty for what is none."""
    return _cell(cells, "parent") if "variation" in _cell(cells, "type").lower().split(", ") else ""


def _references(cells: Mapping[str, Any]) -> list[str]:
    """What variations may call a product."""
    key, sku = _cell(cells, "id"), _cell(cells, "sku")
    return [name for name in (f"id:{key}" if key else "", sku) if name]


def _cell(cells: Mapping[str, Any], *columns: str) -> str:
    return next((words(value) for name, value in cells.items() if spelled(name) in columns and words(value)), "")


def _parts(value: Any) -> list[str]:
    return [part.replace("\\,", ",") for part in _COMMA.split(words(value)) if part]


@dataclass(slots=True)
class _Gathered:
    """What several rows say of one product, each thing once, and the lowest of its prices."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    prices: dict[float, str] = field(default_factory=dict)

    def add(self, name: str, *values: Any) -> None:
        for value in values:
            if text := words(value):
                self.values.setdefault(name, {}).setdefault(text, value)

    def add_price(self, value: Any) -> None:
        amount = price(value)
        if amount is not None:
            self.prices.setdefault(amount, words(value))

    def take(self, other: _Gathered) -> None:
        for name, values in other.values.items():
            self.add(name, *values.values())
        for amount, text in other.prices.items():
            self.prices.setdefault(amount, text)

    def cells(self) -> dict[str, Any]:
        found = {name: [*values.values()] for name, values in self.values.items()}
        cells: dict[str, Any] = {name: values if len(values) > 1 else values[0] for name, values in found.items()}
        if self.prices:
            lowest = self.prices[min(self.prices)]
            cells["price"] = f"from {lowest}" if len(self.prices) > 1 else lowest
        return cells

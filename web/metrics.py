"""Figures for Prometheus: what is in the library, and how its indexes do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from sensorium.indexes.state import IndexState
    from sensorium.library import Library
    from sensorium.status import Status


def metric_routes(library: Library) -> Blueprint:
    routes = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(_LibraryCollector(library))

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes


class _LibraryCollector(Collector):
    """Reads the library when it is asked, so that nothing has to be counted along the way."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def describe(self) -> list[Metric]:
        return []  # registering must not read the library

    def collect(self) -> Iterator[Metric]:
        status = self._library.status()
        yield from _counts(status)
        yield from _sizes(status.indexes)
        yield from _measured(status.indexes)


def _counts(status: Status) -> Iterator[Metric]:
    items = GaugeMetricFamily("sensorium_items", "Items in the library.", labels=["kind"])
    for kind, count in status.items.items():
        items.add_metric([kind.value], count)
    segments = GaugeMetricFamily("sensorium_segments", "Segments in the library.", labels=["channel"])
    for channel, count in status.segments.items():
        segments.add_metric([channel.value], count)
    yield from (items, segments)
    yield GaugeMetricFamily("sensorium_failures", "Files that could not be read.", value=len(status.failures))


def _sizes(indexes: tuple[IndexState, ...]) -> Iterator[Metric]:
    labels = ["space", "channel", "kind"]
    vectors = GaugeMetricFamily("sensorium_index_vectors", "Vectors in an index's file.", labels=labels)
    size = GaugeMetricFamily("sensorium_index_bytes", "Size of an index's file.", labels=labels)
    for index in indexes:
        names = [index.space, index.channel.value, index.kind]
        vectors.add_metric(names, index.vectors)
        size.add_metric(names, index.bytes)
    yield from (vectors, size)


def _measured(indexes: tuple[IndexState, ...]) -> Iterator[Metric]:
    labels = ["space", "channel", "kind", "selectivity"]
    recall = GaugeMetricFamily(
        "sensorium_index_recall", "Share of the ten nearest that real queries found.", labels=labels
    )
    seconds = GaugeMetricFamily(
        "sensorium_index_search_seconds", "Time of a search, without encoding.", labels=[*labels, "quantile"]
    )
    effort = GaugeMetricFamily("sensorium_index_effort", "Lists probed or candidates kept.", labels=labels)
    for index in indexes:
        for figure in index.figures:
            names = [index.space, index.channel.value, index.kind, figure.selectivity]
            effort.add_metric(names, figure.effort)
            if not math.isnan(figure.recall):
                recall.add_metric(names, figure.recall)
            for quantile, value in (("0.5", figure.p50_ms), ("0.95", figure.p95_ms)):
                if not math.isnan(value):
                    seconds.add_metric([*names, quantile], value / 1000)
    yield from (recall, seconds, effort)

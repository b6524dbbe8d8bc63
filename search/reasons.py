"""Why a hit is there, as the terminal says it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from sensorium.types import Channel, Evidence, Explanation, Hit

from .recognise import verdict

SHOWN = 90
"""Characters of a text that are shown."""
_INDENT = " " * 5


def reasons(hit: Hit) -> Iterator[Text]:
    """The two strongest reasons, a line each; of an explained hit all, and what each channel is worth."""
    if hit.explanation is None:
        yield from map(_short, hit.evidence[:2])
    else:
        yield from map(_long, hit.evidence)
        yield _ranks(hit.explanation)


def clock(seconds: float) -> str:
    """`1:05`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _short(evidence: Evidence) -> Text:
    quote = evidence.quote
    said = " ".join((quote.text if quote else evidence.segment.text or "").split())
    shown = f"“{said[:SHOWN]}{'…' if len(said) > SHOWN else ''}”" if said else ""
    at_s = quote.start_s if quote else evidence.segment.start_s if evidence.channel is Channel.TRACK else None
    when = "" if at_s is None else f" at {clock(at_s)}"
    return Text(f"{_INDENT}{_source(evidence)} {evidence.contribution:+.2f}{when} {shown}", style="dim")


def _source(evidence: Evidence) -> str:
    how = "words" if evidence.matcher == "words" else "meaning"
    return verdict(evidence) or f"{evidence.channel} by {how}"


def _long(evidence: Evidence) -> Text:
    segment = evidence.segment
    where = "" if segment.page is None else f", page {segment.page}"
    if segment.start_s is not None:
        where = f", {clock(segment.start_s)} to {clock(segment.end_s or segment.start_s)}"
    line = Text(f"{_INDENT}{_source(evidence)} {evidence.contribution:+.2f}", style="dim")
    measured = f"raw {evidence.raw:.2f}, calibrated {evidence.calibrated:.2f}, rank {evidence.rank}"
    line.append(f" ({measured}{where})")
    return line.append_text(_marked(evidence)) if segment.text else line


def _marked(evidence: Evidence) -> Text:
    """The text around the first of the words asked for, with all of them marked."""
    text = evidence.segment.text or ""
    first = evidence.spans[0][0] if evidence.spans else 0
    start = max(0, min(first - SHOWN // 4, len(text) - SHOWN))
    end = min(len(text), start + SHOWN)
    shown = Text(text[start:end].replace("\n", " "))
    for left, right in evidence.spans:
        shown.stylize("bold underline", max(0, left - start), max(0, right - start))
    return Text.assemble(" “", "…" if start else "", shown, "…" if end < len(text) else "", "”")


def _ranks(explanation: Explanation) -> Text:
    """Its place, and what it would be without each channel."""
    without = [f"without {channel} {rank or 'not found'}" for channel, rank in explanation.without.items()]
    return Text(f"{_INDENT}place {explanation.rank} before second looks; {', '.join(without)}", style="dim italic")

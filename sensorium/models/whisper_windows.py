"""Whisper over windows of speech: many at once on an accelerator, each decoded anew where the model rambles.

A. Radford et al., "Robust speech recognition via large-scale weak supervision", 2022, section 4.5: a window is decoded
greedily, and with rising temperature as long as its text repeats itself or is improbable. Cutting at pauses that a
detector of voices found, and decoding the windows side by side without the text before, is that of M. Bain et al.,
"WhisperX: time-accurate speech transcription of long-form audio", 2023.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

    from .speech_spans import Span

MAX_NO_SPEECH = 0.6
MIN_LOGPROB = -1.0
MAX_COMPRESSION = 2.4
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LONGEST = 30 * SAMPLE_RATE  # what the model hears at once
_JOINED = 2 * SAMPLE_RATE  # stretches of speech with no longer pause between them share a window
_LEFT = SAMPLE_RATE  # what the model leaves of a window is decoded again, if it is more than this
_TIMES_A_SECOND = 50  # of its time stamps


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the model says was said, and what it thinks of it: means over the window that it was said in."""

    start_s: float
    end_s: float
    text: str
    no_speech: float
    logprob: float
    compression: float

    @property
    def is_silence(self) -> bool:
        return self.no_speech > MAX_NO_SPEECH and self.logprob < MIN_LOGPROB

    @property
    def repeats_itself(self) -> bool:
        return self.compression > MAX_COMPRESSION


@dataclass(frozen=True, slots=True)
class WindowDecoder:
    """A loaded model. `batch` windows are decoded at once; `half` is for devices that compute in 16 bits."""

    model: Any
    half: bool
    batch: int
    temperatures: Sequence[float] = TEMPERATURES

    def run(self, samples: Samples, spans: Sequence[Span]) -> tuple[list[Spoken], str]:
        """What is said in stretches of a sound, in order, and its language, which is one for all of it."""
        waiting = join_spans(spans)
        spoken: list[Spoken] = []
        language = ""
        while waiting:
            now, waiting = waiting[: self.batch], waiting[self.batch :]
            mels = self._mels(samples, now)
            language = language or self._language(mels)
            left = []
            for window, mel, result in zip(now, mels, self._decode(mels, language, 0.0), strict=True):
                found, heard_to = self._parts(window, self._surest(mel, result, language))
                spoken += found
                if window[1] - heard_to > _LEFT:
                    left.append((heard_to, window[1]))
            waiting = left + waiting
        return sorted(spoken, key=lambda part: part.start_s), language

    def _mels(self, samples: Samples, windows: Sequence[Span]) -> Any:
        """Spectrograms of the windows, each filled up to 30 s: [windows, bands, 3000], on the model's device."""
        import numpy as np
        import torch
        from whisper.audio import HOP_LENGTH, N_FRAMES, log_mel_spectrogram, pad_or_trim

        device, bands = self.model.device, self.model.dims.n_mels
        mels = []
        for start, end in windows:
            sound = torch.from_numpy(samples[start:end].astype(np.float32) / 32768).to(device)
            mel = log_mel_spectrogram(sound, bands, padding=_LONGEST)[:, : (end - start) // HOP_LENGTH]
            mels.append(pad_or_trim(mel, N_FRAMES))
        return torch.stack(mels).to(torch.float16 if self.half else torch.float32)

    def _language(self, mels: Any) -> str:
        if not self.model.is_multilingual:
            return "en"
        likely: Counter[str] = Counter()
        for probabilities in self.model.detect_language(mels)[1]:
            likely.update(probabilities)
        return likely.most_common(1)[0][0]

    def _decode(self, mels: Any, language: str, temperature: float) -> list[Any]:
        from whisper.decoding import DecodingOptions

        options = DecodingOptions(language=language, temperature=temperature, fp16=self.half)
        found: list[Any] = self.model.decode(mels, options)
        return found

    def _surest(self, mel: Any, result: Any, language: str) -> Any:
        """The result, or that of the first higher temperature at which the model neither rambles nor guesses."""
        for temperature in self.temperatures[1:]:
            silent = result.no_speech_prob > MAX_NO_SPEECH and result.avg_logprob < MIN_LOGPROB
            if silent or (result.compression_ratio <= MAX_COMPRESSION and result.avg_logprob >= MIN_LOGPROB):
                break
            (result,) = self._decode(mel[None], language, temperature)
        return result

    def _parts(self, window: Span, result: Any) -> tuple[list[Spoken], int]:
        """The result's parts between time stamps, and up to which sample the window has been heard."""
        from whisper.tokenizer import get_tokenizer

        tokenizer = get_tokenizer(self.model.is_multilingual, num_languages=self.model.num_languages)
        start, end = window
        begin_s = start / SAMPLE_RATE
        marks = result.no_speech_prob, result.avg_logprob, result.compression_ratio
        parts = []
        closed = True
        for first, last, tokens in _between_stamps(result.tokens, tokenizer.timestamp_begin):
            closed = last is not None
            end_s = end / SAMPLE_RATE if last is None else begin_s + last / _TIMES_A_SECOND
            text = tokenizer.decode([token for token in tokens if token < tokenizer.eot])
            parts.append(Spoken(begin_s + first / _TIMES_A_SECOND, end_s, text, *marks))
        ended = len(result.tokens) < 2 or result.tokens[-2] < tokenizer.timestamp_begin  # a single stamp ends it all
        if ended or not closed or len(parts) < 2:
            return parts, end
        return parts, min(end, round(parts[-1].end_s * SAMPLE_RATE))


def _between_stamps(tokens: Sequence[int], first_stamp: int) -> Iterator[tuple[int, int | None, list[int]]]:
    """Runs of text tokens with the time stamps before and after them; without one after, the last goes to the end."""
    begun, run = 0, []
    for token in tokens:
        if token < first_stamp:
            run.append(token)
            continue
        if run:
            yield begun, token - first_stamp, run
        begun, run = token - first_stamp, []
    if run:
        yield begun, None, run


def join_spans(spans: Sequence[Span]) -> list[Span]:
    """Neighbouring spans joined to windows of at most 30 s, so that fewer are decoded and each has context."""
    windows: list[Span] = []
    for start, end in spans:
        if windows and start - windows[-1][1] <= _JOINED and end - windows[-1][0] <= _LONGEST:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows

"""Make the recorded speech of the demo again: `python examples/media/make_speech.py` (needs espeak-ng on the PATH).

The files are in the repository, so the demo needs no speech synthesiser; run this after changing a text below.
Sentences are short and words are common, because the transcriber that needs no download (PocketSphinx) has to
follow them.
"""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av

HERE = Path(__file__).resolve().parent
BIT_RATE = 20_000
OPUS_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Speech:
    """What one file says: `name` is its path below this folder without the suffix, `voice` is espeak-ng's."""

    name: str
    voice: str
    text: str


MAN, WOMAN, OTHER_WOMAN = "en-us+klatt2", "en-us+f2", "en-us+f5"
SPEECHES = (
    Speech(
        "notes/recording-1",
        WOMAN,
        "Hello, everybody. Today we open the new bridge across the river. "
        "It took three years. The old bridge was closed after the storm. "
        "Now the children can walk to school again.",
    ),
    Speech(
        "notes/recording-2",
        MAN,
        "Hello. I bought a blue shirt in your shop last week. It is too small for me. "
        "I would like to send it back and get my money. Please call me in the afternoon.",
    ),
    Speech(
        "notes/recording-3",
        OTHER_WOMAN,
        "Here is the weather for the weekend. On Saturday there will be heavy snow in the mountains. "
        "On Sunday the sun will come out, and it will be warm near the coast.",
    ),
    Speech(
        "notes/recording-4",
        OTHER_WOMAN,
        "When I was a little girl, we lived on a farm. In the summer my father took us to the city by train. "
        "I remember the white smoke and the long way through the mountains.",
    ),
    Speech(
        "notes/recording-5",
        OTHER_WOMAN,
        "This is how my mother made dinner. She put potatoes and carrots in hot water with salt. "
        "After twenty minutes it was ready, and we had it with white bread.",
    ),
    Speech("film/1-boat", WOMAN, "A small ship is coming home from the sea in the evening."),
    Speech("film/2-balloon", WOMAN, "The next morning we see a red balloon in the sky above the hills."),
    Speech("film/3-city", WOMAN, "Later that night a taxi is driving through the city."),
    Speech("film/4-winter", WOMAN, "It is winter, and the snow is falling on the house."),
)


def speak(speech: Speech) -> bytes:
    """The text as a WAV file: mono, 22,050 Hz."""
    command = ["espeak-ng", "-v", speech.voice, "-s", "140", "--stdout", speech.text]
    return subprocess.run(command, check=True, capture_output=True).stdout


def write_opus(wav: bytes, path: Path) -> None:
    """Write the sound as Opus in an Ogg file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=OPUS_RATE)
    with av.open(io.BytesIO(wav), "r") as source, av.open(str(path), "w", format="ogg") as target:
        stream = target.add_stream("libopus", rate=OPUS_RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        for frame in [*source.decode(audio=0), None]:
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        target.mux(stream.encode(None))


def main() -> None:
    for speech in SPEECHES:
        path = HERE / f"{speech.name}.ogg"
        write_opus(speak(speech), path)
        print(f"{path.relative_to(HERE)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

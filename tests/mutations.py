"""Small real files of every kind that is read, and ways to damage them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import docx
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from tests.media_files import tone, write_pdf, write_sound

CODECS = {".mp3": "libmp3lame", ".flac": "flac", ".ogg": "libopus", ".m4a": "aac", ".aiff": "pcm_s16be"}
FILMS = {".mp4": "libx264", ".mkv": "mpeg4", ".avi": "mpeg4", ".webm": "libvpx", ".mpg": "mpeg2video"}
PICTURES = (".jpg", ".png", ".webp", ".gif", ".tiff", ".bmp", ".avif")


def originals(folder: Path) -> list[Path]:
    """One whole file of each kind, a few kilobytes each."""
    for suffix in PICTURES:
        _drawing().save(folder / f"picture{suffix}")
    exif = Image.Exif()
    exif[0x0110], exif[0x0132] = "Box", "2024:02:03 04:05:06"
    exif.get_ifd(0x8825).update({1: "N", 2: (48, 30, 0), 3: "E", 4: (2, 15, 0)})
    _drawing().save(folder / "noted.jpg", exif=exif)
    moving = [_drawing(shift) for shift in (0, 10, 20)]
    for suffix in (".gif", ".webp"):
        moving[0].save(folder / f"moving{suffix}", save_all=True, append_images=moving[1:], duration=200)
    write_sound(folder / "sound.wav", seconds=0.5)
    for suffix, codec in CODECS.items():
        _write_sound(folder / f"sound{suffix}", codec)
    for suffix, codec in FILMS.items():
        _write_film(folder / f"film{suffix}", codec)
    _write_texts(folder)
    return sorted(folder.iterdir())


def _drawing(shift: int = 0) -> Image.Image:
    image = Image.new("RGB", (96, 64), (230, 220, 20))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10 + shift, 10, 50 + shift, 50), fill=(20, 20, 220))
    draw.text((40, 40), "rope", fill="black")
    return image


def _write_sound(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000 if codec == "libopus" else 44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(0.5, 440.0)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def _write_film(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_image(_drawing(2 * number))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _write_texts(folder: Path) -> None:
    write_pdf(folder / "paper.pdf", [[(50, 700, 12, "The harbour opens at nine."), (50, 600, 12, "Bring a rope.")]] * 2)
    _drawing().save(folder / "scan.pdf")
    word = docx.Document()
    word.add_heading("The harbour", 1)
    word.add_paragraph("It opens at nine, and the boats go out with the tide.")
    word.save(folder / "letter.docx")
    (folder / "page.html").write_text(
        "<html><head><title>Harbour</title></head><body><p>Opens at nine.</p></body></html>"
    )
    (folder / "notes.md").write_text("# Harbour\n\nOpens at *nine*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    (folder / "notes.txt").write_text("Der Hafen öffnet um neun.\n\nBring a rope and a lantern.\n", "latin-1")
    rows = [{"id": str(number), "title": f"Cup {number}", "price": 5 + number} for number in range(20)]
    (folder / "feed.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines = "".join(f"{row['id']},{row['title']},{row['price']}\n" for row in rows)
    (folder / "feed.csv").write_text(f"id,title,price\n{lines}")
    pq.write_table(pa.Table.from_pylist(rows), folder / "feed.parquet")


def _flipped(content: bytes, chance: random.Random) -> bytes:
    """Single bits, a few or many."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 3, 10, 40))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _header_flipped(content: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(4):
        damaged[chance.randrange(min(64, len(damaged)))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _cut_late(content: bytes, chance: random.Random) -> bytes:
    return content[: len(content) - chance.randrange(1, max(2, len(content) // 10))]


def _blanked(content: bytes, chance: random.Random) -> bytes:
    """A stretch of zeros, as a failing disk gives."""
    start = chance.randrange(len(content))
    length = min(len(content) // 4 + 1, len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def _repeated(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    end = min(len(content), start + len(content) // 4 + 1)
    return content[:end] + content[start:]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped, _flipped, _header_flipped, _cut, _cut_late, _blanked, _repeated,
)  # fmt: skip


def mutations(whole: list[Path], folder: Path, *, seed: int = 0) -> Iterator[Path]:
    """Every file damaged in each of the ways, and three times called what it is not."""
    chance = random.Random(seed)
    suffixes = sorted({path.suffix for path in whole})
    for path in whole:
        content = path.read_bytes()
        for number, damage in enumerate(DAMAGES):
            yield _written(folder / f"{path.stem}{number}-{path.suffix[1:]}{path.suffix}", damage(content, chance))
        for suffix in chance.sample([other for other in suffixes if other != path.suffix], 3):
            yield _written(folder / f"{path.stem}-{path.suffix[1:]}{suffix}", content)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path

"""Media that tests make themselves."""

import wave
from pathlib import Path

import av
import numpy as np

RATE = 16_000


def tone(seconds, hertz, loudness=12_000):
    """A sine tone, int16[n]."""
    times = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * times) * loudness).astype("<i2")


def write_sound(path, *, seconds, hertz=440.0, loudness=12_000):
    """A sine tone as 16-bit WAV."""
    write_samples(path, tone(seconds, hertz, loudness))


def write_samples(path, samples):
    """int16[n], 16 000 a second, as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def write_pdf(path: Path, pages, *, title="", date="", extra_trailer=b""):
    """A PDF whose pages are lists of `(x, y, size, text)`, in points from the lower left corner."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    objects.append((f"<< /Title ({title}) " + f"/CreationDate ({date}) " * bool(date) + ">>").encode())
    kids = []
    for lines in pages:
        content = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in lines).encode(
            "latin-1"
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        resources = b"<< /Font << /F1 3 0 R >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources %s /Contents %d 0 R >>"
            % (resources, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    body, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    xref = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R %s >>\n" % (len(objects) + 1, extra_trailer)
    path.write_bytes(body + b"startxref\n%d\n%%%%EOF\n" % xref)
    return path


def write_film(path, *, seconds, tones):
    """A grey MP4 film of whole seconds; `tones` are pairs of the second from which a tone sounds, and its frequency."""
    starts = [start for start, _ in tones]
    ends = [*starts[1:], seconds]
    samples = np.concatenate([tone(end - start, hertz) for (start, hertz), end in zip(tones, ends, strict=True)])
    write_film_with(path, samples, seconds=seconds)


def write_film_with(path, samples, *, seconds):
    """A grey MP4 film of whole seconds with a sound track, int16[n], 16 000 a second."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for _ in range(seconds * 5):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
            container.mux(video.encode(picture))
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))

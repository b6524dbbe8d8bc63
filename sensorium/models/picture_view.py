"""How a model sees a picture, up to normalising: light enough to be sent into a decoding process and done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sensorium.media.images import image_of

if TYPE_CHECKING:
    from PIL import Image

    from sensorium.types import Pixels

Fit: TypeAlias = Literal["squash", "crop", "pad"]


@dataclass(frozen=True, slots=True)
class PictureView:
    """The size a model takes and how a picture of another size is brought to it.

    `squash` stretches the whole picture into it; `crop` scales until the picture covers it and keeps the middle;
    `pad` scales until the picture fits in and fills what is left with `fill`. What is of the right size already is
    left as it is, so that a picture seen once may be seen again.
    """

    width: int
    height: int
    fit: Fit
    resample: Literal["bilinear", "bicubic"] = "bicubic"
    fill: int = 0
    reducing_gap: float | None = None
    """Pillow's own, for `squash`: pictures far too large are first shrunk by a whole number, which is faster."""

    def see(self, picture: Pixels | Image.Image) -> Pixels:
        """uint8[height, width, 3] of a picture of any size."""
        import numpy as np

        if isinstance(picture, np.ndarray) and picture.shape[:2] == (self.height, self.width):
            return picture
        image = image_of(picture)
        return np.asarray(image if image.size == (self.width, self.height) else self._fitted(image))

    def _fitted(self, image: Image.Image) -> Image.Image:
        from PIL import Image, ImageOps

        method = Image.Resampling[self.resample.upper()]
        if self.fit == "squash":
            return image.resize((self.width, self.height), method, reducing_gap=self.reducing_gap)
        covering = image.resize(self._scaled(*image.size), method)
        if self.fit == "pad":
            across, down = self.width - covering.width, self.height - covering.height
            border = (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2)
            return ImageOps.expand(covering, border, fill=(self.fill,) * 3)
        left = round((covering.width - self.width) / 2)
        top = round((covering.height - self.height) / 2)
        return covering.crop((left, top, left + self.width, top + self.height))

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        """The size at which the picture covers the view (`crop`) or fits into it (`pad`), rounded as open_clip does."""
        if self.fit == "crop" and self.width == self.height:  # torchvision's Resize: the longer side is cut off
            shorter, longer = sorted((width, height))
            other = int(self.width * longer / shorter)
            return (self.width, other) if width <= height else (other, self.width)
        choose = min if self.fit == "crop" else max
        ratio = choose(height / self.height, width / self.width)
        return max(1, round(width / ratio)), max(1, round(height / ratio))

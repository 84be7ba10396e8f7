"""Papers with words laid over them by their owner (水印): many wordings, colours, sizes, once or in rows.

Wider than `conditions.watermark`, which the reader's bench uses: for measuring how many watermarks are noticed at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.devset import conditions, draw
from tests.devset.draw import Item
from tests.devset.fictional import Chance, pick
from tests.devset.fonts import faces
from tests.devset.page import Drawn, Pixels

OF_FILING = (
    "仅供备案使用", "仅供网站备案使用", "仅供ICP备案使用 他用无效", "仅用于办理网站备案", "备案专用", "仅限APP备案使用",
    "仅供腾讯云备案使用", "仅供阿里云ICP备案审核", "此件仅供域名备案，复印无效", "只用于华为云备案", "FOR ICP FILING ONLY",
    "For ICP filing use only",
)  # fmt: skip
OF_OTHERS = (
    "仅供入职使用", "仅用于办理租房", "仅供实名认证使用 他用无效", "仅限银行开户使用", "再次复印无效", "ONLY FOR BANK ACCOUNT",
)  # fmt: skip
_COLOURS = ((120, 120, 124), (60, 60, 64), (214, 60, 60), (60, 90, 200), (250, 250, 250), (40, 140, 90))
_OUTLINED = (250, 250, 250)  # pale letters have a dark rim, or nobody would see them on white paper


def items(count: int, seed: int) -> Iterator[Item]:
    """Watermarked papers, every second one photographed; wordings and kinds in turn."""
    wordings = (*OF_FILING, *OF_OTHERS)
    kinds = [kind for kind in draw.KINDS if kind != "domain_certificate"]
    for number in range(count):
        chance = np.random.default_rng((seed, number))
        drawer, words = kinds[number % len(kinds)], wordings[number % len(wordings)]
        plain = draw.KINDS[drawer](chance)
        marked = Drawn(plain.kind, watermarked(plain.pixels, words, chance), plain.fields, plain.is_card)
        condition = "phone" if number % 2 else "scan"
        yield Item(number, drawer, condition, marked, conditions.take(marked, condition, chance))


def watermarked(pixels: Pixels, words: str, chance: Chance) -> Pixels:
    """Half-transparent words over the paper."""
    height, width = pixels.shape[:2]
    size = round(min(width, height) * float(chance.uniform(0.045, 0.11)))
    cover, rim = _laid_out(words, size, (width, height), chance)
    colour = pick(chance, _COLOURS)
    strength = float(chance.uniform(0.2, 0.6))
    marked = pixels.astype(np.float32)
    if colour == _OUTLINED:
        strength = max(strength, 0.4)
        marked += (np.array((70, 70, 74), np.float32) - marked) * rim * strength
    marked += (np.array(colour, np.float32) - marked) * cover * strength
    return np.clip(marked, 0, 255).astype(np.uint8)


def _laid_out(words: str, size: int, extent: tuple[int, int], chance: Chance) -> tuple[Pixels, Pixels]:
    """Shares of cover, of the letters and of their rims: one line, a few, or the whole sheet tiled; slanted or level."""
    width, height = extent
    face = faces("hei")[int(chance.integers(len(faces("hei"))))].at(size)
    rows = int(chance.choice([1, 2, 4, 9], p=[0.35, 0.2, 0.25, 0.2]))
    angle = float(chance.choice([0, 15, 25, 33, 40, -25])) + float(chance.uniform(-3, 3))
    layers = [
        _rows(words, face, rows, extent, stroke).rotate(angle, Image.Resampling.BICUBIC)
        for stroke in (0, max(2, size // 14))
    ]
    box = (width // 2, height // 2, width // 2 + width, height // 2 + height)
    letters, wider = (np.asarray(layer.crop(box), np.float32)[..., None] / 255 for layer in layers)
    return letters, np.clip(wider - letters, 0, 1)


def _rows(words: str, face: ImageFont.FreeTypeFont, rows: int, extent: tuple[int, int], stroke: int) -> Image.Image:
    width, height = extent
    layer = Image.new("L", (width * 2, height * 2), 0)
    pen = ImageDraw.Draw(layer)
    for row in range(rows):
        top = height + (row - (rows - 1) / 2) * height * (0.9 / rows)
        text = words if rows == 1 else "　　".join([words] * (2 if rows < 4 else 4))
        pen.text((width, top), text, font=face, fill=255, anchor="mm", stroke_width=stroke)
    return layer

"""Sheets that were copied in grey, or whose copies got a watermark's words."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.devset.designs import Design
from tests.devset.fonts import any_face
from tests.devset.photographs.papers import Paper
from tests.devset.scenes import Chance, clouds, one


def copied(paper: Paper, chance: Chance) -> Paper:
    """The sheet from a copier: greys, a steep or shallow curve, speckles, at times streaks; a card perhaps on a white page."""
    grey = cv2.cvtColor(paper.design.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    steep, middle = chance.uniform(3, 9), chance.uniform(0.45, 0.7)
    low, high = (1 / (1 + math.exp(-steep * (end - middle))) for end in (0, 1))
    toned = (1 / (1 + np.exp(-steep * (grey - middle))) - low) / (high - low)
    toned = toned * chance.uniform(0.8, 0.95) + chance.uniform(0.02, 0.05)
    height, width = toned.shape
    toned += clouds(chance, width, height, 3) * np.float32(chance.uniform(0, 0.05))
    if chance.random() < 0.3:
        streak = np.exp(-(((np.arange(width) - chance.uniform(0, width)) / chance.uniform(2, 9)) ** 2))
        toned -= streak[None].astype(np.float32) * np.float32(chance.uniform(0.05, 0.3))
    pixels = np.repeat(np.clip(toned * 255, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    copy = replace(paper, design=replace(paper.design, pixels=pixels))
    return _on_white_page(copy, chance) if paper.design.is_card and chance.random() < 0.35 else copy


def _on_white_page(copy: Paper, chance: Chance) -> Paper:
    wide, tall = (1600, 2263) if chance.random() < 0.3 else (2263, 1600)
    page = np.full((tall, wide, 3), int(chance.integers(243, 254)), np.uint8)
    longest = max(copy.design.pixels.shape[:2])
    scale = chance.uniform(0.5, 0.65) * wide / longest
    pixels = cv2.resize(copy.design.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(copy.design.mask, pixels.shape[1::-1])[..., None] / np.float32(255)
    height, width = pixels.shape[:2]
    top, left = int((tall - height) * chance.uniform(0.1, 0.5)), int((wide - width) * chance.uniform(0.2, 0.8))
    under = page[top : top + height, left : left + width]
    page[top : top + height, left : left + width] = (under * (1 - cover) + pixels * cover).astype(np.uint8)
    whole = Design(page, np.full((tall, wide), 255, np.uint8), is_card=False)
    return Paper(whole, copy.letter * scale * longest / max(wide, tall))


def marked(paper: Paper, text: str, chance: Chance) -> Paper:
    """The sheet with a watermark of these words: once in the middle, or in rows."""
    pixels = paper.design.pixels
    height, width = pixels.shape[:2]
    reach, size = max(height, width), int(min(height, width) * chance.uniform(0.045, 0.1))
    layer = Image.new("L", (2 * reach, 2 * reach), 0)
    pen, font = ImageDraw.Draw(layer), any_face(chance).at(size)
    if chance.random() < 0.45:
        pen.text((reach, reach), text, font=font, fill=255, anchor="mm")
    else:
        step_y, step_x = int(size * chance.uniform(3, 5)), int(size * (len(text) + chance.uniform(1, 5)))
        for row, y in enumerate(range(0, 2 * reach, step_y)):
            for x in range(-size * 3 * (row % 3), 2 * reach, step_x):
                pen.text((x, y), text, font=font, fill=255)
    slant = 0.0 if chance.random() < 0.2 else chance.uniform(12, 45) * one(chance, (-1, 1))
    top, left = reach - height // 2, reach - width // 2
    turned = np.asarray(layer.rotate(slant), np.float32)[top : top + height, left : left + width, None] / 255
    cover = turned * np.float32(chance.uniform(0.28, 0.6))
    ink = np.array(((120, 120, 120), (210, 40, 40), (50, 80, 190), (80, 80, 80))[chance.integers(4)], np.float32)
    drawn = replace(paper.design, pixels=(pixels * (1 - cover) + ink * cover).astype(np.uint8))
    return replace(paper, design=drawn)

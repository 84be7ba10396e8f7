"""How well the picture checks tell faults from sound pictures, beside the plain rules one would try first.

Sets that no check has learnt from: our drawn faults and photographs under other seeds, the development set's conditions
(made in another way), drawn verification photos, and papers with watermarks. `BEIANBOX_BENCH_PICTURES` sets how many pictures of each (120).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np

from extractors.paper import ImageFacts, Paper
from extractors.vision import (
    colour,
    crossing,
    forest,
    glare,
    images,
    moire,
    picture_facts,
    portrait,
    reader,
    rim,
    sharpness,
)
from extractors.vision.images import Picture
from pipeline.image_checks import check_image
from pipeline.model import ImageCheck
from tests.bench.measure import title
from tests.devset import draw, faults
from tests.devset import watermarks as watermarked
from tests.devset.photographs import shots
from tests.devset.portraits import Pose
from tests.devset.portraits import portrait as drawn_portrait

COUNT = int(os.environ.get("BEIANBOX_BENCH_PICTURES", "120"))
HELD_OUT_SEED = 100_000
TODAY = date(2026, 11, 20)
CODES = {"colour": "grey", "photocopy": "grey", "screen_reshoot": "screen", "sharpness": "blur", "glare": "glare",
         "complete_edges": "cut", "occlusion": "finger"}  # fmt: skip
"""Check to the fault it is for."""

CONDITIONS = {"photocopy": "grey", "moire": "screen", "blur": "blur", "motion": "blur", "glare": "glare", "crop": "cut",
              "finger": "finger", "scan": "", "phone": "", "perspective": "", "shadow": "", "noise": "", "tilt": "",
              "jpeg": "", "rot180": "", "lowres": ""}  # fmt: skip
"""Conditions of the development set, and the fault each is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One picture: its faults, which of them hardly show, its checks, the plain rules' numbers, CPU seconds."""

    faults: frozenset[str]
    doubtful: frozenset[str]
    checks: dict[str, ImageCheck]
    facts: ImageFacts
    plain: dict[str, float]
    sheet_cpu: float
    measure_cpu: float


def row(picture: Picture, its_faults: frozenset[str], doubtful: frozenset[str] = frozenset()) -> Row:
    """A picture measured and judged as the reader does, but without being read."""
    start = time.process_time()
    sheet = max(reader.choose_sheets(picture), key=lambda one: cv2.contourArea(np.array(one.corners, np.float32)))
    found = time.process_time()
    bare = ImageFacts("jpeg", 500_000, picture.shape[1], picture.shape[0])
    facts = picture_facts.of_sheet(picture, sheet, sheet.picture, 0, (), bare)
    done = time.process_time()
    checks = {check.code: check for check in check_image(Paper("passport", image=facts), TODAY)}
    return Row(its_faults, doubtful, checks, facts, _plain(sheet.picture), found - start, done - found)


def _plain(sheet: Picture) -> dict[str, float]:
    """What one would measure first: variance of the Laplacian, chroma, burnt pixels; higher is worse."""
    grey = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    lab = cv2.cvtColor(sheet, cv2.COLOR_BGR2LAB).astype(np.float32) - 128
    return {
        "sharpness": -float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        "colour": -float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 99)),
        "glare": glare.burnt_share(sheet),
    }


def drawn_faults(count: int) -> Iterator[Row]:
    for shot in faults.pictures(HELD_OUT_SEED, count):
        yield row(shot.picture, shot.faults, shot.doubtful)


def photographed(count: int) -> Iterator[Row]:
    for shot in shots.shots(HELD_OUT_SEED, count):
        yield row(shot.picture, shot.faults, shot.doubtful)


def conditions(count: int) -> Iterator[Row]:
    papers = tuple(kind for kind in draw.KINDS if kind != "domain_certificate")
    for item in draw.items(count, HELD_OUT_SEED, papers, tuple(CONDITIONS)):
        yield row(images.decode(item.data), frozenset({CONDITIONS[item.condition]} - {""}))


def auc(at_fault: list[float], sound: list[float]) -> float:
    """How often a faulty picture scores higher than a sound one."""
    if not at_fault or not sound:
        return float("nan")
    a, b = np.array(at_fault)[:, None], np.array(sound)[None]
    return float(((a > b) + 0.5 * (a == b)).mean())


SCORES: dict[str, Callable[[ImageFacts], float | None]] = {
    "colour": lambda facts: facts.copy_score,
    "photocopy": lambda facts: facts.copy_score,
    "screen_reshoot": lambda facts: facts.screen_score,
    "sharpness": lambda facts: facts.blur_score,
    "glare": lambda facts: facts.glare_score,
    "complete_edges": lambda facts: facts.cut_score,
    "occlusion": lambda facts: facts.occlusion_score,
}


def show(name: str, rows: list[Row]) -> None:
    """One line a check: how many, precision, recall and false alarms of refusals; those asked about; AUC; the plain AUC."""
    title(
        f"{name}: {len(rows)} pictures; sheet {_mean(rows, 'sheet_cpu'):.3f} CPU-s, all checks {_mean(rows, 'measure_cpu'):.3f} CPU-s a picture"
    )
    print(
        f"{'check':<16}{'n':>5}{'faulty':>8}{'precision':>11}{'recall':>9}{'false':>8}{'asked':>8}{'AUC':>8}{'plain AUC':>11}"
    )
    for code, fault in CODES.items():
        print(_line(code, fault, [one for one in rows if code in one.checks and fault not in one.doubtful]))


def _mean(rows: list[Row], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in rows]))


def _line(code: str, fault: str, rows: list[Row]) -> str:
    bad = [one for one in rows if fault in one.faults]
    good = [one for one in rows if fault not in one.faults]
    hit, false = (sum(one.checks[code].passed is False for one in part) for part in (bad, good))
    asked = sum(one.checks[code].passed is None for one in good)
    scores = [[SCORES[code](one.facts) or 0.0 for one in part] for part in (bad, good)]
    plain = [[one.plain[code] for one in part] for part in (bad, good)] if code in rows[0].plain else [[], []]
    return (
        f"{code:<16}{len(rows):>5}{len(bad):>8}{hit / max(1, hit + false):>11.3f}{hit / max(1, len(bad)):>9.3f}"
        f"{false / max(1, len(good)):>8.3f}{asked / max(1, len(good)):>8.3f}{auc(*scores):>8.3f}{auc(*plain):>11.3f}"
    )


BAD_POSES = {
    "two people": Pose(people=2),
    "mask": Pose(cover="mask"),
    "sunglasses": Pose(cover="sunglasses"),
    "hand": Pose(cover="hand"),
    "palm": Pose(cover="palm"),
    "hand on an eye": Pose(cover="hand_on_eye"),
    "hair": Pose(cover="hair"),
    "blue wall": Pose(wall=(70, 110, 190)),
    "wooden wall": Pose(wall=(170, 130, 96)),
    "grey wall": Pose(wall=(120, 122, 124)),
    "too close": Pose(face=0.3, eyes=0.5),
    "too low": Pose(eyes=0.75),
    "head cut": Pose(eyes=0.19),
    "at the side": Pose(middle=0.22),
    "dark": Pose(light=0.4),
}


def photos(count: int) -> None:
    """Verification photos: good ones refused, bad ones accepted, by fault."""
    title("Verification photos (drawn)")
    chance = np.random.default_rng(HELD_OUT_SEED)
    start = time.process_time()
    good = [_photo(seed, _good_pose(chance)) for seed in range(count)]
    print(
        f"{'good: refused / asked / accepted':<40}{good.count(False):>5}{good.count(None):>5}{good.count(True):>5}   of {count}"
    )
    for name, pose in BAD_POSES.items():
        found = [_photo(seed, pose) for seed in range(max(1, count // 6))]
        print(
            f"{f'{name}: refused / asked / accepted':<40}{found.count(False):>5}{found.count(None):>5}{found.count(True):>5}   of {len(found)}"
        )
    total = count + len(BAD_POSES) * max(1, count // 6)
    print(f"drawing and measuring together {(time.process_time() - start) / total:.3f} CPU-s a photo")


def _good_pose(chance: np.random.Generator) -> Pose:
    white = int(chance.integers(226, 252))
    return Pose(
        wall=(white, white + int(chance.integers(-2, 3)), white - int(chance.integers(0, 6))),
        face=float(chance.uniform(0.12, 0.19)),
        middle=float(chance.uniform(0.45, 0.55)),
        eyes=float(chance.uniform(0.33, 0.46)),
        light=float(chance.uniform(0.9, 1.03)),
    )


def _photo(seed: int, pose: Pose) -> bool | None:
    """The verdict on a drawn photo: refused, asked about, or accepted; no face found is no photo, so refused."""
    page = np.ascontiguousarray(drawn_portrait(HELD_OUT_SEED + seed, pose)[:, :, ::-1])
    found = portrait.find_portrait(page)
    if found is None:
        return False
    facts = picture_facts.of_photo(page, *found, ImageFacts("jpeg", 90_000, page.shape[1], page.shape[0]))
    verdicts = [check.passed for check in check_image(Paper("verification_photo", image=facts), TODAY)]
    return False if False in verdicts else None if None in verdicts else True


def watermarks(count: int) -> None:
    """Papers with words laid over them and papers without: on how many such words are noticed."""
    title("Watermarks (drawn)")
    kinds = tuple(kind for kind in draw.KINDS if kind != "domain_certificate")
    plain = draw.items(count, HELD_OUT_SEED, kinds, ("scan", "phone", "perspective", "jpeg", "shadow"))
    for name, items in (("with", watermarked.items(count, HELD_OUT_SEED)), ("without", plain)):
        start = time.process_time()
        noticed = [_watermark_texts(images.decode(item.data)) for item in items]
        cpu = (time.process_time() - start) / count
        print(
            f"{name:<10}noticed on {sum(map(bool, noticed))} of {count}, drawing and reading {cpu:.2f} CPU-s a picture"
        )


def _watermark_texts(picture: Picture) -> tuple[str, ...]:
    bare = ImageFacts("jpeg", 500_000, picture.shape[1], picture.shape[0])
    papers = reader.read_page(picture, 1, bare, reader.choose_engine("auto"))
    return tuple(text for paper in papers if paper.image for text in paper.image.watermark_texts)


def own_costs() -> None:
    """CPU seconds of each measure on one picture."""
    title("CPU-s of each measure on one picture")
    picture = next(faults.pictures(HELD_OUT_SEED, 2)).picture
    sheet = reader.choose_sheets(picture)[0]
    view = rim.view_rim(picture, sheet.corners, found=sheet.found)
    works: dict[str, Callable[[], object]] = {
        "screen": lambda: forest.score("screen", moire.screen_numbers(picture, sheet.corners)),
        "glare": lambda: forest.score("glare", glare.glare_numbers(sheet.picture)),
        "rim, cut and occlusion": lambda: (rim.view_rim(picture, sheet.corners, found=True), rim.edge_numbers(view), crossing.occlusion_numbers(view)),
        "sharpness": lambda: forest.score("blur", sharpness.sharpness_numbers(sheet.picture, 1000.0)),
        "copy": lambda: forest.score("copy", colour.copy_numbers(sheet.picture)),
    }  # fmt: skip
    for name, work in works.items():
        work()
        start = time.process_time()
        for _ in range(5):
            work()
        print(f"{name:<40}{(time.process_time() - start) / 5:>8.4f}")


def main() -> None:
    """Prints all tables."""
    show("Drawn faults, other seeds", list(drawn_faults(COUNT)))
    show("Photographs, other seeds", list(photographed(COUNT)))
    show("The development set's conditions", list(conditions(COUNT)))
    photos(min(COUNT, 60))
    watermarks(min(COUNT, 60))
    own_costs()

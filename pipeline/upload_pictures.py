"""Pictures as a provider's page takes them: cropped to the paper, upright, inside its size band, nothing else in the file.

The user's own files stay untouched. Nothing is straightened, sharpened or marked: a provider wants the photo of the
original, so a crop keeps the whole border and some of the table. A band that cannot be met is told, not bent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractors.errors import ExtractError
from extractors.paper import Box, Paper
from generators.errors import GenerateError
from pipeline import vocabulary
from pipeline.image_checks import size_limit
from pipeline.image_checks_base import Limits, load_limits
from pipeline.model import Text
from pipeline.reading import Reading
from pipeline.source_file import SourceFile

MARGIN = 0.04
"""What a crop keeps round the paper, as a share of the paper's longer side."""
WORTH_CROPPING = 0.8
"""A picture of which the paper with its margin fills more than this stays whole."""
LEFT_OUT = frozenset({"unknown", "app_icon", "app_package"})
NO_LIMIT_KB = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Band:
    """The size a provider takes, in kB, and the formats."""

    least_kb: float
    most_kb: float
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One picture for upload, or why there is none."""

    file: str
    source: str
    page: int
    kind: str
    band: Band
    data: bytes = b""
    problem: Text | None = None

    def as_json(self) -> dict[str, Any]:
        """What the command prints of it."""
        trouble = self.problem and {"zh": self.problem.zh, "en": self.problem.en}
        band = {"min_kb": self.band.least_kb, "max_kb": self.band.most_kb}
        size = {"bytes": len(self.data)} if self.data else {}
        return {
            "file": self.file,
            "from": self.source,
            "page": self.page,
            "kind": self.kind,
            **band,
            **size,
            "error": trouble,
        }


def make(
    readings: Sequence[Reading],
    files: Sequence[SourceFile],
    provider: str,
    *,
    least_kb: float | None = None,
    most_kb: float | None = None,
) -> list[Made]:
    """A picture of every paper that was recognised, in the order of the files.

    Args:
        readings: what the files say.
        files: where they lie.
        provider: the access provider's key, whose limits hold; empty or unknown for those that all share.
        least_kb: in place of the provider's least size.
        most_kb: in place of its greatest.
    """
    paths = {file.sha256: file.path for file in files}
    limits = load_limits(provider)
    made: list[Made] = []
    for reading in readings:
        for page, papers in _by_page(reading).items():
            band = _band(papers[0], limits, least_kb, most_kb)
            made.append(_one(reading, page, papers, paths[reading.sha256], band, len(made) + 1))
    return made


def _by_page(reading: Reading) -> Mapping[int, list[Paper]]:
    pages: dict[int, list[Paper]] = {}
    for paper in reading.papers:
        if paper.kind not in LEFT_OUT:
            pages.setdefault(paper.page, []).append(paper)
    return pages


def _band(paper: Paper, limits: Limits, least_kb: float | None, most_kb: float | None) -> Band:
    least, most = size_limit(paper, limits, "min_kb"), size_limit(paper, limits, "max_kb")
    return Band(
        least_kb if least_kb is not None else float(least.value) if least else 0.0,
        most_kb if most_kb is not None else float(most.value) if most else NO_LIMIT_KB,
        tuple(limits["formats"].value),
    )


def _one(reading: Reading, page: int, papers: Sequence[Paper], path: Path, band: Band, number: int) -> Made:
    from generators.upload import fit_band

    kind = papers[0].kind
    made = Made(f"{number:02d}-{vocabulary.kind_name(kind)}.jpg", reading.file, page, kind, band)
    try:
        data = fit_band(_picture(papers, path), band.least_kb, band.most_kb, band.formats)
    except (ExtractError, GenerateError) as problem:
        return replace(made, problem=Text(problem.zh, problem.en))
    return replace(made, data=data)


def _picture(papers: Sequence[Paper], path: Path) -> bytes:
    """The page's picture: the file itself where nothing has to be done to it."""
    from extractors import documents
    from extractors.identify import identify
    from extractors.vision import images

    data, kind = path.read_bytes(), identify(path)
    degrees = (papers[0].image.turned_degrees or 0) if papers[0].image else 0
    picture = documents.page_picture(data, kind, papers[0].page)
    height, width = picture.shape[:2]
    region = crop_of([paper.image.sheet_corners if paper.image else None for paper in papers], width, height)
    if kind.is_picture and not degrees and region == (0, 0, width, height):
        return data
    left, top, right, bottom = region
    return images.encode_lossless(images.turn(picture[top:bottom, left:right], degrees))


def crop_of(corners: Sequence[Box | None], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what to keep: all papers of the page with a margin, or everything."""
    whole = (0, 0, width, height)
    points = [point for box in corners if box is not None for point in box]
    if not points or None in corners:
        return whole
    xs, ys = [x for x, _ in points], [y for _, y in points]
    margin = MARGIN * max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = max(0, int(min(xs) - margin)), max(0, int(min(ys) - margin))
    right, bottom = min(width, int(max(xs) + margin) + 1), min(height, int(max(ys) + margin) + 1)
    kept = (right - left) * (bottom - top)
    return whole if kept > WORTH_CROPPING * width * height or kept <= 0 else (left, top, right, bottom)

"""Pictures for the bundle: a crop beside each value, and a smaller copy of each scan. One page in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.model import Box, Evidence

SCAN_LONGEST_PX = 1754
SCAN_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one file, by the file's hash."""

    sha256: str
    number: int


@dataclass(frozen=True, slots=True)
class Proofs:
    """JPEG bytes of crops (by page and box) and of whole pages."""

    crops: dict[tuple[Page, Box], bytes] = field(default_factory=dict)
    scans: dict[Page, bytes] = field(default_factory=dict)

    def crop_of(self, evidence: Evidence) -> bytes | None:
        """The crop that shows where a value was read."""
        return None if evidence.box is None else self.crops.get((_page_of(evidence), evidence.box))


def _page_of(evidence: Evidence) -> Page:
    return Page(evidence.sha256, max(evidence.page, 1))


def collect(paths: dict[str, Path], pages: Mapping[Page, int], evidence: Iterable[Evidence]) -> Proofs:
    """Crops of all evidence that has a box, and copies of all pages, set upright.

    Args:
        paths: SHA-256 to where the bytes lie.
        pages: the pages to copy, each with the clockwise turn in degrees that sets it upright.
        evidence: everything that may have a crop.
    """
    boxes: dict[Page, list[Box]] = {}
    for one in evidence:
        if one.box is not None and one.sha256 in paths:
            boxes.setdefault(_page_of(one), []).append(one.box)
    proofs = Proofs()
    for page, degrees in pages.items():
        _draw(paths[page.sha256], page, degrees, boxes.get(page, ()), proofs)
    return proofs


def _draw(path: Path, page: Page, degrees: int, boxes: Sequence[Box], proofs: Proofs) -> None:
    from extractors import documents
    from extractors.identify import identify
    from extractors.vision import images

    picture = documents.page_picture(path.read_bytes(), identify(path), page.number)
    for box in dict.fromkeys(boxes):
        proofs.crops[page, box] = images.crop_jpeg(picture, box)
    small, _ = images.shrink(picture, SCAN_LONGEST_PX)
    proofs.scans[page] = images.encode_jpeg(images.turn(small, degrees), SCAN_QUALITY)

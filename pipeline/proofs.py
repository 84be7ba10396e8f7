"""Pictures for the bundle: a crop beside each value, and a smaller copy of each scan. Two pages in memory at a time.

Pages of PDFs with a text layer are carried over as they are, cleaned, where that can be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from pipeline.model import Box, Evidence

SCAN_LONGEST_PX, SCAN_LEAST_PX = 2048, 1754
"""A copy's long side: a photo that decodes to something between (half of what phones give) is not resized again."""
SCAN_QUALITY = 80
AT_ONCE = 2
"""Decoding and encoding leave the interpreter to others; more at a time would only cost memory."""
MAX_SCANS_BYTES = 18_000_000
"""All scan copies together: a bundle of at most 20 MB can still be sent by mail."""


@dataclass(frozen=True, slots=True, order=True)
class Page:
    """One page of one file, by the file's hash."""

    sha256: str
    number: int


@dataclass(frozen=True, slots=True)
class Proofs:
    """JPEG bytes of crops (by page and box) and of whole pages; cleaned PDFs of the pages that stay what they are.

    `shrunk` are the pages whose copy was made smaller than usual to keep the whole bundle in its size.
    """

    crops: dict[tuple[Page, Box], bytes] = field(default_factory=dict)
    scans: dict[Page, bytes] = field(default_factory=dict)
    drawings: dict[Page, bytes] = field(default_factory=dict)
    shrunk: set[Page] = field(default_factory=set)

    def crop_of(self, evidence: Evidence) -> bytes | None:
        """The crop that shows where a value was read."""
        return None if evidence.box is None else self.crops.get((_page_of(evidence), evidence.box))


def _page_of(evidence: Evidence) -> Page:
    return Page(evidence.sha256, max(evidence.page, 1))


def collect(
    paths: dict[str, Path], pages: Mapping[Page, int], evidence: Iterable[Evidence], drawn: Iterable[Page] = ()
) -> Proofs:
    """Crops of all evidence that has a box, and copies of all pages, set upright.

    Args:
        paths: SHA-256 to where the bytes lie.
        pages: the pages to copy, each with the clockwise turn in degrees that sets it upright.
        evidence: everything that may have a crop.
        drawn: the pages, set upright already, that are to be carried over as they are if that can be done.
    """
    boxes: dict[Page, list[Box]] = {}
    for one in evidence:
        if one.box is not None and one.sha256 in paths:
            boxes.setdefault(_page_of(one), []).append(one.box)
    proofs = Proofs()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        made = threads.map(lambda page: _draw(paths[page.sha256], page, pages[page], boxes.get(page, ())), pages)
        for page, (crops, scan) in zip(pages, made, strict=True):
            proofs.crops.update({(page, box): crop for box, crop in crops.items()})
            proofs.scans[page] = scan
    _carry_over(paths, drawn, proofs)
    _keep_in_size(proofs)
    return proofs


def archivable(data: bytes, title: str, day: str) -> bytes:
    """A PDF made from the user's template, cleaned; its pages are pictures where a PDF/A could not hold them."""
    from extractors import documents, pdf
    from extractors.identify import FileKind
    from extractors.vision import images
    from generators.merge import join
    from generators.scans import Caption, scan_page
    from generators.supplied import clean_pages

    numbers = range(1, pdf.page_count(data) + 1)
    if cleaned := clean_pages(data, numbers):
        return join(list(cleaned.values()))
    pictures = (documents.page_picture(data, FileKind.PDF, number) for number in numbers)
    shots = [images.encode_jpeg(images.shrink(picture, SCAN_LONGEST_PX)[0], SCAN_QUALITY) for picture in pictures]
    return join([scan_page(shot, Caption("", title), mark="", date=day).pdf() for shot in shots])


def _carry_over(paths: Mapping[str, Path], drawn: Iterable[Page], proofs: Proofs) -> None:
    """Cleaned PDF pages in place of their pictures."""
    from generators.supplied import clean_pages

    for sha256, pages in groupby(sorted(drawn), key=lambda page: page.sha256):
        for number, pdf in clean_pages(paths[sha256].read_bytes(), [page.number for page in pages]).items():
            proofs.drawings[Page(sha256, number)] = pdf
            proofs.scans.pop(Page(sha256, number), None)


def _keep_in_size(proofs: Proofs) -> None:
    """Makes the largest copies smaller where all together are too large; the files supplied are not touched."""
    from generators.scans import fit_budget

    highest = cap_of([len(data) for data in proofs.scans.values()], MAX_SCANS_BYTES)
    for page, data in proofs.scans.items():
        if len(data) > highest:
            proofs.scans[page] = fit_budget(data, highest)
            proofs.shrunk.add(page)


def cap_of(sizes: Sequence[int], total: int) -> int:
    """The greatest size that each may have so that all together stay within `total`."""
    room, left = total, len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            return room // left
        room, left = room - size, left - 1
    return max(sizes, default=0)


def _draw(path: Path, page: Page, degrees: int, boxes: Sequence[Box]) -> tuple[dict[Box, bytes], bytes]:
    """The crops by their boxes, and the copy of the page."""
    from extractors import documents
    from extractors.identify import identify
    from extractors.vision import images

    data, kind = path.read_bytes(), identify(path)
    picture = documents.page_picture(data, kind, page.number, at_least_px=SCAN_LEAST_PX)
    scale = 1.0 if not kind.is_picture else max(picture.shape[:2]) / max(images.header_size(data))
    crops = {box: images.crop_jpeg(picture, [(x * scale, y * scale) for x, y in box]) for box in dict.fromkeys(boxes)}
    small, _ = images.shrink(picture, SCAN_LONGEST_PX)
    return crops, images.encode_jpeg(images.turn(small, degrees), SCAN_QUALITY)

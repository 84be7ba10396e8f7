"""Limits that protect the machine: checked from `lstat` and headers, before a file is opened by any library."""

from __future__ import annotations

from extractors.errors import TooLarge

MEBIBYTE = 1024 * 1024
MAX_PICTURE_BYTES = 60 * MEBIBYTE
MAX_PDF_BYTES = 100 * MEBIBYTE
MAX_PACKAGE_BYTES = 4096 * MEBIBYTE
MAX_SMALL_BYTES = 10 * MEBIBYTE
MAX_PIXELS = 60_000_000  # the largest phone pictures have 50 million; decoded that is already 150 MB
MAX_SIDE_PX = 30_000
MAX_PDF_PAGES = 60
MAX_PAGE_POINTS = 5_000  # an A0 sheet has 3,370
MAX_ARCHIVE_MEMBERS = 500  # a filing has some dozens of papers
MAX_ARCHIVE_BYTES = 1024 * MEBIBYTE
MAX_ARCHIVE_RATIO = 200  # deflate reaches 1032; white pages as bitmaps about 100
ARCHIVE_RATIO_FROM_BYTES = MEBIBYTE
MAX_WORKBOOK_BYTES = 100 * MEBIBYTE
MAX_WORKBOOK_ROWS = 20_000
MAX_WORKBOOK_COLUMNS = 500


def check_bytes(size: int, limit: int) -> None:
    """Refuses a file over `limit` bytes."""
    if size > limit:
        raise TooLarge(
            f"文件过大：{size / MEBIBYTE:.1f} MB，上限 {limit // MEBIBYTE} MB。请压缩或拆分后重新放入。",
            f"The file has {size / MEBIBYTE:.1f} MB, the limit is {limit // MEBIBYTE} MB. Make it smaller or split it.",
        )


def check_pixels(width: int, height: int) -> None:
    """Refuses a picture whose header promises more pixels than are safe to decode."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise TooLarge(
            f"图片过大：{width} × {height} 像素（{width * height / 1e6:.0f} 百万），上限 {MAX_PIXELS // 1_000_000} 百万像素、"
            f"单边 {MAX_SIDE_PX} 像素。请把图片缩小（长边 4000 像素足够）后重新放入。",
            f"The picture has {width} x {height} pixels ({width * height / 1e6:.0f} million); the limit is "
            f"{MAX_PIXELS // 1_000_000} million and {MAX_SIDE_PX} a side. Scale it down (4000 pixels on the long side are enough).",
        )


def too_many_pixels() -> TooLarge:
    """For a picture that another library refused by its header, without saying how large it is."""
    return TooLarge(
        f"图片的像素数远超上限（{MAX_PIXELS // 1_000_000} 百万像素），未打开。请把图片缩小（长边 4000 像素足够）后重新放入。",
        f"The picture has far more pixels than the limit of {MAX_PIXELS // 1_000_000} million and was not opened. Scale it down "
        "(4000 pixels on the long side are enough).",
    )


def check_pages(pages: int) -> None:
    """Refuses a PDF or TIFF with more pages than a filing's paper can have."""
    if pages > MAX_PDF_PAGES:
        raise TooLarge(
            f"文件共 {pages} 页，上限 {MAX_PDF_PAGES} 页。请只保留需要的页面。",
            f"The file has {pages} pages, the limit is {MAX_PDF_PAGES}. Keep only the pages that matter.",
        )


def check_page_size(width_points: float, height_points: float) -> None:
    """Refuses a PDF page of impossible size."""
    if max(width_points, height_points) > MAX_PAGE_POINTS:
        raise TooLarge(
            f"PDF 页面尺寸异常：{width_points:.0f} × {height_points:.0f} 点，上限 {MAX_PAGE_POINTS} 点。请重新导出为 A4。",
            f"A PDF page measures {width_points:.0f} x {height_points:.0f} points, the limit is {MAX_PAGE_POINTS}. "
            "Export it again as A4.",
        )

"""`beianbox read FILE --explain OUT.png`: the picture with boxes, values and confidence drawn over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from extractors.paper import EXPECTED, Paper
from generators.marked import Mark, draw_marks
from pipeline.errors import UsageError
from pipeline.reading import Reading


def check_request(files: Sequence[Path], out: Path) -> None:
    """Refuses a request that cannot be met, before anything is read.

    Raises:
        UsageError: more than one file, a name that is no PNG, or no folder for it.
    """
    if len(files) != 1:
        raise UsageError("--explain 一次只能说明一个文件。", "--explain takes one file at a time.")
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out} 应以 .png 结尾。", f"{out} has to end in .png.")
    if not out.parent.is_dir():
        raise UsageError(f"文件夹 {out.parent} 不存在，请先创建。", f"There is no folder {out.parent}: make it first.")


def explained(readings: Iterable[Reading], out: Path) -> Iterator[Reading]:
    """The readings as they come, each page drawn to `out` (the second page to `out-2.png`) on the way."""
    for reading in readings:
        for page in sorted({paper.page for paper in reading.papers}):
            target = out if page == 1 else out.with_name(f"{out.stem}-{page}{out.suffix}")
            target.write_bytes(draw_page(reading, page))
        yield reading


def draw_page(reading: Reading, page: int) -> bytes:
    """One page of a reading as PNG."""
    from extractors.documents import page_picture
    from extractors.identify import identify
    from extractors.vision.images import encode_jpeg

    path = Path(reading.file)
    papers = [paper for paper in reading.papers if paper.page == page]
    picture = encode_jpeg(page_picture(path.read_bytes(), identify(path), page), quality=92)
    marks = [mark for paper in papers for mark in _marks(paper)]
    heading = ", ".join(paper.kind for paper in papers) + f"\n{papers[0].engine}"
    return draw_marks(picture, marks, heading)


def _marks(paper: Paper) -> list[Mark]:
    read = [Mark(name, f.value, f.confidence, f.state, f.box or ()) for name, f in paper.fields.items()]
    lost = [Mark(name, "", 0.0, "missing") for name in EXPECTED.get(paper.kind, ()) if name not in paper.fields]
    return read + lost

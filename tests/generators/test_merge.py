from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from generators import merge
from generators.cjk import Style, para
from generators.errors import GenerateError
from generators.merge import Meta, Part, bundle
from generators.page import SHEET, Furniture, Info, PageBreak, Pages, build, paginate

META = Meta("核对包", "深圳市云帆网络科技有限公司", "2026-11-22")


def pages(text: str, count: int = 1) -> bytes:
    blocks = []
    for number in range(count):
        blocks += [para(f"{text}{number + 1}", Style()), PageBreak()]
    return build(blocks[:-1], SHEET, Furniture(), Info(text))


def squeezed(page: pypdf.PageObject) -> str:
    return "".join(page.extract_text().split())


@pytest.fixture
def parts() -> list[Part]:
    return [
        Part("封面", "", pages("封面文字")),
        Part("核对意见", "核对", pages("意见", 3)),
        Part("承诺书", "表单", pages("承诺")),
        Part("授权书", "表单", pages("授权", 2)),
        Part("营业执照", "材料", pages("执照")),
    ]


def test_contents_stand_after_the_cover_and_link_to_each_part(parts: list[Part]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle(parts, META)))
    assert len(reader.pages) == 9
    assert "目录" in reader.pages[1].extract_text()
    targets = [note.get_object()["/Dest"][0] for note in reader.pages[1]["/Annots"]]
    assert all(isinstance(target, pypdf.generic.IndirectObject) for target in targets)
    numbers = [reader.get_page_number(target.get_object()) for target in targets]
    assert numbers == [2, 5, 6, 8]
    for number, word in zip(numbers, ("意见1", "承诺1", "授权1", "执照1"), strict=True):
        assert word in squeezed(reader.pages[number])


def test_each_page_bears_its_number(parts: list[Part], text_of: Callable[[bytes], str]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle(parts, META)))
    for number, page in enumerate(reader.pages, 1):
        assert f"第{number}页/共9页" in "".join(page.extract_text().split())
    assert reader.page_labels[:4] == ["封面", "目录", "3", "4"]


def test_the_outline_is_grouped(parts: list[Part]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle(parts, META)))
    titles = [item.title if not isinstance(item, list) else [kid.title for kid in item] for item in reader.outline]
    assert titles == ["封面", "目录 Contents", "核对", ["核对意见"], "表单", ["承诺书", "授权书"], "材料", ["营业执照"]]


def test_the_document_says_what_it_is(parts: list[Part]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle(parts, META)))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.subject) == (META.title, META.subject)
    assert reader.metadata["/CreationDate"] == reader.metadata["/ModDate"] == "D:20261122000000Z"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert not any("/Trans" in page for page in reader.pages)


def test_the_same_parts_give_the_same_bytes(parts: list[Part]) -> None:
    assert bundle(parts, META) == bundle(parts, META)


def test_another_process_gives_the_same_bytes(parts: list[Part], tmp_path: Path) -> None:
    for number, part in enumerate(parts):
        (tmp_path / f"{number}.pdf").write_bytes(part.content)
    program = (
        "import hashlib, sys\nfrom pathlib import Path\nfrom generators.merge import Meta, Part, bundle\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"names = {[(part.title, part.group) for part in parts]!r}\n"
        "parts = [Part(t, g, (folder / f'{n}.pdf').read_bytes()) for n, (t, g) in enumerate(names)]\n"
        f"print(hashlib.sha256(bundle(parts, Meta({META.title!r}, {META.subject!r}, {META.date!r}))).hexdigest())\n"
    )
    root = Path(merge.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True, timeout=120)
    assert done.stdout.decode().strip() == hashlib.sha256(bundle(parts, META)).hexdigest()


def test_turned_and_odd_sized_pages_are_numbered_upright() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(300, 700).rotate(90)
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    reader = pypdf.PdfReader(io.BytesIO(bundle([Part("封面", "", pages("甲")), Part("附", "", out.getvalue())], META)))
    assert [page.rotation for page in reader.pages] == [0, 0, 0, 0]
    assert (float(reader.pages[2].mediabox.width), float(reader.pages[2].mediabox.height)) == (700, 300)
    assert "第3页/共4页" in "".join(reader.pages[2].extract_text().split())


def test_long_contents_take_more_pages_and_still_point_right() -> None:
    many = [Part("封面", "", pages("封"))] + [Part(f"材料{n}", f"第{n // 9}组", pages(f"正文{n}号")) for n in range(70)]
    reader = pypdf.PdfReader(io.BytesIO(bundle(many, META)))
    contents = len(reader.pages) - 71
    assert contents > 1
    assert "正文0号" in squeezed(reader.pages[1 + contents])
    assert reader.page_labels[1:3] == ["目录1", "目录2"]
    links = [note for page in reader.pages[1 : 1 + contents] for note in page.get("/Annots", [])]
    assert len(links) == 70


def cover_with(lines: int) -> Part:
    blocks = [para(f"封面第{number}行", Style(leading=20)) for number in range(lines)]
    return Part("封面", "", paginate(blocks, SHEET, Furniture(numbers=False), Info("封面")))


def test_contents_stand_below_a_cover_that_has_room_for_them(parts: list[Part]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle([cover_with(3), *parts[1:]], META)))
    assert len(reader.pages) == 8
    text = reader.pages[0].extract_text()
    assert text.index("行") < text.index("目录") and "第1页/共8页" in squeezed(reader.pages[0])
    numbers = [
        reader.get_page_number(note.get_object()["/Dest"][0].get_object()) for note in reader.pages[0]["/Annots"]
    ]
    assert numbers == [1, 4, 5, 7]
    assert reader.page_labels[:3] == ["封面", "2", "3"]
    targets = [reader.get_destination_page_number(item) for item in reader.outline if not isinstance(item, list)]
    assert targets[:2] == [0, 0]


@pytest.mark.parametrize("lines", range(20, 32))
def test_contents_never_run_over_the_cover_nor_out_of_the_page(parts: list[Part], lines: int) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bundle([cover_with(lines), *parts[1:]], META)))
    place = next(page for page in reader.pages if "目录" in page.extract_text())
    heights = [float(note.get_object()["/Rect"][1]) for note in place["/Annots"]]
    assert min(heights) >= SHEET.bottom - 0.1
    above: list[float] = []

    def visit(text: str, _cm: object, matrix: list[float], *_: object) -> None:
        if "行" in text:
            above.append(matrix[5])

    place.extract_text(visitor_text=visit)
    assert all(one > max(heights) for one in above)


def test_nothing_and_broken_parts_are_refused_by_name() -> None:
    with pytest.raises(GenerateError):
        bundle([], META)
    with pytest.raises(GenerateError) as caught:
        bundle([Part("封面", "", pages("甲")), Part("坏文件", "", b"not a pdf")], META)
    assert "坏文件" in caught.value.zh


def test_a_cover_alone_is_a_bundle() -> None:
    assert len(pypdf.PdfReader(io.BytesIO(bundle([Part("封面", "", pages("甲"))], META))).pages) == 2


def test_our_own_pages_share_their_fonts_and_stand_among_those_of_others() -> None:
    def ours(text: str) -> Pages:
        return paginate([para(text, Style()), PageBreak(), para(f"{text}续", Style())], SHEET, Furniture(), Info(text))

    parts = [
        Part("封面", "", ours("封面文字")),
        Part("附件", "", pages("他人文字", 2)),
        Part("意见", "", ours("意见文字")),
    ]
    reader = pypdf.PdfReader(io.BytesIO(bundle(parts, META)))
    texts = [squeezed(page) for page in reader.pages]
    for number, words in enumerate(("封面文字", "封面文字续", "他人文字1", "他人文字2", "意见文字", "意见文字续")):
        assert words in texts[number] and f"第{number + 1}页/共6页" in texts[number]
    fonts = {
        font.idnum for page in (reader.pages[n] for n in (0, 1, 4, 5)) for font in page["/Resources"]["/Font"].values()
    }
    assert len(fonts) <= 4

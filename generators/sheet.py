"""The pages for the reviewer: cover with what is left to do, findings with their sources, values with their proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from generators.blocks import Cell, Image, Table, label_cell
from generators.cjk import ACCENT, GREY, INK, Block, Colour, Para, Run, Style, para
from generators.fonts import SANS, SERIF, check_values
from generators.form_text import date_zh
from generators.form_views import PROVIDERS, full_province
from generators.page import SHEET, Furniture, Info, Pages, paginate
from generators.pictures import open_picture
from generators.sheet_model import CoverInfo, FindingRow, ReadingRow, TodoGroup, ValueGroup, ValueRow

TITLE = Style(stack=SANS, size=22, leading=32, align="left", after=2)
SUB = Style(stack=SANS, size=9, leading=14, align="left", after=10, colour=GREY)
HEADING = Style(stack=SANS, size=12, leading=18, align="left", before=14, after=6)
BODY = Style(stack=SERIF, size=10.5, leading=16.5, align="left", after=2)
LARGE = Style(stack=SERIF, size=11, leading=16.5, align="left", after=0)
SMALL = Style(stack=SANS, size=8, leading=12, align="left", after=0, colour=GREY)
ADVICE = Style(stack=SANS, size=9, leading=13.6, align="left", after=0, before=3)
CELL = Style(stack=SERIF, size=9.6, leading=14, align="left", after=0, tight=True)
FACT = Style(stack=SERIF, size=10.5, leading=16.5, align="left", after=2, tight=True)
TAG = Style(stack=SANS, size=8.6, leading=13, align="center", after=0)
ITEM = Style(stack=SERIF, size=9.2, leading=13.4, align="left", after=0, hang=17)
ENGLISH = Style(stack=SANS, size=7.2, leading=9, align="left", after=2.4, indent=17 / 7.2, hang=17, colour=GREY)
WHERE = Style(stack=SANS, size=7.6, leading=10.4, align="left", after=0, colour=GREY)

SEVERITIES = ("blocker", "warning", "note")
SEVERITY_WORDS = {"blocker": ("必须处理", "Blocker"), "warning": ("请核实", "Warning"), "note": ("提示", "Note")}
SEVERITY_COLOURS: Mapping[str, Colour] = {"blocker": ACCENT, "warning": INK, "note": GREY}
TODO_WORDS = {
    "mend": "需补正　To be mended",
    "sign": "需签字　To be signed by hand",
    "seal": "需盖章　To be sealed",
    "compare": "签署前与服务商当前提供的模板核对　Compare with the provider's current download before signing",
    "upload": "需上传　To be uploaded",
}
STATUS_WORDS = {
    "current": "现行 current",
    "likely_current": "可能现行 likely current",
    "contested": "来源不一致 sources differ",
    "superseded": "已被替代 superseded",
}
NO_VALUE = "（未取得）"
CROP_HEIGHTS = ((90, 20), (200, 28), (10**9, 60))
"""Pixels of a crop to its greatest height on paper: one line of text stays the size of text."""


def cover(info: CoverInfo) -> Pages:
    """The first page of a bundle: what it is, how it stands, what is left to do."""
    _check([info.title, info.entity, info.operation, info.province, info.provider, *info.notes])
    _check([text for group in info.todo for text in (*group.items, *group.english)])
    _check([text for pair in info.facts for text in pair])
    blocks: list[Block] = [
        para(info.title, TITLE, bold=True),
        para("ICP filing, bundle for review", SUB),
        _facts(info),
        *_status(info),
        *(para(note, replace(SMALL, after=2)) for note in info.notes),
        *_todo(info.todo),
    ]
    return paginate(
        blocks,
        SHEET,
        Furniture(header=info.entity, header_right=date_zh(info.date), numbers=False),
        _info(info.title, info),
    )


def _info(title: str, info: CoverInfo) -> Info:
    return Info(title, info.entity, info.date)


def _facts(info: CoverInfo) -> Block:
    """The entity over the whole width, all else two pairs a row."""
    pairs = [
        ("备案类型", "Operation", info.operation),
        ("省份", "Province", full_province(info.province)),
        ("接入服务商", "Access provider", PROVIDERS.get(info.provider, info.provider)),
        ("日期", "Date", date_zh(info.date)),
        *((label, "", value) for label, value in info.facts),
    ]
    rows = [[label_cell("主办单位", "Entity"), _fact(info.entity, span=3)]]
    for start in range(0, len(pairs), 2):
        cells = [cell for zh, en, value in pairs[start : start + 2] for cell in (label_cell(zh, en), _fact(value))]
        rows.append(cells if len(cells) == 4 else [cells[0], replace(cells[1], span=3)])
    return Table((1.3, 2.2, 1.3, 2.2), rows, least=22, after=6, pad=3)


def _fact(value: str, *, span: int = 1) -> Cell:
    return Cell((para(value or "—", FACT),), span=span)


def _status(info: CoverInfo) -> list[Block]:
    counts = (("blocker", info.blockers), ("warning", info.warnings), ("note", info.notices))
    cells = [_count(severity, count) for severity, count in counts]
    style = replace(BODY, size=12, leading=19, colour=ACCENT if info.blockers else INK, after=6)
    return [
        para("状态　Status", HEADING, bold=True, keep_next=True),
        para(_verdict(info), replace(style, after=0), keep_next=True),
        para(_verdict_en(info), replace(SMALL, after=6), keep_next=True),
        Table((1, 1, 1), [cells], pad=4, after=6),
    ]


def _verdict(info: CoverInfo) -> str:
    if info.blockers:
        return f"尚有 {info.blockers} 项必须处理，暂不宜提交"
    lacking = any(group.items for group in info.todo if group.kind == "upload")
    return "没有必须处理的问题；签署并补齐待上传材料后可以提交" if lacking else "没有必须处理的问题；签署后可以提交"


def _verdict_en(info: CoverInfo) -> str:
    if info.blockers:
        return f"{info.blockers} to be mended; not ready to be submitted"
    return "Nothing stands in the way; sign it, add what is to be uploaded, and submit it"


def _count(severity: str, count: int) -> Cell:
    zh, en = SEVERITY_WORDS[severity]
    colour = SEVERITY_COLOURS[severity] if count else GREY
    runs = [Run(str(count), bold=True, colour=colour, size=18), Run(f"　{zh} {en}")]
    return Cell((Para(runs, replace(TAG, leading=24, colour=GREY)),))


def _todo(groups: Sequence[TodoGroup]) -> list[Block]:
    filled = [group for group in groups if group.items]
    if not filled:
        return []
    blocks: list[Block] = [para("待办　What is left to do", HEADING, bold=True, keep_next=True)]
    for group in filled:
        blocks.append(
            para(TODO_WORDS.get(group.kind, group.kind), replace(ADVICE, after=1, before=5), bold=True, keep_next=True)
        )
        for item, english in zip_longest(group.items, group.english, fillvalue=""):
            blocks.append(Para([Run(mark="box"), Run("  " + item)], ITEM, keep_next=bool(english)))
            blocks.extend([para(english, ENGLISH)] if english else [])
    return blocks


def findings_sheet(findings: Sequence[FindingRow], *, date: str = "") -> Pages:
    """All findings, blockers first, each with advice and the source it rests on."""
    _check([text for row in findings for text in _texts(row)])
    blocks: list[Block] = [para("审核意见", TITLE, bold=True), para("Findings", SUB)]
    for severity in SEVERITIES:
        rows = [row for row in findings if row.severity == severity]
        if rows:
            blocks.append(_severity_heading(severity, len(rows)))
            blocks.extend(_finding(number, row) for number, row in enumerate(rows, 1))
    if not findings:
        blocks.append(para("没有意见。　No findings.", BODY))
    return paginate(
        blocks,
        SHEET,
        Furniture(header="审核意见 Findings", header_right=date_zh(date), numbers=False),
        Info("审核意见", "Findings", date),
    )


def _texts(row: FindingRow) -> tuple[str, ...]:
    return (
        row.message_zh, row.message_en, row.advice_zh, row.advice_en, row.where, row.rule,
        row.source_title, row.source_as_of, row.source_address,
    )  # fmt: skip


def _severity_heading(severity: str, count: int) -> Block:
    zh, en = SEVERITY_WORDS[severity]
    style = replace(HEADING, colour=SEVERITY_COLOURS[severity])
    return para(f"{zh}　{en}　{count}", style, bold=True, keep_next=True)


def _finding(number: int, row: FindingRow) -> Block:
    left = Cell(
        (para(f"{number}", replace(TAG, size=12, leading=17, colour=SEVERITY_COLOURS[row.severity]), bold=True),)
    )
    blocks: list[Block] = [para(row.message_zh, LARGE)]
    if row.message_en:
        blocks.append(para(row.message_en, SMALL))
    if row.advice_zh:
        blocks.append(Para([Run("处理：", bold=True), Run(row.advice_zh)], ADVICE))
    if row.advice_en:
        blocks.append(para(row.advice_en, SMALL))
    blocks.extend(para(text, replace(SMALL, before=3)) for text in _origin(row))
    return Table((0.45, 9), [[left, Cell(tuple(blocks))]], pad=5, after=4, tall=200)


def _origin(row: FindingRow) -> list[str]:
    place = "　".join(
        text
        for text in (f"位置 Where: {row.where}" if row.where else "", f"规则 Rule: {row.rule}" if row.rule else "")
        if text
    )
    status = STATUS_WORDS.get(row.status, row.status)
    source = "，".join(
        text
        for text in (row.source_title, f"截至 as of {row.source_as_of}" if row.source_as_of else "", status)
        if text
    )
    lines = [place, f"依据 Source: {source}" if row.source_title else "", row.source_address]
    return [line for line in lines if line]


def values_sheet(groups: Sequence[ValueGroup], *, date: str = "") -> Pages:
    """Every value with the place it was read from and a picture of it; disagreements stand below the value."""
    _check([text for group in groups for row in group.rows for text in _row_texts(row)])
    blocks: list[Block] = [
        para("取值与出处", TITLE, bold=True),
        para("Values and where they were read", SUB),
    ]
    for group in groups:
        blocks.append(para(f"{group.title_zh}　{group.title_en}".strip(), HEADING, bold=True, keep_next=True))
        blocks.append(_group_table(group))
    return paginate(
        blocks,
        SHEET,
        Furniture(header="取值与出处 Values", header_right=date_zh(date), numbers=False),
        Info("取值与出处", "Values", date),
    )


def _row_texts(row: ValueRow) -> list[str]:
    readings = [*((row.reading,) if row.reading else ()), *row.others]
    return [row.label_zh, row.label_en, row.value, *(text for item in readings for text in (item.value, item.file))]


def _group_table(group: ValueGroup) -> Block:
    head = [_head("项目", "Field"), _head("值", "Value"), _head("原件截图", "As read"), _head("出处", "Where")]
    rows = [head]
    for row in group.rows:
        rows.append(_value_row(row))
        rows.extend(_other_row(row, other) for other in row.others)
    return Table((1.5, 2.35, 2.25, 2.5), rows, head=1, least=24, pad=3.5)


def _head(zh: str, en: str) -> Cell:
    return label_cell(zh, en)


def _value_row(row: ValueRow) -> list[Cell]:
    value = para(row.value or NO_VALUE, CELL if row.value else replace(CELL, colour=GREY))
    return [label_cell(row.label_zh, row.label_en), *_beside_crop((value,), row.reading), _where(row.reading)]


def _other_row(row: ValueRow, other: ReadingRow) -> list[Cell]:
    runs = [Run("不一致　", bold=True, colour=ACCENT, size=8), Run(other.value)]
    return [label_cell(row.label_zh, "disagrees"), *_beside_crop((Para(runs, CELL),), other), _where(other)]


def _beside_crop(value: tuple[Block, ...], reading: ReadingRow | None) -> list[Cell]:
    """A value and its crop; a value without one has the room of both."""
    return [Cell(value), _crop(reading)] if reading and reading.crop else [Cell(value, span=2)]


def _crop(reading: ReadingRow) -> Cell:
    assert reading.crop
    picture = open_picture(reading.crop, reading.file)
    highest = next(points for pixels, points in CROP_HEIGHTS if picture.height <= pixels)
    return Cell((Image(picture, 128, highest),))


def _where(reading: ReadingRow | None) -> Cell:
    if reading is None:
        return Cell((para("—", SMALL),))
    place = f"{reading.file} 第{reading.page}页" if reading.file and reading.page else reading.file
    how = reading.method
    if reading.confidence is not None:
        how = f"{how}　{_percent(reading.confidence)}"
    colour = ACCENT if reading.confidence is not None and reading.confidence < 0.8 else GREY
    lines = ((place, WHERE), (how, replace(WHERE, colour=colour)))
    return Cell(tuple(para(text, style) for text, style in lines if text))


def _percent(confidence: float) -> str:
    """Rounded down, as findings have it: 100 % is said only of what is certain."""
    return f"{int(confidence * 100)} %"


def _check(texts: Iterable[str]) -> None:
    check_values({f"sheet[{number}]": text for number, text in enumerate(texts)})

"""From the body of a form file to blocks on a page.

Each item of a body is a mapping with one of the keys of `MAKERS` and, if wanted, `when` and `unless`:
`{path: value}`, `{path: [values]}` or `{path: true}` for "there is one".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from generators.blocks import (
    LABEL,
    LABEL_EN,
    VALUE,
    Cell,
    Image,
    NeverBox,
    SignatureBlock,
    SignRow,
    Table,
    label_cell,
    value_cell,
)
from generators.cjk import GREY, PALE, Block, Para, Run, Style, para
from generators.errors import TemplateMismatch
from generators.fonts import SANS
from generators.form_text import Scope, check_text, holds, look_up, make_runs
from generators.page import PageBreak
from generators.pictures import open_picture

BODY = Style(size=11.5, leading=20.5, indent=2, after=5)
PLAIN = Style(size=11.5, leading=20.5, after=5, align="left")
TITLE = Style(stack=SANS, size=18, leading=27, align="center", after=3)
TITLE_EN = Style(stack=SANS, size=8.2, leading=12, align="center", after=20, colour=GREY)
HEADING = Style(stack=SANS, size=11, leading=17, align="left", before=8, after=4)
NOTE = Style(stack=SANS, size=8.2, leading=12.6, align="left", before=3, after=4, colour=GREY)
KEY = Style(stack=SANS, size=8.2, leading=12.4, align="left", after=0)
NUMERALS = "一二三四五六七八九十"

Item = Mapping[str, Any]
Maker = Callable[[Any, Scope, Item], Sequence[Block]]


def make_blocks(
    title_zh: str, title_en: str, kind: str, body: Sequence[Item], scope: Scope, *, density: float = 1.0
) -> list[Block]:
    """Title and body of a form; a `density` below 1 draws the lines closer together."""
    head: list[Block] = [
        para(title_zh, TITLE, bold=True, keep_next=True),
        para(title_en, TITLE_EN if kind == "letter" else replace(TITLE_EN, after=12), keep_next=True),
    ]
    blocks = _keep_signature(head + make_body(body, scope))
    return blocks if density == 1.0 else [tighten(block, density) for block in blocks]


def tighten(block: Block, density: float) -> Block:
    """The block with less space between its lines."""
    if isinstance(block, Para) and block.style.indent:
        style = replace(block.style, leading=block.style.leading * density, after=block.style.after * density**2)
        return replace(block, style=style, _made={})
    if isinstance(block, SignatureBlock):
        return replace(block, density=density, before=block.before * density**3)
    return block


def make_body(body: Sequence[Item], scope: Scope) -> list[Block]:
    """The blocks of the items whose conditions hold."""
    blocks: list[Block] = []
    for item in body:
        if not holds(item.get("when"), scope) or (item.get("unless") and holds(item["unless"], scope)):
            continue
        key = _key(item)
        blocks.extend(MAKERS[key](item[key], scope, item))
    return blocks


def _keep_signature(blocks: list[Block]) -> list[Block]:
    """A signature never stands alone on a page: the paragraph before it comes along."""
    for left, right in pairwise(blocks):
        if isinstance(right, SignatureBlock) and isinstance(left, Para):
            left.keep_next = True
    return blocks


def _key(item: Item) -> str:
    return next((key for key in item if key in MAKERS), "")


def check_body(body: Any, where: str) -> None:
    """Raise `TemplateMismatch` if a form file has an unknown item or a bad token."""
    for item in body:
        if not _key(item) or set(item) - {_key(item), "when", "unless", "as", "body"}:
            raise TemplateMismatch(f"表单文件 {where} 中的条目无效：{item}。", f"{where}: bad item {item}.")
        for text in _texts(item):
            check_text(text, where)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return []


def _paragraph(text: str, scope: Scope, item: Item) -> list[Block]:
    return [Para(make_runs(text, scope), BODY)]


def _plain(text: str, scope: Scope, item: Item) -> list[Block]:
    return [Para(make_runs(text, scope), PLAIN)]


def _clauses(texts: Sequence[Any], scope: Scope, item: Item) -> list[Block]:
    """Numbered clauses; one given as {text, when} counts only if it applies."""
    wanted = [_clause(text, scope) for text in texts]
    kept = [text for text in wanted if text]
    return [Para(make_runs(f"{NUMERALS[number]}、{text}", scope), BODY) for number, text in enumerate(kept)]


def _clause(text: Any, scope: Scope) -> str:
    if isinstance(text, str):
        return text
    if not holds(text.get("when"), scope) or (text.get("unless") and holds(text["unless"], scope)):
        return ""
    return str(text["text"])


def _heading(text: str, scope: Scope, item: Item) -> list[Block]:
    return [Para([_as_bold(run) for run in make_runs(text, scope, rules=False)], HEADING, keep_next=True)]


def _as_bold(run: Run) -> Run:
    return replace(run, bold=True)


def _note(text: str, scope: Scope, item: Item) -> list[Block]:
    return [Para(make_runs(text, scope, rules=False), NOTE)]


def _fields(rows: Sequence[str], scope: Scope, item: Item) -> list[Block]:
    """Labels and values, two pairs a row; `| wide` takes the row, `| key` prints a long key small."""
    packed: list[list[Cell]] = []
    for row in rows:
        zh, en, text, *options = (part.strip() for part in row.split(" | "))
        wide = bool(options)
        style = KEY if "key" in options else VALUE
        cells = [
            label_cell(zh, en),
            value_cell(make_runs(text, scope, rules=False), span=3 if wide else 1, style=style),
        ]
        if not wide and packed and len(packed[-1]) == 2 and packed[-1][1].span == 1:
            packed[-1] += cells
        else:
            packed.append(cells)
    for cells in packed:
        if len(cells) == 2 and cells[1].span == 1:
            cells[1] = replace(cells[1], span=3)
    return [Table((1.4, 2.1, 1.4, 2.1), packed, least=20, whole_below=230)]


def _grid(spec: Item, scope: Scope, item: Item) -> list[Block]:
    """A table with one row for each element of a list, and a few empty ones if there is none."""
    columns = [[part.strip() for part in column.split(" | ")] for column in spec["columns"]]
    elements = look_up(scope, spec["over"]) or [{}] * int(spec.get("empty", 1))
    rows = [[_head_cell(column[0], column[1]) for column in columns]]
    for number, element in enumerate(elements, 1):
        row_scope = {**scope, spec["as"]: element, "number": str(number)}
        rows.append([value_cell(make_runs(column[2], row_scope, rules=False)) for column in columns])
    shares = [float(column[3]) if len(column) > 3 else 1.0 for column in columns]
    return [Table(shares, rows, head=1, least=22)]


def _head_cell(zh: str, en: str) -> Cell:
    return Cell((para(zh, LABEL, bold=True), para(en, LABEL_EN)), shade=PALE)


def _each(path: str, scope: Scope, item: Item) -> list[Block]:
    """The item's body once for each element; `number` counts from 1."""
    blocks: list[Block] = []
    for number, element in enumerate(look_up(scope, path) or (), 1):
        inner = {**scope, item["as"]: element, "number": str(number)}
        blocks.extend(make_body(item["body"], inner))
    return blocks


def _signature(rows: Sequence[Item], scope: Scope, item: Item) -> list[Block]:
    return [SignatureBlock([SignRow(row["label"], row["kind"], _value(row, scope)) for row in rows])]


def _value(row: Item, scope: Scope) -> str:
    return "".join(run.text for run in make_runs(row["value"], scope)) if row.get("value") else ""


def _hand(spec: Item, scope: Scope, item: Item) -> list[Block]:
    return [NeverBox(spec["caption"], spec["kind"], float(spec.get("room", 70)))]


def _picture(spec: Item, scope: Scope, item: Item) -> list[Block]:
    """A picture beside its caption; nothing if the filing has none."""
    data = look_up(scope, spec["path"])
    if not isinstance(data, bytes):
        return []
    image = Image(open_picture(data, spec["caption"]), 54, 54)
    return [Table((1.4, 5.6), [[label_cell(*spec["caption"].split(" | ")), Cell((image,))]], after=0, keep_next=True)]


def _page(value: Any, scope: Scope, item: Item) -> list[Block]:
    return [PageBreak()]


def _script(text: str, scope: Scope, item: Item) -> list[Block]:
    """Words to be spoken, in a frame."""
    style = replace(BODY, after=0)
    return [Table((1,), [[Cell((Para(make_runs(text, scope), style),), shade=PALE)]], pad=9)]


MAKERS: dict[str, Maker] = {
    "para": _paragraph,
    "plain": _plain,
    "clauses": _clauses,
    "heading": _heading,
    "note": _note,
    "fields": _fields,
    "grid": _grid,
    "each": _each,
    "signature": _signature,
    "hand": _hand,
    "picture": _picture,
    "page": _page,
    "script": _script,
}

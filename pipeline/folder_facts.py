"""`filing.yaml`: what no scan says, typed by a person.

Keys and values are checked; all mistakes are named at once, each with its line and the nearest known key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline import fields, materials, vocabulary
from pipeline.build import parse_date, parse_validity
from pipeline.errors import UsageError
from pipeline.model import LONG_TERM

FILE_NAMES = ("filing.yaml", "filing.yml")
MAX_BYTES = 1_000_000
NOTHING = (None, "", "~", "null")
"""What an empty value looks like."""

Leaf = str | tuple[str, ...]
Found = tuple[str, Leaf, int]
"""A path with numbers, its value, and the line its key stands in."""


def load(path: Path) -> dict[str, Leaf]:
    """The values of a `filing.yaml` as `{path: text}`, list places numbered from 0.

    Raises:
        UsageError: not YAML, not a mapping, an unknown key or a value of the wrong shape.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UsageError(
            f"{path.name} 超过 1 MB，不像是备案信息文件。", f"{path.name} is over 1 MB; that is no filing file."
        )
    return parse(path.read_bytes(), path.name)


def parse(data: bytes, name: str = "filing.yaml") -> dict[str, Leaf]:
    """As `load`, from bytes (UTF-8, or GB18030 as some editors save it)."""
    found: dict[str, Leaf] = {}
    mistakes: list[Mistake] = []
    for path, leaf, line in _top(_document(data, name), mistakes):
        if path in found:
            mistakes.append(Mistake(line, f"{path} 写了两次，请只保留一处", f"{path} is given twice; keep one"))
        found[path] = leaf
    if mistakes:
        raise _all_of(mistakes, name)
    return found


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in the file: its line, counted from 1, and what to do in both languages."""

    line: int
    zh: str
    en: str


class _Wrong(Exception):
    """Carries a mistake out of the entry it is in; the entries after it are still read."""

    def __init__(self, node: yaml.Node, zh: str, en: str) -> None:
        super().__init__(en)
        self.mistake = Mistake(node.start_mark.line + 1, zh, en)


def _all_of(mistakes: list[Mistake], name: str) -> UsageError:
    """One error that names every mistake, in the order of the lines."""
    ordered = sorted(mistakes, key=lambda one: one.line)
    return UsageError(
        "\n".join(f"{name} 第 {one.line} 行：{one.zh}。" for one in ordered),
        "\n".join(f"{name} line {one.line}: {one.en}." for one in ordered),
    )


def _document(data: bytes, name: str) -> yaml.MappingNode | None:
    try:
        # nodes instead of values: every scalar stays the text it is ("0755", "no"), and each knows its line
        node = yaml.compose(_text(data), Loader=yaml.BaseLoader)
    except RecursionError:
        raise UsageError(
            f"{name} 的层次过深，不像是备案信息文件。请对照 docs/filing-yaml.md 重写。",
            f"{name} is nested too deeply for a filing file. Write it as docs/filing-yaml.md shows.",
        ) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{name} 第 {line} 行不是有效的 YAML，请检查缩进和冒号（冒号后要有空格）。",
            f"{name} line {line} is not valid YAML; check the indentation and the space after each colon.",
        ) from None
    if node is None or _is_empty(node):
        return None
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{name} 应当由“键: 值”组成。", f"{name} must consist of keys and values.")
    return node


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value in NOTHING


def _top(document: yaml.MappingNode | None, mistakes: list[Mistake]) -> Iterator[Found]:
    for key, value in document.value if document else ():
        with _noting(mistakes):
            group = _group(key)
            if not _is_empty(value):
                yield from _walk(group, value, mistakes)


@contextmanager
def _noting(mistakes: list[Mistake]) -> Iterator[None]:
    """Keeps what is wrong inside and goes on with the next entry."""
    try:
        yield
    except _Wrong as wrong:
        mistakes.append(wrong.mistake)


def _group(key: yaml.Node) -> str:
    word = str(key.value)
    if word in fields.GROUPS:
        return word + "[]" if word in ("websites", "apps", "documents") else word
    raise _unknown(key, word, list(fields.GROUPS))


def _walk(prefix: str, value: yaml.Node, mistakes: list[Mistake]) -> Iterator[Found]:
    """Leaves below a general prefix; the yielded paths carry numbers."""
    if prefix.endswith("[]"):
        items = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for number, item in enumerate(items):
            yield from _item(prefix, number, item, mistakes)
        return
    if not isinstance(value, yaml.MappingNode):
        raise _wrong(value, prefix, "应当是一组“键: 值”", "must be a group of keys and values")
    for key, below in value.value:
        if not _is_empty(below):
            with _noting(mistakes):
                yield from _entry(prefix, key, below, mistakes)


def _item(prefix: str, number: int, item: yaml.Node, mistakes: list[Mistake]) -> Iterator[Found]:
    base = f"{prefix[:-2]}[{number}]"
    for key, below in _pairs(prefix, item):
        if _is_empty(below):
            continue
        with _noting(mistakes):
            for path, leaf, line in _entry(prefix, key, below, mistakes):
                yield base + path[len(prefix) :], leaf, line


def _pairs(prefix: str, item: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    """The entries of a list item; a bare domain, website or SDK stands for its `name`, a bare document for its `kind`."""
    if isinstance(item, yaml.MappingNode):
        return list(item.value)
    name = next((one for one in ("name", "kind") if f"{prefix}.{one}" in fields.BY_PATH), "category")
    return [(yaml.ScalarNode(item.tag, name, item.start_mark), item)]


def _entry(prefix: str, key: yaml.Node, value: yaml.Node, mistakes: list[Mistake]) -> Iterator[Found]:
    below = _resolve(prefix, key)
    if below in fields.BY_PATH:
        yield below, _leaf(below, value), key.start_mark.line + 1
    else:
        yield from _walk(below, value, mistakes)


def _resolve(prefix: str, node: yaml.Node) -> str:
    """The general path that a key means under `prefix`: a name, a dotted name, or an alias."""
    key, names = str(node.value), set(fields.children(prefix))
    for candidate in (key, f"{key}[]"):
        if candidate in names or f"{prefix}.{candidate}" in fields.BY_PATH:
            return f"{prefix}.{candidate}"
    short = key.removeprefix(prefix.rstrip("[]").rpartition(".")[2] + "_")
    for path, field in fields.BY_PATH.items():
        if path.startswith(prefix + ".") and _means(path, field, prefix, short, key):
            return path
    alias = next((path for words, path in ALIASES if key in words and _is_under(prefix, path)), None)
    if alias:
        return f"{prefix}.{alias}"
    base = prefix.replace("[]", "")
    raise _unknown(node, f"{base}.{key}", [f"{base}.{one.replace('[]', '')}" for one in names])


ALIASES = (
    (("domain", "site_domain", "app_domains", "域名", "网站域名"), "domains[]"),
    (("legal_rep", "legal_person_name", "法定代表人"), "legal_person.name"),
    (("legal_person_cert_no",), "legal_person.certificate.number"),
    (("kind", "cert_kind", "证件类型"), "type"),
)
"""Spellings of other systems for a path below the group they stand in."""


def _is_under(prefix: str, path: str) -> bool:
    return any(known.startswith(f"{prefix}.{path}") for known in fields.BY_PATH)


def _means(path: str, field: fields.Field, prefix: str, short: str, key: str) -> bool:
    """Whether an alias fits, looking no deeper than the field itself or its certificate."""
    rest = path[len(prefix) + 1 :]
    if rest not in (field.name, f"certificate.{field.name}"):
        return False
    return short == rest or short in field.aliases or key in field.aliases


def _leaf(path: str, value: yaml.Node) -> Leaf:
    if fields.BY_PATH[path].kind == "texts":
        items = value.value if isinstance(value, yaml.SequenceNode) else [value]
        return tuple(_scalar(path, item) for item in items if not _is_empty(item))
    return _scalar(path, value)


def _scalar(path: str, value: yaml.Node) -> str:
    if isinstance(value, yaml.ScalarNode):
        return _meant(path, value)
    raise _wrong(value, path, "应当是一个值，不是一组", "must be one value, not a group")


def _meant(path: str, value: yaml.ScalarNode) -> str:
    """The text in its normal form for the field's kind, or an error that says what was expected."""
    kind, text = fields.BY_PATH[path].kind, str(value.value).strip()
    if text == "" or kind in ("text", "texts"):
        return _normal_text(path, text)
    meaning, zh, en = NORMAL_FORMS[kind]
    normal = meaning(text)
    if normal is None:
        raise _wrong(value, path, f"的值“{text}”不对，{zh}", f"has the value {text!r}; {en}")
    return normal


def _normal_text(path: str, text: str) -> str:
    if path == "filing.province":
        return vocabulary.province_of(text) or text
    if path.endswith("certificate.type"):
        return vocabulary.certificate_type_of(text)
    return text


def _day(text: str) -> str | None:
    day = parse_date(text)
    return day.isoformat() if day else None


def _validity(text: str) -> str | None:
    return LONG_TERM if parse_validity(text) == LONG_TERM else _day(text)


def _yes_or_no(text: str) -> str | None:
    return {"true": "true", "false": "false", "yes": "true", "no": "false", "是": "true", "否": "false"}.get(
        text.lower()
    )


def _number(text: str) -> str | None:
    return text if text.isdigit() else None


def _nature(text: str) -> str | None:
    nature = vocabulary.nature_of(text)
    return nature.value if nature else None


def _operation(text: str) -> str | None:
    operation = vocabulary.operation_of(text)
    return operation.value if operation else None


NORMAL_FORMS: dict[str, tuple[Callable[[str], str | None], str, str]] = {
    "date": (_day, "应为日期，如 2026-11-20", "a date such as 2026-11-20 is expected"),
    "validity": (_validity, "应为日期（如 2036-11-20）或“长期”", "a date such as 2036-11-20 or 长期 is expected"),
    "bool": (_yes_or_no, "应为“是”或“否”", "yes or no is expected"),
    "number": (_number, "应为数字", "a number is expected"),
    "nature": (_nature, "可用：" + "、".join(vocabulary.NATURES.values()), "one of " + ", ".join(vocabulary.NATURES)),
    "document": (
        materials.kind_of,
        "应为材料名称，例如 居住证、主体负责人授权书（全部名称见 docs/filing-yaml.md）",
        "a kind of document such as residence_permit or letter_leader is expected (all: docs/filing-yaml.md)",
    ),
    "operation": (
        _operation,
        "可用：" + "、".join(vocabulary.OPERATIONS.values()),
        "one of " + ", ".join(vocabulary.OPERATIONS),
    ),
}


def _unknown(node: yaml.Node, key: str, known: list[str]) -> _Wrong:
    near = fields.nearest(key, known)
    hint_zh, hint_en = (f"您是否想写“{near}”？", f"Did you mean {near!r}? ") if near else ("", "")
    return _Wrong(
        node,
        f"键“{key}”不认识。{hint_zh}可用的键：{'、'.join(sorted(known))}",
        f"unknown key {key!r}. {hint_en}Known keys: {', '.join(sorted(known))}",
    )


def _wrong(node: yaml.Node, path: str, zh: str, en: str) -> _Wrong:
    return _Wrong(node, f"{path} {zh}", f"{path} {en}")

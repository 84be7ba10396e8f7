"""`filing.yaml`: what no scan says, typed by a person. Keys are checked; a wrong one names the nearest known key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

from pipeline import fields, vocabulary
from pipeline.build import parse_date, parse_validity
from pipeline.errors import UsageError
from pipeline.model import LONG_TERM

FILE_NAMES = ("filing.yaml", "filing.yml")
MAX_BYTES = 1_000_000
NOTHING = (None, "", "~", "null")
"""What an empty value looks like."""

Leaf = str | tuple[str, ...]


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
    document = _document(data, name)
    found: dict[str, Leaf] = {}
    for key, value in document.items():
        group = _group(str(key), name)
        if value in NOTHING:
            continue
        for path, leaf in _walk(group, value, name):
            if path in found:
                raise _wrong(name, path, "同一字段写了两次，请只保留一处", "is given twice; keep one")
            found[path] = leaf
    return found


def _document(data: bytes, name: str) -> Mapping[object, object]:
    try:
        # every scalar stays the text it is: no date, number or yes/no is guessed from "0755" or "no"
        document = yaml.load(_text(data), Loader=yaml.BaseLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{name} 第 {line} 行不是有效的 YAML，请检查缩进和冒号（冒号后要有空格）。",
            f"{name} line {line} is not valid YAML; check the indentation and the space after each colon.",
        ) from None
    if document in (None, ""):
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"{name} 应当由“键: 值”组成。", f"{name} must consist of keys and values.")
    return document


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _group(key: str, name: str) -> str:
    if key in fields.GROUPS:
        return key + "[]" if key in ("websites", "apps") else key
    raise _unknown(name, key, list(fields.GROUPS))


def _walk(prefix: str, value: object, name: str) -> Iterator[tuple[str, Leaf]]:
    """Leaves below a general prefix; the yielded paths carry numbers."""
    if prefix.endswith("[]"):
        items = value if isinstance(value, list) else [value]
        for number, item in enumerate(items):
            yield from _item(prefix, number, item, name)
        return
    if not isinstance(value, dict):
        raise _wrong(name, prefix, "应当是一组“键: 值”", "must be a group of keys and values")
    for key, below in value.items():
        if below not in NOTHING:
            yield from _entry(prefix, str(key), below, name)


def _item(prefix: str, number: int, item: object, name: str) -> Iterator[tuple[str, Leaf]]:
    base = f"{prefix[:-2]}[{number}]"
    if not isinstance(item, dict):
        # a bare domain, website name or SDK name stands for its `name`
        item = {"name" if f"{prefix}.name" in fields.BY_PATH else "category": item}
    for key, below in item.items():
        if below in NOTHING:
            continue
        for path, leaf in _entry(prefix, str(key), below, name):
            yield base + path[len(prefix) :], leaf


def _entry(prefix: str, key: str, value: object, name: str) -> Iterator[tuple[str, Leaf]]:
    below = _resolve(prefix, key, name)
    if below in fields.BY_PATH:
        yield below, _leaf(below, value, name)
    else:
        yield from _walk(below, value, name)


def _resolve(prefix: str, key: str, name: str) -> str:
    """The general path that `key` means under `prefix`: a name, a dotted name, or an alias."""
    names = set(fields.children(prefix))
    for candidate in (key, f"{key}[]"):
        if candidate in names or f"{prefix}.{candidate}" in fields.BY_PATH:
            return f"{prefix}.{candidate}"
    short = key.removeprefix(prefix.rstrip("[]").rpartition(".")[2] + "_")
    for path, field in fields.BY_PATH.items():
        if path.startswith(prefix + ".") and _means(path, field, prefix, short, key):
            return path
    if f"{prefix}.domains[].name" in fields.BY_PATH and key in (
        "domain",
        "site_domain",
        "app_domains",
        "域名",
        "网站域名",
    ):
        return f"{prefix}.domains[]"
    if f"{prefix}.legal_person.name" in fields.BY_PATH and key in ("legal_rep", "legal_person_name", "法定代表人"):
        return f"{prefix}.legal_person.name"
    if key == "legal_person_cert_no":
        return f"{prefix}.legal_person.certificate.number"
    raise _unknown(
        name,
        f"{prefix.replace('[]', '')}.{key}",
        [f"{prefix.replace('[]', '')}.{one.replace('[]', '')}" for one in names],
    )


def _means(path: str, field: fields.Field, prefix: str, short: str, key: str) -> bool:
    """Whether an alias fits, looking no deeper than the field itself or its certificate."""
    rest = path[len(prefix) + 1 :]
    if rest not in (field.name, f"certificate.{field.name}"):
        return False
    return short == rest or short in field.aliases or key in field.aliases


def _leaf(path: str, value: object, name: str) -> Leaf:
    kind = fields.BY_PATH[path].kind
    if kind == "texts":
        items = value if isinstance(value, list) else [value]
        return tuple(_scalar(path, item, name) for item in items if item not in NOTHING)
    return _scalar(path, value, name)


def _scalar(path: str, value: object, name: str) -> str:
    if isinstance(value, str):
        return _meant(path, value.strip(), name)
    raise _wrong(name, path, "应当是一个值，不是一组", "must be one value, not a group")


def _meant(path: str, text: str, name: str) -> str:
    """The text in its normal form for the field's kind, or an error that says what was expected."""
    kind = fields.BY_PATH[path].kind
    if text == "" or kind in ("text", "texts"):
        return _normal_text(path, text)
    meaning, zh, en = NORMAL_FORMS[kind]
    normal = meaning(text)
    if normal is None:
        raise _wrong(name, path, f"的值“{text}”不对，{zh}", f"has the value {text!r}; {en}")
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
    "operation": (
        _operation,
        "可用：" + "、".join(vocabulary.OPERATIONS.values()),
        "one of " + ", ".join(vocabulary.OPERATIONS),
    ),
}


def _unknown(name: str, key: str, known: list[str]) -> UsageError:
    near = fields.nearest(key, known)
    hint_zh, hint_en = (f"您是否想写“{near}”？", f"Did you mean {near!r}?") if near else ("", "")
    listing = "、".join(sorted(known))
    return UsageError(
        f"{name} 中的键“{key}”不认识。{hint_zh}可用的键：{listing}。",
        f"{name}: unknown key {key!r}. {hint_en} Known keys: {', '.join(sorted(known))}.",
    )


def _wrong(name: str, path: str, zh: str, en: str) -> UsageError:
    return UsageError(f"{name} 的 {path} {zh}。", f"{name}: {path} {en}.")

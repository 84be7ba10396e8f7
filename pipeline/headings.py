"""The groups that a filing's values stand in and the words for how each was read: the same in the bundle and on the page."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline import fields
from pipeline.claims import DERIVED

GROUPS = (
    ("filing", "备案信息", "Filing"),
    ("entity", "主办单位", "Entity"),
    ("entity.legal_person", "法定代表人", "Legal representative"),
    ("entity_person", "主体负责人", "Person in charge of the entity"),
    ("service_person", "互联网信息服务负责人", "Person in charge of the service"),
    ("websites", "网站", "Website"),
    ("apps", "APP", "APP"),
    ("record", "已备案信息", "On file already"),
    ("resource", "备案资源", "Server resource"),
)
METHODS = {
    "person": ("人工填写", "typed"),
    "ocr": ("识别", "OCR"),
    "ocr+check_digit": ("识别，校验码无误", "OCR, check digit right"),
    "ocr+glyph": ("识别，按字形核对", "OCR, by the character's shape"),
    "ocr+division": ("识别，行政区划表核对", "OCR, held against the table of divisions"),
    "text_layer": ("PDF 文字", "PDF text"),
    "ink": ("墨迹", "ink"),
    "signature_block": ("签名块", "signature block"),
    "manifest": ("安装包清单", "package manifest"),
    "qr": ("二维码", "QR code"),
    "mrz": ("机读码", "MRZ"),
    "tesseract": ("识别（Tesseract）", "OCR (Tesseract)"),
    DERIVED: ("推定", "derived"),
}
_NAMES = {key: {"zh": zh, "en": en} for key, zh, en in GROUPS}
_SEVERAL = ("websites", "apps")


def group_of(path: str) -> str:
    """The group of a field: `entity.legal_person`, `websites[1]` and so on."""
    return "entity.legal_person" if path.startswith("entity.legal_person.") else path.partition(".")[0]


def in_order(groups: Collection[str]) -> Iterator[str]:
    """Those groups that have a heading, in the order in which they are shown."""
    for start in _NAMES:
        yield from (
            key
            for key in sorted(groups, key=_place)
            if key == start or (start in _SEVERAL and key.startswith(f"{start}["))
        )


def title(group: str, lang: str) -> str:
    """A group's heading in `zh` or `en`; websites and apps with their number, from 1."""
    return _NAMES[group.partition("[")[0]][lang] + (f" {_place(group) + 1}" if "[" in group else "")


def short_label(path: str, lang: str) -> str:
    """A field's label without the words that its group's heading says already."""
    label = fields.label(path, lang)
    said = _NAMES.get(group_of(path).partition("[")[0])
    if said is None:
        return label
    short = label.removeprefix(said["zh"]).strip() if lang == "zh" else _without(label, said["en"].lower())
    return (short[:1].upper() + short[1:]) or label


def method(name: str, lang: str) -> str:
    """How a value was read, in words; a method without words is named as it is."""
    zh, en = METHODS.get(name, (name, name))
    return zh if lang == "zh" else en


def _place(group: str) -> int:
    return int(group.partition("[")[2].rstrip("]") or 0)


def _without(label: str, said: str) -> str:
    short = label.removesuffix(f" of the {said}")
    return short[len(said) + 1 :] if short.lower().startswith(f"{said} ") else short

"""What a reviewer types, brought into its normal form or refused with what would be right. Pure."""

from __future__ import annotations

import unicodedata

from extractors.divisions import was_division
from pipeline import checks_numbers, fields, folder_facts, vocabulary
from pipeline.claims import Leaf
from pipeline.errors import FilingError
from pipeline.model import Text

MAX_VALUE = 4000
MAX_REASON = 500


class Refused(FilingError):
    """A decision cannot be taken as asked; the message says why and what would be right."""

    exit_code = 2
    code = "refused"


def checked_value(path: str, text: str, certificate_type: str = "") -> Leaf:
    """The typed value of a correction in its normal form.

    Args:
        path: the path of the value.
        text: what the reviewer typed.
        certificate_type: for a certificate's number: the type of the certificate it stands on.

    Raises:
        Refused: the value cannot be right; the message says what would be.
    """
    field_ = fields.field_of(path)
    if field_ is None:
        raise Refused(f"没有名为 {path} 的字段。", f"There is no field {path}.")
    clean = _clean(text)
    if field_.kind == "texts":
        items = tuple(part for part in (one.strip() for one in _split(clean)) if part)
        for item in items or ("",):
            _check_shape(path, item, certificate_type)
        return items
    if field_.kind in folder_facts.NORMAL_FORMS:
        return _normal(field_.kind, clean)
    if path == "filing.province":
        return _province(clean)
    _check_shape(path, clean, certificate_type)
    return _folded(path, clean)


def doubt_about(path: str, value: Leaf, certificate_type: str = "") -> Text | None:
    """What a person should look at again before keeping a value that could be right; None where there is nothing."""
    if not fields.general(path).endswith("certificate.number") or certificate_type != "resident_id":
        return None
    if was_division(str(value)[:6]):
        return None
    return Text(
        "可以保存，但前六位不是任何现有或曾有的行政区划代码（GB/T 2260），请对照原件逐位核对。",
        "It can be kept, but its first six figures were never a division's code (GB/T 2260): compare them with the original.",
    )


def _clean(text: str) -> str:
    if len(text) > MAX_VALUE:
        raise Refused(f"内容过长，最多 {MAX_VALUE} 字。", f"Too long: at most {MAX_VALUE} characters.")
    kept = "".join(char for char in text if char in "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    clean = " ".join(kept.split()) if "\n" in kept else kept.strip()
    if not clean:
        raise Refused("值不能为空。如要撤回，请用“撤销”。", "The value is empty. Use undo to take a decision back.")
    return clean


def _split(text: str) -> list[str]:
    for mark in "，,；;\n ":
        text = text.replace(mark, "、")
    return text.split("、")


def _normal(kind: str, text: str) -> str:
    meaning, zh, en = folder_facts.NORMAL_FORMS[kind]
    found = meaning(text)
    if found is None:
        raise Refused(f"“{text}”不对：{zh}。", f"{text!r} is not right: {en}.")
    return found


def _province(text: str) -> str:
    found = vocabulary.province_of(text)
    if found is None:
        known = "、".join(vocabulary.PROVINCES.values())
        raise Refused(f"没有名为“{text}”的省份。可用：{known}。", f"There is no province {text!r}.")
    return found


def _folded(path: str, text: str) -> str:
    """Numbers in half width and upper case, certificate types as keys; names and addresses as they were typed."""
    if path.endswith("certificate.type"):
        return vocabulary.certificate_type_of(text)
    if path.endswith(("certificate.number", "owner_certificate_number")):
        return unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    return text


SHAPES = {
    "mobile": ("mobile", "应为 11 位手机号，如 13800138000", "a mobile number has 11 figures, such as 13800138000"),
    "emergency_phone": (
        "phone",
        "应为手机号，或 020-12345678 形式的座机号",
        "a mobile, or a landline such as 020-12345678",
    ),
    "office_phone": ("office_phone", "应为 086-区号-号码", "086-area-number is expected"),
    "email": ("email", "应为电子邮件地址，如 name@example.cn", "an address such as name@example.cn is expected"),
    "ips": ("ip", "应为 IP 地址或起止范围", "an IP address or a range is expected"),
    "domains[].name": ("domain", "应为域名，如 example.cn", "a domain such as example.cn is expected"),
    "record_number": ("filing_number", "应为备案号，如 粤ICP备2024000001号-1", "a filing number is expected"),
}


CHOICES = {
    "sex": (("男", "女"), "应为 男 或 女", "男 or 女 is expected"),
    "certificate.type": (tuple(vocabulary.CERTIFICATE_TYPES), "没有这种证件类型", "there is no such type"),
    "platforms[].platform": (("android", "ios", "harmony"), "应为 android、ios 或 harmony", "android, ios or harmony"),
}


def _check_shape(path: str, text: str, certificate_type: str) -> None:
    general = fields.general(path)
    if general.endswith("certificate.number"):
        _check_number(text, certificate_type)
    if general.endswith("icon_bytes") and not text.isdigit():
        raise Refused(f"“{text}”不是字节数。", f"{text!r} is no number of bytes.")
    for ending, (shape, zh, en) in SHAPES.items():
        if general.endswith(ending) and not checks_numbers.SHAPES[shape](text):
            raise Refused(f"“{text}”不对：{zh}。", f"{text!r} is not right: {en}.")
    for ending, (known, zh, en) in CHOICES.items():
        if general.endswith(ending) and _folded(path, text) not in known:
            raise Refused(f"“{text}”不对：{zh}。", f"{text!r} is not right: {en}.")


def _check_number(text: str, certificate_type: str) -> None:
    check = checks_numbers.CERTIFICATES.get(certificate_type)
    if check is None or check(_folded("entity.certificate.number", text)):
        return
    kind = vocabulary.CERTIFICATE_TYPES.get(certificate_type, certificate_type)
    raise Refused(
        f"号码与{kind}的编号规则不符（长度、日期或校验位不对）。请对照原件再看一遍。",
        f"The number does not fit a {certificate_type.replace('_', ' ')}: its length, date or check character is wrong. "
        "Look at the original again.",
    )


def checked_reason(text: str) -> str:
    """A reason that says something, at most `MAX_REASON` characters.

    Raises:
        Refused: there is none, or it is too long.
    """
    clean = _clean(text) if text.strip() else ""
    if len(clean) < 2:
        raise Refused("请写明理由（至少两个字）。", "Give a reason of at least two characters.")
    if len(clean) > MAX_REASON:
        raise Refused(f"理由最多 {MAX_REASON} 字。", f"A reason has at most {MAX_REASON} characters.")
    return clean

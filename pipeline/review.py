"""What a reviewer may decide and what it means for the filing. Pure: decisions in, claims, readings and findings out.

A decision (复核决定) is a row of the ledger: who, when, old, new. Nothing is ever deleted; `undo` names the decision it
takes back. A correction of a value that was read from a scan mends the reading itself as well, so that papers, roles
and domains are paired by what the paper really says, and it holds at every path that came from the same place.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from extractors.divisions import was_division
from pipeline import checks_numbers, claims, fields, folder_facts, vocabulary
from pipeline.claims import Claim, Leaf
from pipeline.errors import FilingError
from pipeline.model import Box, Evidence, Finding, Severity, Text
from pipeline.reading import Reading
from pipeline.rows import Decision, Json

MAX_VALUE = 4000
MAX_REASON = 500
REVIEW = "review"
"""The `raw` note of evidence that a reviewer gave where nothing had been read."""


class Kind(StrEnum):
    """What a decision says."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    REJECT = "reject_document"
    WAIVE = "waive"
    DONE = "done"
    UNDO = "undo"
    APPROVE = "approve"
    REVEAL = "reveal"


OF_VALUES = frozenset({Kind.CONFIRM, Kind.CORRECT})


class Refused(FilingError):
    """A decision cannot be taken as asked; the message says why and what would be right."""

    exit_code = 2
    code = "refused"


@dataclass(frozen=True, slots=True)
class Said:
    """One standing decision: what was said, by whom and when."""

    id: int
    kind: str
    where: str
    value: Json
    who: str
    at: datetime

    @property
    def reason(self) -> str:
        """Why, in the reviewer's words."""
        return str(self.value.get("reason", ""))


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that holds now: values by path, waivers, rejected files, ticked hand work, the approval."""

    values: Mapping[str, Said] = field(default_factory=dict)
    waived: Mapping[tuple[str, str], Said] = field(default_factory=dict)
    rejected: Mapping[str, Said] = field(default_factory=dict)
    done: Mapping[str, Said] = field(default_factory=dict)
    approval: Said | None = None
    seconded: Mapping[int, Said] = field(default_factory=dict)
    """Decision to the confirmation by a second person (双人复核)."""


def standing(decisions: Iterable[Decision]) -> Standing:
    """What holds after all decisions, oldest first; a later word about the same thing beats an earlier one."""
    rows = [Said(one.id, one.kind, one.where, one.value, one.who, one.decided_at) for one in decisions]
    undone = {one.value.get("decision") for one in rows if one.kind == Kind.UNDO}
    now = Standing()
    for said in rows:
        if said.id not in undone:
            now = _with(now, said)
    return now


def _with(now: Standing, said: Said) -> Standing:
    if said.value.get("second"):
        return replace(now, seconded={**now.seconded, int(said.value["second"]): said})
    if said.kind in OF_VALUES:
        return replace(now, values={**now.values, **dict.fromkeys(paths_of(said), said)})
    if said.kind == Kind.WAIVE:
        return replace(now, waived={**now.waived, (str(said.value.get("rule", "")), said.where): said})
    if said.kind == Kind.REJECT:
        return replace(now, rejected={**now.rejected, said.where: said})
    if said.kind == Kind.DONE:
        return replace(now, done={**now.done, said.where: said})
    return replace(now, approval=said) if said.kind == Kind.APPROVE else now


def paths_of(said: Said) -> tuple[str, ...]:
    """The paths a decision about a value holds at: its own, and those read from the same place."""
    return (said.where, *said.value.get("also", ()))


def last_about(decisions: Iterable[Decision], where: str) -> Said | None:
    """The standing decision about a value, a file or a ticked item."""
    now = standing(decisions)
    return now.values.get(where) or now.rejected.get(where) or now.done.get(where)


# -- decisions become facts --------------------------------------------------------------------------------------


def decided_claims(now: Standing) -> tuple[Claim, ...]:
    """Decided values as claims; they stand before all others and so beat `filing.yaml`."""
    return tuple(_claim(path, said) for path, said in sorted(now.values.items()))


def _claim(path: str, said: Said) -> Claim:
    value = _leaf(said.value["new"])
    shown = value if isinstance(value, str) else "、".join(value)
    place = said.value.get("place") or {}
    return Claim(
        path,
        value,
        Evidence(
            value=shown,
            method=claims.PERSON,
            file=str(place.get("file", "")),
            sha256=str(place.get("sha256", "")),
            page=int(place.get("page", 0)),
            box=box_of(place.get("box")),
            raw=str(place.get("raw", "")) or REVIEW,
        ),
    )


def _leaf(value: object) -> Leaf:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def box_of(corners: object) -> Box | None:
    """Four corners as JSON gives them, or None."""
    if not isinstance(corners, list | tuple) or len(corners) != 4:
        return None
    one, two, three, four = ((float(x), float(y)) for x, y in corners)
    return one, two, three, four


def mended(readings: Sequence[Reading], now: Standing) -> tuple[Reading, ...]:
    """The readings with corrected values in the places they were misread at."""
    corrections = {
        (place["sha256"], int(place["page"]), box_of(place.get("box"))): str(said.value["new"])
        for said in now.values.values()
        if said.kind == Kind.CORRECT
        and isinstance(said.value["new"], str)
        and (place := said.value.get("place") or {}).get("box")
    }
    return tuple(_mend(reading, corrections) for reading in readings) if corrections else tuple(readings)


def _mend(reading: Reading, corrections: Mapping[tuple[str, int, Box | None], str]) -> Reading:
    papers = tuple(
        replace(
            paper,
            fields={
                name: replace(one, value=corrections[key], confidence=1.0, method=claims.PERSON)
                if (key := (reading.sha256, max(one.page, 1), one.box)) in corrections and one.box
                else one
                for name, one in paper.fields.items()
            },
        )
        for paper in reading.papers
    )
    return replace(reading, papers=papers)


def settled(findings: Iterable[Finding], now: Standing) -> tuple[Finding, ...]:
    """The findings after review: what a person looked at is no doubt any more, waived warnings are notes."""
    return tuple(_waived(finding, now) for finding in findings if not _is_answered(finding, now))


def _is_answered(finding: Finding, now: Standing) -> bool:
    return finding.rule in ("evidence.disagreement", "evidence.unsure") and finding.where in now.values


def _waived(finding: Finding, now: Standing) -> Finding:
    said = now.waived.get((finding.rule, finding.where))
    # a waiver is for what was read then: when the message changes, the reviewer is asked again
    if said is None or finding.severity is not Severity.WARNING or said.value.get("message") != finding.message.zh:
        return finding
    day = said.at.date().isoformat()
    return replace(
        finding,
        severity=Severity.NOTE,
        status="waived",
        advice=Text(
            f"已由 {said.who} 于 {day} 核对并放行，理由：{said.reason}",
            f"Waived by {said.who} on {day}; reason: {said.reason}",
        ),
    )


# -- what may be decided -----------------------------------------------------------------------------------------


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


# -- what is on the table ----------------------------------------------------------------------------------------

PERSONS = ("entity.legal_person.", "entity_person.", "service_person.")


def is_secret(path: str, certificate_type: str = "") -> bool:
    """Whether a value is masked until it is asked for: the ID number of a person."""
    if path == "entity.certificate.number" or path.endswith("owner_certificate_number"):
        return certificate_type in ("", "resident_id", "passport")
    return path.endswith("certificate.number") and path.startswith(PERSONS)


def masked(value: str) -> str:
    """The first three and last two characters, stars between; a short value is stars only."""
    return "*" * len(value) if len(value) < 8 else f"{value[:3]}{'*' * (len(value) - 5)}{value[-2:]}"


def place_json(evidence: Mapping[str, Any]) -> Json:
    """Where a value was read, as a decision keeps it."""
    return {name: evidence.get(name) for name in ("file", "sha256", "page", "box", "raw")}


def same_place(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Whether two pieces of evidence are one reading."""
    keys = ("sha256", "page", "box", "value")
    return bool(one.get("box")) and all(one.get(key) == two.get(key) for key in keys)


def basis(*parts: object) -> str:
    """A short mark of what a page showed; a change to any part gives another mark."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:16]


def is_sample(filing: str, share_percent: int) -> bool:
    """Whether a filing without any doubt is looked at anyhow: the same ones each time, `share_percent` of all."""
    return int(hashlib.sha256(filing.encode()).hexdigest()[:8], 16) % 100 < share_percent


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a decision changed: `gone`, `new` or `changed`, and in words."""

    kind: str
    text: Text


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """What differs between two saved filings: findings that went or came, values that are others now."""
    return (*_finding_changes(before, after), *_value_changes(before, after))


def _finding_changes(before: Json, after: Json) -> Iterator[Change]:
    old, new = (_open_findings(document) for document in (before, after))
    yield from (Change("gone", _text(one)) for key, one in old.items() if key not in new)
    yield from (Change("new", _text(one)) for key, one in new.items() if key not in old)


def _open_findings(document: Json) -> dict[tuple[str, str, str], Json]:
    return {
        (one["rule"], one["where"], one["message"]["zh"]): one
        for one in document["findings"]
        if one["severity"] != Severity.NOTE.value
    }


def _text(finding: Json) -> Text:
    return Text(finding["message"]["zh"], finding["message"]["en"])


def _value_changes(before: Json, after: Json) -> Iterator[Change]:
    old, new = (_values(document) for document in (before, after))
    for path in (*old, *(path for path in new if path not in old)):
        was, now = old.get(path, ""), new.get(path, "")
        if was != now:
            shown = (masked(was), masked(now)) if is_secret(path) else (was, now)
            words = tuple(one or "—" for one in shown)
            yield Change(
                "changed",
                Text(
                    f"{fields.label(path)}：{words[0]} → {words[1]}",
                    f"{fields.label(path, 'en')}: {words[0]} → {words[1]}",
                ),
            )


def _values(document: Json) -> dict[str, str]:
    return {path: str(several[0]["value"]) for path, several in document["filing"]["evidence"].items() if several}

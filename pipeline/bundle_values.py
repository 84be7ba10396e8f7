"""All values of a filing with where each was read, as the rows of the bundle's sheet of values. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from generators.fonts import printable
from generators.form_text import format_value
from generators.form_views import PROVIDERS
from generators.sheet_model import ReadingRow, ValueGroup, ValueRow
from pipeline import headings, vocabulary
from pipeline.assemble import same_value
from pipeline.batch import Prepared
from pipeline.build import known_paths, show, value_at
from pipeline.claims import DERIVED
from pipeline.model import EntityNature, Evidence, Operation
from pipeline.proofs import Proofs

KEY_SHOWN = 140
ROLES = ("entity.legal_person", "entity_person", "service_person")


def value_groups(prepared: Prepared, proofs: Proofs) -> list[ValueGroup]:
    """All values of the filing with where each was read, in groups."""
    rows: dict[str, list[ValueRow]] = {}
    for path in known_paths(prepared.filing):
        if path in prepared.filing.evidence and not _stands_above(path, prepared):
            rows.setdefault(headings.group_of(path), []).append(_value_row(path, prepared, proofs))
    same = _same_persons(prepared)
    return [
        ValueGroup(
            printable(headings.title(key, "zh") + same.get(key, ("", ""))[0] + _service_name(key, prepared)),
            headings.title(key, "en") + same.get(key, ("", ""))[1],
            tuple(rows[key]),
        )
        for key in headings.in_order(rows)
    ]


def _service_name(key: str, prepared: Prepared) -> str:
    name = value_at(prepared.filing, f"{key}.name") if "[" in key else ""
    return f"：{name}" if name else ""


def _stands_above(path: str, prepared: Prepared) -> bool:
    """Whether the same value, from the same place, stands in the group of an earlier role already."""
    for number, role in enumerate(ROLES):
        if path.startswith(f"{role}."):
            rest = path[len(role) :]
            return any(_same_origin(path, f"{earlier}{rest}", prepared) for earlier in ROLES[:number])
    return False


def _same_origin(one: str, two: str, prepared: Prepared) -> bool:
    evidence = prepared.filing.evidence
    if two not in evidence:
        return False
    first, second = evidence[one][0], evidence[two][0]
    return first.value == second.value and (
        first.method == DERIVED or (first.sha256, first.box) == (second.sha256, second.box)
    )


def _same_persons(prepared: Prepared) -> dict[str, tuple[str, str]]:
    """For the heading of a role: whose values above hold for it too."""
    notes: dict[str, tuple[str, str]] = {}
    for number, role in enumerate(ROLES):
        for earlier in ROLES[:number]:
            if f"{role}.name" in prepared.filing.evidence and _same_origin(f"{role}.name", f"{earlier}.name", prepared):
                zh, en = headings.title(earlier, "zh"), headings.title(earlier, "en")
                notes[role] = (f"（同{zh}，仅列不同的值）", f" (as the {en.lower()}; only what differs)")
                break
    return notes


def _value_row(path: str, prepared: Prepared, proofs: Proofs) -> ValueRow:
    evidence = prepared.filing.evidence[path]
    return ValueRow(
        label_zh=headings.short_label(path, "zh"),
        label_en=headings.short_label(path, "en"),
        value=printable(_shown(value_at(prepared.filing, path), path)),
        reading=_proof_row(evidence, proofs),
        others=tuple(
            _reading_row(one, proofs)
            for one in evidence[1:]
            if one.method != DERIVED and not same_value(one.value, evidence[0].value)
        ),
    )


def _shown(value: Any, path: str) -> str:
    if isinstance(value, EntityNature):
        return vocabulary.NATURES[value]
    if isinstance(value, Operation):
        return vocabulary.OPERATIONS[value]
    if path.endswith("certificate.type"):
        return vocabulary.CERTIFICATE_TYPES.get(value, str(value))
    if path == "filing.provider":
        return PROVIDERS.get(value, str(value))
    if path.endswith((".platform", ".fingerprint_algorithm")):
        return format_value(value, ("algorithm" if path.endswith("algorithm") else "platform",))
    if path.endswith(".public_key") and len(value) > KEY_SHOWN:
        return f"{value[:60]}……{value[-20:]}（共 {len(value)} 位，全文见 APP 特征信息表）"
    return show(value)


def _proof_row(evidence: Sequence[Evidence], proofs: Proofs) -> ReadingRow:
    """Where the value comes from; a typed or derived value shows the crop of a reading that says the same."""
    row = _reading_row(evidence[0], proofs)
    seen = next((one for one in evidence[1:] if one.box and same_value(one.value, evidence[0].value)), None)
    if row.crop is not None or seen is None:
        return row
    return replace(row, crop=proofs.crop_of(seen), method=f"{row.method}；与 {printable(seen.file)} 一致 agrees")


def _reading_row(evidence: Evidence, proofs: Proofs) -> ReadingRow:
    read = evidence.method not in ("person", DERIVED)
    return ReadingRow(
        value=printable(evidence.value),
        file=printable(evidence.file),
        page=evidence.page,
        method=f"{headings.method(evidence.method, 'zh')} {headings.method(evidence.method, 'en')}",
        confidence=evidence.confidence if read and evidence.method.startswith(("ocr", "tesseract")) else None,
        crop=proofs.crop_of(evidence),
    )

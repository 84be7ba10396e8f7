"""Holds one row of a rule file against what a rule must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any

from pipeline import (
    checks_contacts,
    checks_papers,
    checks_paths,
    checks_people,
    checks_places,
    checks_services,
    checks_values,
)
from pipeline.checks_base import CHECKS, GROUPS, Among, Check
from pipeline.model import EntityNature
from pipeline.vocabulary import CERTIFICATE_TYPES

MODULES = (checks_contacts, checks_papers, checks_people, checks_places, checks_services, checks_values)
"""Imported so that their checks are in the register."""

Data = dict[str, Any]

TOPICS = frozenset(
    [
        "age_min",
        "leader_legal_rep",
        "service_leader",
        "phone_region",
        "phone_unique",
        "phone_emergency",
        "phone_reachable",
        "id_validity",
        "id_document",
        "licence_document",
        "entity_type",
        "residency",
        "company_location",
        "address_format",
        "domain_owner",
        "domain_validity",
        "domain_suffix",
        "domain_certificate",
        "site_count",
        "name_rule",
        "remark_rule",
        "content_type",
        "preapproval",
        "commitment_doc",
        "party_gov_doc",
        "photo_video",
        "site_status",
        "access_rule",
        "change_rule",
        "cancel_rule",
        "migration_rule",
        "sms_verification",
        "app_rule",
        "server_rule",
        "account_rule",
        "deadline",
        "annual_review",
        "required_value",
        "number_format",
        "documents",
    ]
)
SUBJECTS = frozenset(
    {
        "all",
        "organisation",
        "enterprise",
        "individual",
        "government",
        "sole_proprietor",
        "foreign_person",
        "hkmtw_person",
    }
)
WORDS: Mapping[str, frozenset[str]] = {
    "topic": TOPICS,
    "severity": frozenset({"blocker", "warning", "note"}),
    "status": frozenset({"current", "likely_current", "contested", "historical", "retired"}),
    "confidence": frozenset({"high", "medium", "low"}),
    "how": frozenset({"fields", "image", "history", "reminder", "network", "external", "partial", "manual", "info"}),
}
REQUIRED = frozenset(
    {"id", "topic", "applies_to", "requirement", "severity", "status", "confidence", "as_of", "sources"}
)
OPTIONAL = frozenset(
    {
        "province",
        "provider",
        "check",
        "params",
        "message",
        "advice",
        "how",
        "until",
        "note",
        "yields",
        "except_provinces",
        "examples",
    }
)
PATH_KEYS = frozenset({"path", "paths", "left", "right", "who", "person", "needs", "recorded", "pairs", "if_changed"})

PERSON_KEYS = frozenset({"who", "person"})
PERSONS = frozenset({"entity_person", "service_person", "entity.legal_person"})
PATTERN_KEYS = frozenset({"pattern", "if_pattern", "unless", "unless_remark"})
NATURES = frozenset(nature.value for nature in EntityNature)


@dataclass
class Bad(Exception):
    """One thing wrong in one item: `index` counts items from 0, `key` is the item's key."""

    index: int | None
    item: str
    key: str
    expected_zh: str
    expected_en: str


def checked_row(index: int, row: Any, content: Data, tables: Data) -> Data:
    """The row, with what its file says of all rows filled in.

    Raises:
        Bad: a key is missing, unknown or has a wrong value.
    """
    item = str(row.get("id", f"#{index + 1}")) if isinstance(row, dict) else f"#{index + 1}"

    def bad(key: str, zh: str, en: str) -> Bad:
        return Bad(index, item, key, zh, en)

    if not isinstance(row, dict):
        raise bad("-", "一个映射", "a mapping")
    row = {str(key): value for key, value in row.items()}
    try:
        return _checked(row, content, tables, bad)
    except (TypeError, AttributeError) as error:
        raise bad(
            "id", "每个键的值为规定的形状（文字、列表或映射）", "every key to have its shape (text, list or mapping)"
        ) from error


def _checked(row: Data, content: Data, tables: Data, bad: Any) -> Data:
    for key in sorted(REQUIRED - set(row)):
        raise bad(key, "必须填写的键", "this key, it is required")
    for key in sorted(set(row) - REQUIRED - OPTIONAL):
        raise bad(
            key,
            f"已知的键（{'、'.join(sorted(REQUIRED | OPTIONAL))}）",
            f"a known key ({', '.join(sorted(REQUIRED | OPTIONAL))})",
        )
    row = {**{key: content[key] for key in ("province", "provider") if key in content}, **row}
    for key, words in WORDS.items():
        if key in row and row[key] not in words:
            raise bad(key, f"其中之一：{'、'.join(sorted(words))}", f"one of {', '.join(sorted(words))}")
    _check_applies(row, bad)
    _check_texts(row, bad)
    _check_dates(row, bad)
    _check_sources(row, tables, bad)
    if row.get("check") is not None:
        _check_check(row, tables, bad)
        _check_examples(row, bool(content.get("own")), bad)
    if row.get("province") and row["province"] not in {place["name"] for place in tables["provinces"]}:
        raise bad("province", "省份简称，例如 广东", "a province's short Chinese name such as 广东")
    return row


def _check_applies(row: Data, bad: Any) -> None:
    applies = row["applies_to"]
    if not isinstance(applies, dict) or set(applies) != {"subject", "service", "filing"}:
        raise bad("applies_to", "subject、service、filing 三项", "the three keys subject, service and filing")
    if not applies["subject"] or not set(applies["subject"]) <= SUBJECTS:
        raise bad(
            "applies_to", f"subject 取自：{'、'.join(sorted(SUBJECTS))}", f"subject from {', '.join(sorted(SUBJECTS))}"
        )
    if applies["service"] not in ("web", "app", "both"):
        raise bad("applies_to", "service 为 web、app 或 both", "service to be web, app or both")
    if not applies["filing"] or not set(applies["filing"]) <= {"all", *GROUPS}:
        raise bad("applies_to", f"filing 取自：all、{'、'.join(GROUPS)}", f"filing from all, {', '.join(GROUPS)}")


def _check_texts(row: Data, bad: Any) -> None:
    for key in ("requirement", "message", "advice"):
        text = row.get(key)
        if text is not None and (not isinstance(text, dict) or not text.get("zh") or not text.get("en")):
            raise bad(key, "中文 zh 和英文 en 两段文字", "two texts, zh and en")
        if key != "requirement" and text is not None and not (_is_template(text["zh"]) and _is_template(text["en"])):
            raise bad(key, "花括号成对的文字", "texts whose braces come in pairs")


def _is_template(text: str) -> bool:
    try:
        return all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(text))
    except ValueError:
        return False


def _check_dates(row: Data, bad: Any) -> None:
    for key in ("as_of", "until"):
        value = row.get(key)
        if value is None:
            continue
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) or not _is_date(str(value)):
            raise bad(key, "日期，写作 2025-12-31", "a date written 2025-12-31")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_sources(row: Data, tables: Data, bad: Any) -> None:
    sources = row["sources"]
    if not isinstance(sources, list) or not sources:
        raise bad("sources", "至少一个来源编号", "at least one source")
    for name in sources:
        if name not in tables["sources"]:
            raise bad(
                "sources",
                f"sources.yaml 中登记的来源（没有 {name}）",
                f"a source registered in sources.yaml (not {name})",
            )


def _check_check(row: Data, tables: Data, bad: Any) -> None:
    known = CHECKS.get(row["check"])
    if known is None:
        raise bad(
            "check", f"已有的检查：{'、'.join(sorted(CHECKS))}", f"one of the named checks: {', '.join(sorted(CHECKS))}"
        )
    if known.name not in tables["messages"] and not ("message" in row and "advice" in row):
        raise bad("message", "提示文字，因为该检查没有通用文字", "a message, as the check has no general one")
    _check_params(known, row.get("params", {}), bad)
    params = row.get("params", {})
    unknown = {*params.get("documents", ()), *([params["letter"]] if "letter" in params else [])} - {
        kind["id"] for kind in tables["documents"]
    }
    if unknown:
        raise bad(
            "params",
            f"materials.yaml 中的材料（没有 {'、'.join(sorted(unknown))}）",
            f"documents of materials.yaml (not {', '.join(sorted(unknown))})",
        )


def _check_examples(row: Data, own: bool, bad: Any) -> None:
    """A checked rule of ours shows itself at work; a user's own row need not."""
    examples = row.get("examples")
    if examples is None and (own or row["status"] in ("retired", "historical")):
        return
    if not examples or {key for example in examples for key in example} != {"fires", "silent"}:
        raise bad("examples", "至少一个 fires 和一个 silent", "at least one fires and one silent")


def _check_params(known: Check, params: Any, bad: Any) -> None:
    if not isinstance(params, dict):
        raise bad("params", "一个映射", "a mapping")
    for key in sorted(set(known.required) - set(params)):
        raise bad("params", f"参数 {key}（检查 {known.name} 需要）", f"the parameter {key}, which {known.name} needs")
    for key, value in params.items():
        kind = known.required.get(key, known.optional.get(key))
        if kind is None:
            raise bad("params", f"检查 {known.name} 的参数（没有 {key}）", f"a parameter of {known.name} (not {key})")
        if not _fits(value, kind):
            raise bad("params", f"参数 {key} 为 {_words(kind)}", f"{key} to be {_words(kind)}")
        if key in PATH_KEYS:
            _check_paths(value, bad)
        if key in PERSON_KEYS and not set([value] if isinstance(value, str) else value) <= PERSONS:
            raise bad("params", f"{key} 取自：{'、'.join(sorted(PERSONS))}", f"{key} from {', '.join(sorted(PERSONS))}")
        if key in PATTERN_KEYS and isinstance(value, str) and not _is_pattern(value):
            raise bad("params", f"参数 {key} 为正则表达式", f"{key} to be a regular expression")
        _check_words(key, value, _kind(known, key, params), bad)
        if key in ("nature", "before", "after", "unless_nature") and not set(value) <= NATURES:
            raise bad("params", f"{key} 取自：{'、'.join(sorted(NATURES))}", f"{key} from {', '.join(sorted(NATURES))}")


def _kind(known: Check, key: str, params: Data) -> Any:
    """The kind of a parameter; what a type of certificate may be is held against the table of types."""
    if key in ("allowed", "forbidden") and str(params.get("path", "")).endswith("certificate.type"):
        return Among(frozenset(CERTIFICATE_TYPES))
    return known.required.get(key, known.optional.get(key))


def _check_words(key: str, value: Any, kind: Any, bad: Any) -> None:
    unknown = kind.unknown(value) if isinstance(kind, Among) else []
    if unknown:
        zh, en = "、".join(sorted(kind.words)), ", ".join(sorted(kind.words))
        raise bad(
            "params", f"{key} 取自：{zh}（没有 {'、'.join(unknown)}）", f"{key} from {en} (not {', '.join(unknown)})"
        )


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, Among):
        return kind.unknown(value) is not None
    if isinstance(kind, list):
        return value in kind
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _words(kind: Any) -> str:
    if isinstance(kind, Among):
        return "a mapping of lists" if kind.each else "list"
    return kind.__name__ if isinstance(kind, type) else " | ".join(map(str, kind))


def _check_paths(value: Any, bad: Any) -> None:
    for path in [value] if isinstance(value, str) else value:
        if isinstance(path, list):
            _check_paths(path, bad)
            continue
        problem = checks_paths.problem_of(path)
        if problem:
            raise bad("params", f"模型中的路径（{problem}）", f"a path of the model ({problem})")

"""The rulebook: every requirement as data, with who demands it, since when, and how it is checked.

The YAML files under `pipeline/rules` are the truth. `compiled.json` beside them holds the same, already validated,
under the files' digest; it is used only while the digest fits, so an edited file is never overlooked.
Written anew with `python -m pipeline.rulebook`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline import rulebook_files
from pipeline.checks_base import Province
from pipeline.model import Filing, Severity, Text
from pipeline.same import same_person

HERE = Path(__file__).parent / "rules"
COMPILED = HERE / "compiled.json"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Who states a rule: a page, where it is, and the day it speaks of."""

    title: str
    address: str
    date: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement (备案要求). Without `check` it is an item of the checklist for a person.

    `yields` marks a national default that a province's own rule on the same topic replaces; `own` a row of the user's;
    `worded` one with a message of its own.
    """

    id: str
    province: str | None
    provider: str | None
    topic: str
    subject: tuple[str, ...]
    service: str
    filing: tuple[str, ...]
    requirement: Text
    check: str | None
    params: Mapping[str, Any]
    severity: Severity
    status: str
    confidence: str
    as_of: str
    sources: tuple[RuleSource, ...]
    message: Text
    advice: Text
    how: str = "manual"
    until: str = ""
    note: str = ""
    yields: bool = False
    except_provinces: tuple[str, ...] = ()
    own: bool = False
    worded: bool = False


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document (材料): `papers` are the kinds of scan that are one, `a+b` meaning both together.

    `form` is the template we generate; `form_both` the one where one person holds both roles.
    """

    id: str
    zh: str
    en: str
    papers: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    role: str = ""
    form: str = ""
    form_both: str = ""

    def form_for(self, filing: Filing) -> str | None:
        """The template that makes this document for a filing, or None where a person must bring it."""
        one = same_person(filing.entity_person, filing.service_person)
        return (self.form_both if one and self.form_both else self.form) or None


@dataclass(frozen=True)
class Rulebook:
    """All rules with their tables; `version` changes whenever any word of them does."""

    rules: tuple[Rule, ...]
    documents: Mapping[str, DocumentKind]
    provinces: Mapping[str, Province]
    texts: Mapping[str, tuple[Text, Text]]
    version: str

    def rules_for(self, province: str | None, provider: str | None = None) -> tuple[Rule, ...]:
        """National rules and those of one province and provider; `""` or None for "none"."""
        return tuple(
            rule for rule in self.rules if rule.province in (None, province) and rule.provider in (None, provider)
        )

    def rule(self, name: str) -> Rule:
        """The rule with an id. Raises KeyError."""
        return next(rule for rule in self.rules if rule.id == name)

    def province(self, text: str) -> Province | None:
        """A province by short name, full name, English name, letters or GB/T 2260 code."""
        wanted = text.strip().casefold()
        for province in self.provinces.values():
            if wanted in (
                province.name,
                province.full_name,
                province.en.casefold(),
                province.abbr.casefold(),
                province.code,
            ):
                return province
        return None


def load_rulebook(extra_dirs: Iterable[Path] = ()) -> Rulebook:
    """The rulebook, with the user's own rows from `extra_dirs` laid over it. Kept as long as no file changes.

    Raises:
        EnvironmentProblem: a rule file does not load; the message names file, line, item, key and what was expected.
    """
    own = tuple(
        (str(path), path.read_bytes()) for folder in extra_dirs for path in sorted(Path(folder).glob("**/*.yaml"))
    )
    return _load(_files(HERE), own)


def _files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    paths = sorted(path for path in folder.glob("**/*.yaml") if path.name != "images.yaml")
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[str, bytes], ...], own: tuple[tuple[str, bytes], ...]) -> Rulebook:
    digest = _digest(files)
    data = _compiled(digest) or rulebook_files.parse(files)
    if own:
        data = rulebook_files.lay_over(data, own)
        digest = hashlib.sha256(f"{digest}{_digest(own)}".encode()).hexdigest()
    return _build(data, digest[:16])


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    total = hashlib.sha256()
    for name, data in files:
        total.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return total.hexdigest()


def _compiled(digest: str) -> dict[str, Any] | None:
    try:
        data: dict[str, Any] = json.loads(COMPILED.read_bytes())
    except (OSError, ValueError):
        return None
    return data if data.get("digest") == digest else None


def compile_rules() -> Path:
    """Validates the YAML files and writes `compiled.json`; examples stay out of it."""
    files = _files(HERE)
    data = {"digest": _digest(files), **without_examples(rulebook_files.parse(files))}
    COMPILED.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return COMPILED


def without_examples(data: dict[str, Any]) -> dict[str, Any]:
    """The data of the rule files as `compiled.json` holds it."""
    rows = [{key: value for key, value in row.items() if key != "examples"} for row in data["rules"]]
    return {**data, "rules": rows}


def _build(data: Mapping[str, Any], version: str) -> Rulebook:
    texts = {name: (_text(row["message"]), _text(row["advice"])) for name, row in data["messages"].items()}
    sources = {name: RuleSource(row["title"], row["address"], row["date"]) for name, row in data["sources"].items()}
    return Rulebook(
        tuple(_rule(row, sources, texts) for row in data["rules"]),
        {row["id"]: _document(row) for row in data["documents"]},
        {
            row["name"]: Province(
                row["code"], row["name"], row["full_name"], row["en"], row["abbr"], tuple(row["cities"])
            )
            for row in data["provinces"]
        },
        texts,
        version,
    )


def _text(row: Mapping[str, str]) -> Text:
    return Text(row["zh"], row["en"])


def _document(row: Mapping[str, Any]) -> DocumentKind:
    return DocumentKind(
        row["id"],
        row["zh"],
        row["en"],
        tuple(row.get("papers", ())),
        tuple(row.get("aliases", ())),
        row.get("role", ""),
        row.get("generated_by", ""),
        row.get("generated_by_if_one_person", ""),
    )


EMPTY = Text("", "")


def _rule(row: Mapping[str, Any], sources: Mapping[str, RuleSource], texts: Mapping[str, tuple[Text, Text]]) -> Rule:
    applies, check = row["applies_to"], row.get("check")
    message, advice = texts.get(check, (EMPTY, EMPTY)) if check else (EMPTY, EMPTY)
    return Rule(
        id=row["id"],
        province=row.get("province"),
        provider=row.get("provider"),
        topic=row["topic"],
        subject=tuple(applies["subject"]),
        service=applies["service"],
        filing=tuple(applies["filing"]),
        requirement=_text(row["requirement"]),
        check=check,
        params=row.get("params", {}),
        severity=Severity(row["severity"]),
        status=row["status"],
        confidence=row["confidence"],
        as_of=row["as_of"],
        sources=tuple(sources[name] for name in row["sources"]),
        message=_text(row["message"]) if "message" in row else message,
        advice=_text(row["advice"]) if "advice" in row else advice,
        how=row.get("how", "manual"),
        until=row.get("until", ""),
        note=row.get("note", ""),
        yields=row.get("yields", False),
        except_provinces=tuple(row.get("except_provinces", ())),
        own=row.get("own", False),
        worded="message" in row or "advice" in row,
    )


def rules_json(rulebook: Rulebook, province: str | None = None, provider: str | None = None) -> list[dict[str, Any]]:
    """The rules in the shape of `beianbox rules --json`: all of them, or those that hold in one province."""
    chosen = rulebook.rules if province is None else rulebook.rules_for(province, provider)
    return [_row(rule) for rule in chosen]


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "province": rule.province,
        "provider": rule.provider,
        "topic": rule.topic,
        "applies_to": {"subject": list(rule.subject), "service": rule.service, "filing": list(rule.filing)},
        "requirement": {"zh": rule.requirement.zh, "en": rule.requirement.en},
        "check": rule.check,
        "params": dict(rule.params),
        "severity": rule.severity.value,
        "status": rule.status,
        "confidence": rule.confidence,
        "as_of": rule.as_of,
        "until": rule.until or None,
        "how": rule.how,
        "own": rule.own,
        "note": rule.note or None,
        "sources": [{"title": item.title, "address": item.address, "date": item.date} for item in rule.sources],
    }


if __name__ == "__main__":
    print(compile_rules())

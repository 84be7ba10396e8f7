"""What a reviewer may decide and what it means for the filing. Pure: decisions in, claims, readings and findings out.

A decision (复核决定) is a row of the ledger: who, when, old, new. Nothing is ever deleted; `undo` names the decision it
takes back. A correction of a value that was read from a scan mends the reading itself as well, so that papers, roles
and domains are paired by what the paper really says, and it holds at every path that came from the same place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline import claims
from pipeline.claims import Claim, Leaf
from pipeline.model import Box, Evidence, Finding, Severity, Text
from pipeline.reading import Reading
from pipeline.rows import Decision, Json

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

"""What all image checks share: the limits with their sources, which papers are originals, and how a check is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.paper import Paper
from pipeline.errors import EnvironmentProblem
from pipeline.model import ImageCheck, Text

if TYPE_CHECKING:
    from pipeline.rulebook import Rule

LIMITS_FILE = Path(__file__).parent / "rules" / "images.yaml"

CARDS = frozenset(
    {
        "idcard_front",
        "idcard_back",
        "idcard_both",
        "hk_macau_permit",
        "taiwan_permit",
        "residence_front",
        "residence_back",
    }
)
_PERSON_S_PAPER = "entity_person.certificate.valid_to"
NO_ORIGINALS = frozenset({"domain_certificate", "letter", "app_icon", "verification_photo", "app_package"})
"""Everything else is an original that must be photographed itself; certificates printed from a console are exempt."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One number or list, and who demands it."""

    value: Any
    source: str
    date: str


Limits = Mapping[str, Limit]


def load_limits(provider: str = "", path: Path = LIMITS_FILE) -> Limits:
    """The limits of a provider: its own over the defaults; an unknown provider has the defaults."""
    tables = _tables(path)
    return {**tables["default"], **tables.get(provider, {})}


@lru_cache(maxsize=4)
def _tables(path: Path) -> dict[str, dict[str, Limit]]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        sources = content["image_sources"]
        return {
            provider: {
                name: Limit(item["value"], sources[item["source"]]["title"], str(sources[item["source"]]["date"]))
                for name, item in table.items()
            }
            for provider, table in content["image_limits"].items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise EnvironmentProblem(
            f"图片要求文件 {path.name} 无法读取：{error!r}。请恢复该文件或重新安装。",
            f"The picture limits {path.name} could not be loaded: {error!r}. Restore the file or install again.",
        ) from error


def months_of_papers(rules: Iterable[Rule]) -> int | None:
    """How many months certificates must still be valid by the rules given; None where none says so."""
    asked = [
        rule.params["min"] for rule in rules if rule.check == "months_left" and _PERSON_S_PAPER in rule.params["paths"]
    ]
    return max(asked, default=None)


def is_original(paper: Paper) -> bool:
    """Whether the paper's picture must show the original itself.

    An unknown paper is judged as if; where not even a sheet was found the picture may show anything, such as a shop.
    """
    if paper.kind == "unknown":
        return paper.image is not None and bool(paper.image.sheet_found)
    return paper.kind not in NO_ORIGINALS


def made(paper: Paper, code: str, passed: bool | None, measured: str, limit: str, zh: str, en: str) -> ImageCheck:
    """One check of a paper's picture, with its message in both languages."""
    return ImageCheck(code, passed, measured, limit, Text(zh, en), paper.page)


def graded(acceptable: bool, good: bool) -> bool | None:
    """True when good, None when only acceptable, False otherwise."""
    return True if good and acceptable else None if acceptable else False

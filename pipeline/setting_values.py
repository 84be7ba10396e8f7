"""Kinds of values that settings have: each read from what a TOML file or a variable gives, or refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import EnvironmentProblem

PREFIX = "BEIANBOX_"
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One line of the table of settings, for documentation, `doctor` and tests."""

    name: str
    kind: str
    default: object
    zh: str
    en: str

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return PREFIX + self.name.upper()


def _read_path(info: SettingInfo, given: Any, base: Path) -> Path:
    if not isinstance(given, str) or not given:
        raise _wrong(info, given, "路径文字", "a path in quotes")
    return absolute(Path(given), base)


def _read_optional_path(info: SettingInfo, given: Any, base: Path) -> Path | None:
    return None if given is None else _read_path(info, given, base)


def _read_place(info: SettingInfo, given: Any, base: Path) -> str:
    if isinstance(given, str) and "://" in given:
        return given
    return str(_read_path(info, given, base))


def _read_key(info: SettingInfo, given: Any, base: Path) -> str:
    """A file, or `keyring:` and a name."""
    if not given or (isinstance(given, str) and given.startswith("keyring:")):
        return str(given)
    return str(_read_path(info, given, base))


def _read_store(info: SettingInfo, given: Any, base: Path) -> Path | str:
    place = _read_place(info, given, base)
    return place if "://" in place else Path(place)


def _read_options(info: SettingInfo, given: Any, _base: Path) -> dict[str, Any]:
    """A TOML table, or JSON as a variable gives it; what is wrong is not shown, since it may hold a key."""
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _wrong(info, "…", "TOML 表，或 JSON 对象", "a table in TOML, or a JSON object in the variable")
    return found


def _read_seconds(info: SettingInfo, given: Any, _base: Path) -> float:
    number = _number(given, float)
    if number is None or not 0 < number <= 86_400:
        raise _wrong(info, given, "大于 0、不超过 86400 的秒数", "seconds above 0 and at most 86400")
    return float(number)


def _read_count(info: SettingInfo, given: Any, _base: Path) -> int:
    number = _number(given, int)
    if number is None or number < 0:
        raise _wrong(info, given, "不小于 0 的整数", "a whole number of 0 or more")
    return int(number)


def _read_memory(info: SettingInfo, given: Any, base: Path) -> int:
    number = _read_count(info, given, base)
    if 0 < number < _GIB:
        raise _wrong(info, given, "0，或不小于 1073741824（1 GiB）的整数", "0, or at least 1073741824 (1 GiB)")
    return number


def _read_percent(info: SettingInfo, given: Any, _base: Path) -> int:
    number = _number(given, int)
    if number is None or not 0 <= number <= 100:
        raise _wrong(info, given, "0 到 100 的整数", "a whole number from 0 to 100")
    return int(number)


def _read_names(info: SettingInfo, given: Any, _base: Path) -> tuple[str, ...]:
    """A TOML list, or names with commas between them as a variable gives them."""
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
        raise _wrong(info, given, "名称列表，用逗号分隔", "a list of names, with commas between them")
    return tuple(one.strip() for one in names if one.strip())


def _read_cron(info: SettingInfo, given: Any, _base: Path) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"\S+( +\S+){4}", given.strip()):
        raise _wrong(info, given, "五段 cron 表达式，如 0 2 * * *", "five cron fields such as 0 2 * * *")
    return given.strip()


def _read_choice(info: SettingInfo, given: Any, _base: Path) -> str:
    choices = info.kind.split("|")
    if given not in choices:
        raise _wrong(info, given, "、".join(choices) + " 之一", "one of " + ", ".join(choices))
    return str(given)


READERS: dict[str, Callable[[SettingInfo, Any, Path], Any]] = {
    "path": _read_path,
    "optional path": _read_optional_path,
    "place": _read_place,
    "store": _read_store,
    "options": _read_options,
    "key": _read_key,
    "seconds": _read_seconds,
    "count": _read_count,
    "memory": _read_memory,
    "percent": _read_percent,
    "names": _read_names,
    "cron": _read_cron,
    "zh|en": _read_choice,
    "auto|ppocr|tesseract|both": _read_choice,
}


def _number(given: Any, kind: type[int] | type[float]) -> int | float | None:
    """A number as TOML or a variable gives it; a TOML text or truth value is no number."""
    if isinstance(given, bool) or (kind is int and isinstance(given, float)):
        return None
    try:
        return kind(given)
    except (TypeError, ValueError):
        return None


def _wrong(info: SettingInfo, given: Any, zh: str, en: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"设置 {info.name}（环境变量 {info.variable}）的值 {given!r} 无效，应为{zh}。",
        f"The setting {info.name} (variable {info.variable}) is {given!r}; it must be {en}.",
    )


def absolute(path: Path, base: Path) -> Path:
    """A path without `~`, from `base` where it is relative."""
    try:
        return base / path.expanduser()
    except RuntimeError as error:
        raise EnvironmentProblem(
            f"路径 {path} 中的 ~ 无法展开：找不到用户目录。请写完整路径。",
            f"The ~ in {path} stands for no folder: no home of a user was found. Write the path in full.",
        ) from error

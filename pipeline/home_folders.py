"""The folders that settings name: made where they are missing, closed to others, and apart from the inbox."""

from __future__ import annotations

import stat
from pathlib import Path

from pipeline.errors import EnvironmentProblem
from pipeline.settings import FILE_NAME, Settings

_OWN_PLACES = frozenset(
    {
        FILE_NAME,
        "inbox",
        "store",
        "bundles",
        "rejected",
        "prefect",
        "templates",
        "work",
        "state.db",
        "state.db-wal",
        "state.db-shm",
    }
)
_LEDGER_COPY = "state.db.before-"  # kept beside a ledger that a newer beianbox has brought up to date


def prepare_places(settings: Settings) -> None:
    """Makes the home (0700) and the folders in it; refuses a home that others can read.

    Raises:
        EnvironmentProblem: a folder cannot be made, is open to others, or lies inside the inbox.
    """
    check_places(settings)
    _make_folder(settings.home)
    _close_to_others(settings.home)
    _make_folder(settings.inbox)
    for name, folder in _own_folders(settings).items():
        _make_folder(folder)
        if not folder.is_relative_to(settings.home) and is_open_to_others(folder):
            raise _open_folder(name, folder)


def check_places(settings: Settings) -> None:
    """Refuses to keep anything of ours inside the inbox: it would be taken for a customer's file.

    Raises:
        EnvironmentProblem: naming the setting and both places.
    """
    inbox = settings.inbox.resolve()
    ours = {"home": settings.home, **_own_folders(settings)}
    if "://" not in settings.ledger:
        ours["ledger"] = Path(settings.ledger)
    for name, place in ours.items():
        if place.resolve().is_relative_to(inbox):
            raise EnvironmentProblem(
                f"设置 {name} 的位置 {place} 在收件箱 {inbox} 之内，其中的文件会被当作来件。请改到收件箱之外。",
                f"The place of {name}, {place}, lies inside the inbox {inbox}: its files would be taken as arrivals. "
                "Move one of the two.",
            )
        if name != "home" and inbox.is_relative_to(place.resolve()):
            raise EnvironmentProblem(
                f"收件箱 {inbox} 在 {name} 的位置 {place} 之内。请改到别处。",
                f"The inbox {inbox} lies inside the place of {name}, {place}. Move one of the two.",
            )


def _own_folders(settings: Settings) -> dict[str, Path]:
    """The folders besides the home that hold what came in or was made; what is kept elsewhere has none."""
    found = {name: getattr(settings, name) for name in ("store", "bundles", "rejected")}
    return {name: place for name, place in found.items() if isinstance(place, Path)}


def is_open_to_others(folder: Path) -> bool:
    """Whether the group or others have any right on a folder."""
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(
            f"无法建立目录 {folder}：{error.strerror}。请检查上级目录的权限，或用 BEIANBOX_HOME 指定其他主目录。",
            f"The folder {folder} cannot be made: {error.strerror}. "
            "Check the rights of the folder above it, or name another home by BEIANBOX_HOME.",
        ) from error


def _close_to_others(home: Path) -> None:
    """Makes a home private that is new or holds nothing but our own places, such as an inbox made by hand.

    Any other folder in use is left alone: it may be a person's own.
    """
    if not is_open_to_others(home):
        return
    if not all(_is_own(entry.name) for entry in home.iterdir()):
        raise _open_folder("home", home)
    home.chmod(0o700)


def _is_own(name: str) -> bool:
    return name in _OWN_PLACES or name.startswith(_LEDGER_COPY)


def _open_folder(name: str, folder: Path) -> EnvironmentProblem:
    mode = stat.S_IMODE(folder.stat().st_mode)
    zh = "主目录" if name == "home" else f"设置 {name} 的目录"
    en = "the home folder" if name == "home" else f"the folder of {name},"
    return EnvironmentProblem(
        f"{zh} {folder} 其他用户也能访问（权限 {mode:o}），其中会有身份证件。请执行 chmod 700 {folder}，或另选目录。",
        f"Other users can enter {en} {folder} (mode {mode:o}), and it holds ID cards. "
        f"Run chmod 700 {folder}, or choose another folder.",
    )

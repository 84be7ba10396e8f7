"""Whether folders and the store take files: each is tried, and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from pipeline.checkup import LATER, Checkup
from pipeline.errors import EnvironmentProblem
from pipeline.home_folders import check_places, is_open_to_others
from pipeline.model import Text
from pipeline.settings import Settings


def check_home(home: Path) -> Checkup:
    """The home folder is closed to everyone else: it holds ID cards."""
    try:
        is_open = is_open_to_others(home)
    except FileNotFoundError:
        return Checkup(
            "home_rights", None, f"主目录 {home} 尚未建立", f"The home folder {home} is not there yet", LATER
        )
    if not is_open:
        return Checkup("home_rights", True, f"主目录 {home} 仅本人可访问", f"Only its owner can enter {home}")
    todo = Text(f"请执行 chmod 700 {home}", f"Run chmod 700 {home}")
    return Checkup("home_rights", False, f"其他用户也能访问主目录 {home}", f"Other users can enter {home}", todo)


def check_apart(settings: Settings) -> Checkup:
    """Nothing of ours lies inside the inbox."""
    try:
        check_places(settings)
    except EnvironmentProblem as problem:
        return Checkup("places", False, problem.zh, problem.en, Text("请修改设置", "Change the settings"))
    return Checkup("places", True, "各目录与收件箱互不重叠", "No folder of ours overlaps the inbox")


def check_folder(name: str, folder: Path) -> Checkup:
    """A folder takes a file, lets it be renamed and removed; one that is not there can be made."""
    title = f"folder_{name}"
    if not folder.exists():
        return _check_missing_folder(title, folder)
    probe = folder / f".beianbox-probe-{os.getpid()}"
    renamed = probe.with_name(probe.name + "-2")
    try:
        probe.write_bytes(b"probe")
        probe.rename(renamed)
        renamed.unlink()
    except OSError as error:
        todo = Text(f"请修改 {folder} 的权限或所有者", f"Change the rights or the owner of {folder}")
        zh = f"{folder} 无法写入、改名或删除文件：{error.strerror}"
        return Checkup(
            title, False, zh, f"Files cannot be written, renamed and removed in {folder}: {error.strerror}", todo
        )
    finally:
        _remove(probe, renamed)
    return Checkup(
        title, True, f"{folder} 可写入、改名、删除", f"Files can be written, renamed and removed in {folder}"
    )


def check_remote_store(settings: Settings) -> Checkup:
    """An object store takes a file, gives it back and removes it."""
    from pipeline.store import open_store
    from pipeline.store_remote import shown

    place = shown(str(settings.store))
    try:
        with tempfile.TemporaryDirectory() as work:
            store = open_store(settings.store, Path(work), options=settings.store_options, vault=settings.open_vault())
            probe = store.put_bytes(os.urandom(32))
            is_sound = store.is_sound(probe.sha256)
            store.remove(probe.sha256)
    except EnvironmentProblem as problem:
        return Checkup("store", False, problem.zh, problem.en, Text("按提示处理", "Do as the message says"))
    if is_sound:
        return Checkup("store", True, f"{place} 可写入、读取、删除", f"{place} takes, gives and removes")
    todo = Text("请检查对象存储服务", "Check the object store")
    zh, en = f"{place} 取回的内容与存入的不同", f"{place} gives back other bytes than it was given"
    return Checkup("store", False, zh, en, todo)


def check_same_disk(inbox: Path) -> Checkup:
    """Originals can be moved aside by a rename: `.taken` is no mount of its own."""
    taken = inbox / ".taken"
    try:
        is_same = not taken.exists() or taken.stat().st_dev == inbox.stat().st_dev
    except OSError as error:
        return Checkup(
            "same_disk", None, f"无法检查 {taken}：{error.strerror}", f"{taken} cannot be checked: {error.strerror}"
        )
    if is_same:
        return Checkup("same_disk", True, "收件箱与 .taken 在同一文件系统", "The inbox and .taken share a file system")
    todo = Text(f"请取消 {taken} 的单独挂载，或删除该链接", f"Unmount {taken}, or remove the link")
    return Checkup("same_disk", False, f"{taken} 在另一文件系统上", f"{taken} lies on another file system", todo)


def check_space(folder: Path, wanted: int) -> Checkup:
    """Enough free space to take files."""
    try:
        free = shutil.disk_usage(_existing(folder)).free
    except OSError as error:
        return Checkup(
            "space", None, f"无法检查磁盘空间：{error.strerror}", f"Free space is not known: {error.strerror}"
        )
    zh, en = f"剩余空间 {free >> 20} MiB，需要 {wanted >> 20} MiB", f"{free >> 20} MiB free, {wanted >> 20} MiB wanted"
    if free >= wanted:
        return Checkup("space", True, zh, en)
    return Checkup("space", False, zh, en, Text("请清理磁盘", "Free some disk space"))


def _check_missing_folder(title: str, folder: Path) -> Checkup:
    above = _existing(folder)
    if os.access(above, os.W_OK | os.X_OK):
        return Checkup(title, None, f"{folder} 尚未建立", f"{folder} is not there yet", LATER)
    todo = Text(f"请修改 {above} 的权限", f"Change the rights of {above}")
    return Checkup(title, False, f"无法在 {above} 中建立 {folder}", f"{folder} cannot be made in {above}", todo)


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _remove(*paths: Path) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue

"""Where keys are kept: a file that nobody else can read, one key a line in base64, or the system's keyring."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.vault import KEY_BYTES, Vault, VaultProblem

KEYRING = "keyring:"
"""Before the name under which the system's keyring knows the keys."""

_SERVICE = "beianbox"


def open_vault(place: str) -> Vault:
    """The vault with the keys at a place: a file, or `keyring:` and a name.

    Raises:
        VaultProblem: there are no keys, or others can read them.
    """
    return Vault(_keys_at(place))


def count_keys(place: str) -> int:
    """How many keys there are at a place."""
    return len(_keys_at(place))


def _keys_at(place: str) -> list[bytes]:
    keys = [_key_in(line, place) for line in _read_at(place).split()]
    if not keys:
        raise _no_key(place)
    return keys


def make_key(place: str, *, rotate: bool = False) -> None:
    """Makes a key where there is none; with `rotate` puts a new one before those that are there.

    Raises:
        VaultProblem: there are keys already, or none to rotate, or they cannot be written.
    """
    known = _text_at(place)
    if rotate and not known:
        raise _no_key(place)
    if known and not rotate:
        raise VaultProblem(
            f"{place} 已有密钥，不会覆盖：没有它就无法读取已加密的内容。更换密钥请用 --rotate。",
            f"{place} holds a key already, and it is not overwritten: without it nothing encrypted can be read. "
            "To change keys use --rotate.",
        )
    fresh = base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")
    _write_at(place, "\n".join([fresh, *known.split()]) + "\n")


def keep_first_key(place: str) -> None:
    """Leaves the first key alone, once nothing is sealed with the others."""
    if count_keys(place) > 1:
        _write_at(place, _read_at(place).split()[0] + "\n")


def ensure_writable(place: str) -> None:
    """Raises `VaultProblem` where the keys cannot be written: they are, as they stand."""
    _keys_at(place)
    _write_at(place, _read_at(place))


def _text_at(place: str) -> str:
    try:
        return _read_at(place)
    except _NoKey:
        return ""


def _read_at(place: str) -> str:
    return _from_keyring(place.removeprefix(KEYRING)) if place.startswith(KEYRING) else _from_file(Path(place))


def _write_at(place: str, text: str) -> None:
    if place.startswith(KEYRING):
        with _keyring_errors():
            import keyring

            keyring.set_password(_SERVICE, place.removeprefix(KEYRING), text)
        return
    path = Path(place)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise VaultProblem(
            f"无法写入密钥文件 {place}：{error.strerror}。",
            f"The key file {place} cannot be written: {error.strerror}.",
        ) from error


class _NoKey(VaultProblem):
    """There is none yet."""


def _from_file(path: Path) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (os.getuid(), 0):
            raise VaultProblem(
                f"密钥文件 {path} 不安全：须为普通文件，属于本账号，且只有本人可读。请执行 chmod 600 {path}。",
                f"The key file {path} is not safe: it must be a plain file of this account that nobody else can read. "
                f"Run chmod 600 {path}.",
            )
        return path.read_text("ascii")
    except FileNotFoundError:
        raise _no_key(str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise VaultProblem(
            f"密钥文件 {path} 无法读取（{type(error).__name__}）。请检查权限与内容。",
            f"The key file {path} cannot be read ({type(error).__name__}). Check its rights and what is in it.",
        ) from error


def _from_keyring(name: str) -> str:
    with _keyring_errors():
        import keyring

        found: str | None = keyring.get_password(_SERVICE, name)
    if not found:
        raise _no_key(KEYRING + name)
    return found


@contextmanager
def _keyring_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # every keyring has errors of its own, and without the package there is none
        raise VaultProblem(
            f"系统密钥环不可用（{type(error).__name__}）。请安装 beianbox[keyring] 并登录桌面会话，或改用密钥文件。",
            f"The system's keyring cannot be used ({type(error).__name__}). Install beianbox[keyring] and log in to a "
            "session that has one, or use a key file.",
        ) from error


def _key_in(line: str, place: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultProblem(
            f"{place} 中有一行不是密钥（应为 32 字节的 base64）。请从备份恢复，或用 beianbox key 生成。",
            f"A line of {place} is no key (32 bytes in base64). Restore it from a backup, or make one with beianbox key.",
        )
    return key


def _no_key(place: str) -> VaultProblem:
    return _NoKey(
        f"找不到密钥：{place}。新建请用 beianbox key；若已有加密内容，请恢复原密钥，否则无法读取。",
        f"There is no key at {place}. Make one with beianbox key; where things are encrypted already restore the key "
        "they were encrypted with: without it nobody can read them.",
    )

"""`beianbox key`: makes the key that `key_file` names, or a new one before the old."""

from __future__ import annotations

import os
from typing import Any

from pipeline import vault_keys
from pipeline.errors import UsageError
from pipeline.settings import load_settings


def run(*, rotate: bool) -> dict[str, Any]:
    """Makes a key; gives what the command prints.

    Raises:
        UsageError: the settings name no place for it.
        VaultProblem: there is a key already, or none to rotate.
    """
    place = load_settings(os.environ).key_file
    if not place:
        raise UsageError(
            '请先在 beianbox.toml 中写明密钥的位置，例如 key_file = "/etc/beianbox/key"，再运行 beianbox key。',
            'First name a place for the key in beianbox.toml, such as key_file = "/etc/beianbox/key"; then run beianbox key.',
        )
    vault_keys.make_key(place, rotate=rotate)
    return {"key_file": place, "keys": vault_keys.count_keys(place)}


def as_text(made: dict[str, Any], lang: str) -> str:
    """What is to be done now."""
    place, count = made["key_file"], made["keys"]
    if lang == "zh":
        return f"密钥已写入 {place}（共 {count} 把，新内容用第一把加密）。\n请另存一份副本，与数据备份分开：没有它，任何人都无法读取已加密的内容。"
    return (
        f"The key was written to {place} ({count} in all; the first one encrypts what is new).\n"
        "Keep a copy apart from the backups of the data: without it nobody can read what was encrypted."
    )

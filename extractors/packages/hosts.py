"""Host names: which part of one is registered, and whose a name cannot be an app's own.

`data/hosts.json` lists, by registrable name, documentation (schemas, licences, manuals, certificate authorities that
every app carries) and platforms (clouds, stores, social networks: nobody can file a name below theirs as his own).
Both lists are our own.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("data") / "hosts.json"
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,22}[a-z0-9]")


def host_in(text: str) -> str:
    """Return the host name or public address a text is, in lower case; empty where it is neither."""
    host = text.lower().strip(".-").removeprefix("*.")
    return host if _HOST.fullmatch(host) or is_public_address(host) else ""


def is_public_address(text: str) -> bool:
    """Whether a text is an IP address of the public internet."""
    if not text[:1].isdigit():
        return False
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def registrable(host: str) -> str:
    """Return the part of a host name that is registered, `a.b.com.cn` -> `b.com.cn`; empty below no known ending."""
    suffix = _endings().publicsuffix(host, accept_unknown=False)
    if suffix is None or suffix == host:
        return ""
    return ".".join(host.split(".")[-suffix.count(".") - 2 :])


@functools.cache
def _endings() -> Any:
    # Reads its list when made, so only when a host was found. The list's private part names clouds, which is ours to know.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


@functools.cache
def _listed() -> frozenset[str]:
    return frozenset(name for names in json.loads(_DATA.read_text(encoding="utf-8")).values() for name in names)


def is_of_others(registered: str) -> bool:
    """Whether a registrable name belongs to documentation or a platform."""
    return registered in _listed()

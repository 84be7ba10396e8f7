"""Domain names: what is one, which part of it was registered, and what it ends with. Pure; nothing here raises.

Endings come from the public suffix list (publicsuffix.org, its ICANN part) in the package publicsuffixlist; names
outside ASCII are compared in their xn-- form (IDNA 2008, RFC 5891). A filing counts levels from the right: the
registered name is the second level, and a name below `com.cn` is still one (validation rules of the providers).
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

LABELS = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-)){1,4}")
LONGEST = 253
"""Characters of a whole name, its dots counted (RFC 1035)."""


def ascii_name(name: str) -> str:
    """The name in lower case and xn-- form; empty where it cannot be one."""
    text = name.strip().rstrip(".").lower()
    if text.isascii():
        return text
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""


def is_domain(name: str) -> bool:
    """Whether it is a name of two to five labels under an ending that exists; a Chinese name counts in its xn-- form."""
    text = ascii_name(name)
    return len(text) <= LONGEST and bool(LABELS.fullmatch(text)) and _known_ending(text)


def registrable(name: str) -> str:
    """The part of a domain that is registered: `a.com.cn` of `www.a.com.cn`, as it was written; else the name itself."""
    text = ascii_name(name)
    found = _list(_ending(text)).privatesuffix(text) if LABELS.fullmatch(text) else None
    labels = name.strip().lower().rstrip(".").split(".")
    return ".".join(labels[-(found.count(".") + 1) :]) if found else ".".join(labels)


def suffix(name: str) -> str:
    """What follows the registered label: `gov.cn` of `a.gov.cn`, `com` of `a.com`."""
    return registrable(name).partition(".")[2]


def label(name: str) -> str:
    """The registered label without its ending (域名前缀): `a` of `www.a.com.cn`."""
    return registrable(name).partition(".")[0]


def levels(name: str) -> int:
    """How many levels a name has, the registered one being the second."""
    return 2 + name.strip().rstrip(".").count(".") - registrable(name).count(".")


def _known_ending(text: str) -> bool:
    return _list(_ending(text)).publicsuffix(text, accept_unknown=False) not in (None, text)


def _ending(text: str) -> str:
    return text.rpartition(".")[2]


@functools.cache
def _list(ending: str) -> Any:
    """The rules for names under one last label: to read all ten thousand takes longer than the rest of a check."""
    import publicsuffixlist

    lines = Path(publicsuffixlist.PSLFILE).read_text("utf-8").splitlines()
    shown = (ending, _unicode(ending))  # the list has names outside ASCII as they are read
    kept = [line for line in lines if line.rstrip().endswith(shown) or line.startswith("// ===")]
    return publicsuffixlist.PublicSuffixList(kept, only_icann=True)


def _unicode(ending: str) -> str:
    if not ending.startswith("xn--"):
        return ending
    import idna

    try:
        return idna.decode(ending)
    except (idna.IDNAError, UnicodeError):
        return ending

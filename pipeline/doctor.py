"""What on this machine keeps beianbox from working, and what to do about it.

Each checkup tries the real thing: it writes, renames and removes a file in each folder, asks Tesseract for its
languages, opens the ledger. Trouble is found before work, not after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline import doctor_ledger, doctor_places, doctor_program
from pipeline.checkup import Checkup
from pipeline.settings import Settings


def examine(settings: Settings) -> tuple[Checkup, ...]:
    """All checkups, always in the same order; makes no folder and leaves nothing behind."""
    places = {
        "home": settings.home,
        "inbox": settings.inbox,
        "store": settings.store,
        "bundles": settings.bundles,
        "rejected": settings.rejected,
    }
    folders = {name: place for name, place in places.items() if isinstance(place, Path)}
    checks: list[Callable[[], Checkup]] = [
        doctor_program.check_python,
        lambda: doctor_places.check_home(settings.home),
        lambda: doctor_places.check_apart(settings),
        *(lambda name=name, place=place: doctor_places.check_folder(name, place) for name, place in folders.items()),
        *([lambda: doctor_places.check_remote_store(settings)] if isinstance(settings.store, str) else []),
        lambda: doctor_places.check_same_disk(settings.inbox),
        lambda: doctor_places.check_space(settings.home, settings.min_free_bytes),
        lambda: doctor_ledger.check_encryption(settings),
        lambda: doctor_ledger.check_ledger(settings),
        lambda: doctor_ledger.check_given_up(settings),
        lambda: doctor_ledger.check_clock(settings),
        doctor_program.check_readers,
        doctor_program.check_tesseract,
        doctor_program.check_models,
        doctor_program.check_fonts,
        doctor_program.check_package_names,
        doctor_program.check_prefect,
    ]
    return tuple(check() for check in checks)


def as_text(checkups: Iterable[Checkup], lang: str) -> str:
    """The checkups as lines for a person: good, worth knowing (`-`), and bad, each bad one with what to do."""
    lines: list[str] = []
    for one in checkups:
        mark = {True: "✓", False: "✗", None: "-"}[one.ok]
        lines.append(f"{mark} {one.name}: {one.zh if lang == 'zh' else one.en}")
        todo = one.todo.zh if lang == "zh" else one.todo.en
        if todo and one.ok is not True:
            lines.append(f"    → {todo}")
    return "\n".join(lines)

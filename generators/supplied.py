"""Pages of PDFs that others made: cleaned in a limited child process, and set on our pages as sharp as they came.

A page that cannot be cleaned, or that no PDF/A may hold as it is (a font left outside, colours for a press), is not an
error here: the caller has its picture.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).with_name("clean_child.py")
WALL_SECONDS = 9.0


def clean_pages(pdf: bytes, numbers: Sequence[int]) -> dict[int, bytes]:
    """The pages asked for, each as a cleaned PDF of one page by its number; empty where they cannot be had.

    Args:
        pdf: the supplied file; it was opened and drawn without trouble before.
        numbers: pages from 1.
    """
    cleaned = _ask_child(pdf, numbers)
    return dict(zip(numbers, _single_pages(cleaned), strict=True)) if cleaned else {}


def without_active_parts(pdf: bytes) -> bytes:
    """A template of a provider without scripts, attachments and actions; fields and all that the pages show stay.

    Raises:
        ValueError: the file cannot be read, or needs a password.
    """
    import pikepdf

    from generators.clean_child import strip_active

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            strip_active(opened)
            opened.save(out, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:  # two families
        raise ValueError(str(error)) from error
    return out.getvalue()


def _ask_child(pdf: bytes, numbers: Sequence[int]) -> bytes:
    command = [sys.executable, "-I", str(PROGRAM), *map(str, numbers)]
    try:
        done = subprocess.run(command, input=pdf, capture_output=True, timeout=WALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return b""
    head, _, cleaned = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head or not json.loads(head)["fit"]:
        return b""
    return cleaned


def _single_pages(pdf: bytes) -> list[bytes]:
    from pypdf import PdfReader, PdfWriter

    made = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        writer = PdfWriter()
        writer.add_page(page)
        out = io.BytesIO()
        writer.write(out)
        made.append(out.getvalue())
    return made

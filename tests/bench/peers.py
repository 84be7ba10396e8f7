"""Other programs that make PDFs, given the same text, font and pictures as ours.

They are no dependencies of ours: `BEIANBOX_BENCH_PEERS` names a Python that has some of them (fpdf2, weasyprint, typst),
else this one is asked. This file is also the program that is run there, so it imports nothing of ours at its top.
"""

from __future__ import annotations

import html
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FONT = Path(__file__).resolve().parents[2] / "generators" / "fonts" / "NotoSerifSC-Regular.ttf"
SECONDS = 3.0
Content = Mapping[str, Any]


def show(unit: str, content: Content, *, per: int = 1) -> None:
    """Prints a line for each peer: how many of `unit` it makes in a second of CPU; one call makes `per` of them."""
    python = os.environ.get("BEIANBOX_BENCH_PEERS", sys.executable)
    for name in PEERS:
        command = [python, str(Path(__file__).resolve()), name]
        done = subprocess.run(command, input=json.dumps(content), capture_output=True, text=True, check=False)
        said = f"{float(done.stdout) * per:7.1f} {unit} a second of CPU" if done.returncode == 0 else _why(done.stderr)
        print(f"{name:<58} {said}", flush=True)


def _why(stderr: str) -> str:
    return stderr.strip().splitlines()[-1] if stderr.strip() else "failed"


def fpdf2(content: Content) -> bytes:
    """Text broken at any character (`CHAR`), the way fpdf2 has for Chinese."""
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_font("body", fname=str(FONT))
    pdf.set_font("body", size=11.5)
    if "paragraphs" in content:
        pdf.add_page()
    for text in content.get("paragraphs", ()):
        pdf.multi_cell(0, 7, text, wrapmode="CHAR", new_x="LMARGIN", new_y="NEXT")
    for caption, picture in zip(content.get("captions", ()), content.get("pictures", ()), strict=True):
        pdf.add_page()
        pdf.cell(0, 8, caption, new_x="LMARGIN", new_y="NEXT")
        pdf.image(picture, w=pdf.epw)
    return bytes(pdf.output())


def weasyprint(content: Content) -> bytes:
    """HTML with our font."""
    from weasyprint import HTML

    body = "".join(f"<p>{html.escape(text)}</p>" for text in content.get("paragraphs", ()))
    for caption, picture in zip(content.get("captions", ()), content.get("pictures", ()), strict=True):
        body += f"<p style='page-break-before:always'>{html.escape(caption)}</p><img style='width:100%' src='file://{picture}'>"
    style = f"@font-face{{font-family:body;src:url('file://{FONT}')}} body{{font:11.5pt/20pt body}} @page{{size:A4}}"
    return bytes(HTML(string=f"<html lang='zh'><style>{style}</style><body>{body}</body></html>").write_pdf())


def typst(content: Content) -> bytes:
    """Typst's own compiler; it has the Chinese rules of lines."""
    import typst as compiler

    lines = ['#set text(font: "Noto Serif SC", size: 11.5pt, lang: "zh"); #set par(justify: true)']
    lines += [f"#{json.dumps(text, ensure_ascii=False)}\n" for text in content.get("paragraphs", ())]
    for caption, picture in zip(content.get("captions", ()), content.get("pictures", ()), strict=True):
        lines.append(
            f"#pagebreak(weak: true)\n#{json.dumps(caption, ensure_ascii=False)}\n#image({json.dumps(picture, ensure_ascii=False)})"
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.typ"
        source.write_text("\n".join(lines), encoding="utf-8")
        return bytes(compiler.compile(str(source), root="/", font_paths=[str(FONT.parent)]))


PEERS: dict[str, Callable[[Content], bytes]] = {made.__name__: made for made in (fpdf2, weasyprint, typst)}
MODULES = {"fpdf2": "fpdf"}


def main(name: str) -> int:
    """Measures one peer, after one warm-up, and prints calls a second of CPU."""
    if importlib.util.find_spec(MODULES.get(name, name)) is None:
        print("not installed (BEIANBOX_BENCH_PEERS names a Python that has it)", file=sys.stderr)
        return 1
    content = json.load(io.TextIOWrapper(sys.stdin.buffer, "utf-8"))
    PEERS[name](content)
    began, done = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        PEERS[name](content)
        done += 1
    print(done / (time.process_time() - began))
    return 0


if __name__ == "__main__":
    sys.path.pop(0)  # this folder has modules of its own names
    sys.exit(main(sys.argv[1]))

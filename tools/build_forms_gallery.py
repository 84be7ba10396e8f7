"""Draws every form for a fictional unit and a fictional person and shows them in `docs/forms`.

Run `python tools/build_forms_gallery.py` after a form was changed, look at the pictures, and commit them: the suite
holds every form against its picture.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from generators import forms  # noqa: E402
from samples import form_specimens  # noqa: E402

FOLDER = ROOT / "docs/forms"
SCALE = 1.15
GREYS = 8
STEP = 255 / (GREYS - 1)
OTHERWISE = {
    "no_training": {"province": "四川"},
    "no_finance": {"province": "四川"},
    "foreign_legal_rep": {"province": "山东"},
    "name_content_note": {"province": "四川"},
    "cancel_access_confirmation": {"operation": "cancel_access"},
    "deregister_letter": {"operation": "deregister_entity"},
    "deregister_shell_entity": {"operation": "deregister_entity"},
}
"""What a form's specimen says that the others do not: a province that asks for more, the form's own operation."""


def main() -> None:
    """Writes the gallery anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, picture in pictures().items():
        picture.save(FOLDER / name, optimize=True)
    (FOLDER / "README.md").write_text(page(), "utf-8")


def specimens(template: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The values each form is shown with; `-person` after its name for a natural person."""
    spec = forms.describe(template)
    change = {"province": spec.province or "广东", **OTHERWISE.get(template, {})}
    if "seal_unit" in spec.sign or not spec.sign_individual:
        yield template, {**form_specimens.unit(), **change}
    if spec.sign_individual:
        yield f"{template}-person", {**form_specimens.individual(), **change}


def pictures() -> dict[str, Image.Image]:
    """File name to picture, for every page of every form."""
    found = {}
    for template in forms.template_ids():
        for name, values in specimens(template):
            for number, picture in enumerate(render(forms.render(template, values)), 1):
                found[f"{name}-{number}.png"] = picture
    return found


def render(pdf: bytes) -> Iterator[Image.Image]:
    """The pages in a few greys, which keeps the files small and print readable."""
    import pypdfium2

    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    for page in document:
        grey = page.render(scale=SCALE, grayscale=True).to_pil()
        yield grey.point(lambda value: round(round(value / STEP) * STEP)).quantize(GREYS)
    document.close()


def page() -> str:
    """docs/forms/README.md."""
    lines = [
        "# Forms and letters / 表格与函件",
        "",
        "Every form beianbox draws, filled with fictional values. The clauses are in our own words: where a form says",
        "*compare*, hold it against the provider's current download, or fill that one with `beianbox fill`. Rules, dashed",
        "boxes and frames stay empty for a hand: seals, signatures, fingerprints, dates of signing.",
        "",
        "beianbox 生成的全部表格，内容均为虚构。条款为自拟文字：注有“核对”的，请与服务商当前提供的模板比对，或用 `beianbox fill`",
        "填写服务商的模板。横线、虚线框、空白框留给手写、签字、盖章、按手印和签署日期，程序不会填写。",
        "",
    ]
    for template in forms.template_ids():
        lines += _section(template)
    return "\n".join(lines)


def _section(template: str) -> list[str]:
    spec = forms.describe(template)
    names = [path.name for name, _ in specimens(template) for path in sorted(FOLDER.glob(f"{name}-[0-9].png"))]
    signing = "；".join(
        f"{whom}{'、'.join(forms.SIGNS[key].zh for key in keys)}"
        for whom, keys in (("", spec.sign), ("个人：", spec.sign_individual))
        if keys
    )
    return [
        f"## {spec.title.zh} {spec.title.en}",
        "",
        f"`{spec.id}`{' · 核对 compare' if spec.compare else ''} · {'、'.join(spec.source)}",
        "",
        f"- {spec.who.zh}<br>{spec.who.en}",
        f"- {signing or '无需签署'}",
        f"- {spec.date.zh}<br>{spec.date.en}",
        "",
        *(f'<img src="{name}" width="360" alt="{spec.title.zh}">' for name in names),
        "",
    ]


if __name__ == "__main__":
    main()

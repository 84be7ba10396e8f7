"""Every form as `docs/forms` shows it: the picture holds, what goes in comes out, and who signs has a place for it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFilter

from generators import form_blocks, forms
from tests.generators.conftest import readers, squeeze

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("build_forms_gallery", ROOT / "tools/build_forms_gallery.py")
assert SPEC and SPEC.loader
gallery = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(gallery)

SPECIMENS = [
    pytest.param(template, name, values, id=name)
    for template in forms.template_ids()
    for name, values in gallery.specimens(template)
]
TOLERANCE = 0.0002
"""The share of pixels that may differ plainly: edges of letters, as another version of the drawing program sets them."""

PLACES = {
    "seal": {"seal_unit"},
    "provider": {"seal_provider"},
    "fingerprint": {"fingerprint"},
    "date": {"date_by_hand", "date_open"},
    "sign": {
        "sign_legal_person", "sign_entity_person", "sign_service_person", "sign_individual", "sign_domain_owner",
        "sign_agent",
    },
}  # fmt: skip
"""A kind of place that only a hand fills, and the signs of a form's file that speak of it."""


@pytest.mark.parametrize(("template", "name", "values"), SPECIMENS)
def test_each_page_looks_like_its_picture_in_the_gallery(template: str, name: str, values: dict[str, Any]) -> None:
    drawn = list(gallery.render(forms.render(template, values)))
    stored = sorted(gallery.FOLDER.glob(f"{name}-[0-9].png"))
    assert len(drawn) == len(stored), "run: python tools/build_forms_gallery.py"
    for picture, path in zip(drawn, stored, strict=True):
        with Image.open(path) as golden:
            assert difference(picture, golden) <= TOLERANCE, f"{path.name}; run: python tools/build_forms_gallery.py"


def difference(one: Image.Image, two: Image.Image) -> float:
    """The share of pixels that differ plainly, after a little blur; 1 for pictures of another size."""
    if one.size != two.size:
        return 1.0
    soft = [picture.convert("L").filter(ImageFilter.BoxBlur(1)) for picture in (one, two)]
    histogram = ImageChops.difference(*soft).histogram()
    return sum(histogram[60:]) / (one.width * one.height)


def test_the_comparison_sees_a_missing_word_and_a_moved_line() -> None:
    with Image.open(gallery.FOLDER / "commitment_letter-1.png") as opened:
        golden = opened.convert("L")
    without = golden.copy()
    without.paste(255, (120, 160, 220, 180))
    moved = ImageChops.offset(golden, 0, 3)
    assert difference(golden, golden) == 0
    assert difference(golden, without) > TOLERANCE
    assert difference(golden, moved) > TOLERANCE


def test_the_gallery_page_is_the_one_of_the_forms() -> None:
    assert (gallery.FOLDER / "README.md").read_text("utf-8") == gallery.page()
    shown = {path.name for path in gallery.FOLDER.glob("*.png")}
    assert all(f'src="{name}"' in gallery.page() for name in shown)
    assert sum(path.stat().st_size for path in gallery.FOLDER.glob("*.png")) < 3_000_000


@pytest.mark.parametrize(("template", "name", "values"), SPECIMENS)
def test_every_value_put_on_a_form_is_read_back_by_three_readers(
    template: str, name: str, values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: set[str] = set()
    make_runs = form_blocks.make_runs

    def noting(*arguments: Any, **options: Any) -> Any:
        runs = make_runs(*arguments, **options)
        printed.update(run.text for run in runs if run.tight)
        return runs

    monkeypatch.setattr(form_blocks, "make_runs", noting)
    pdf = forms.render(template, values)
    assert printed, "a form that prints no value"
    for reader, text in readers(pdf, tmp_path):
        assert not [value for value in printed if squeeze(value) not in text], reader


@pytest.mark.parametrize(("template", "name", "values"), SPECIMENS)
def test_who_signs_has_a_place_and_no_place_is_without_a_sign(template: str, name: str, values: dict[str, Any]) -> None:
    spec = forms.describe(template)
    signs = set(spec.sign_individual if name.endswith("-person") else spec.sign)
    places = {area.kind for area in forms.render_marked(template, values).never}
    for place, meant in PLACES.items():
        assert (place in places) == bool(signs & meant), f"{place} of {name}"

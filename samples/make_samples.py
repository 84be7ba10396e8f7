"""Writes the example filing folders: `python -m samples.make_samples`, or `--check` to compare without writing.

Same machine, same packages, same fonts: same bytes. Another version of Pillow or OpenCV may round a pixel
differently; `--check` then names the files, and a person looks before committing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from samples.cases import CASES, Case

HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Draws everything; returns 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="make_samples", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: samples/)")
    options = parser.parse_args(arguments)
    drawn = dict(everything())
    if options.check:
        return _report(differences(options.out, drawn))
    for name, data in drawn.items():
        _write(options.out / name, data)
    print(f"{len(drawn)} files, {sum(map(len, drawn.values())) / 1e6:.1f} MB in {options.out}")
    return 0


def everything() -> Iterator[tuple[str, bytes]]:
    """Every file that belongs to the examples: its path under `samples/` and its bytes."""
    for case in CASES:
        yield from case_files(case)
    yield "README.md", readme().encode()


def case_files(case: Case) -> Iterator[tuple[str, bytes]]:
    """The inputs, the expected outputs and the note of one example."""
    for file in case.files:
        yield f"{case.name}/in/{file.name}", file.make()
    yield f"{case.name}/in/filing.yaml", case.filing_yaml.encode()
    yield f"{case.name}/expected/values.json", _json(dict(case.values))
    findings = {"must_find": [dict(one) for one in case.must_find], "no_blocker": case.no_blocker}
    yield f"{case.name}/expected/findings.json", _json(findings)


def differences(folder: Path, drawn: dict[str, bytes]) -> list[str]:
    """What is missing, different or left over in `folder`, one line each."""
    found = []
    for name, data in drawn.items():
        path = folder / name
        if not path.is_file():
            found.append(f"missing: {name}")
        elif path.read_bytes() != data:
            found.append(f"different: {name}")
    for case in CASES:
        there = (path for path in (folder / case.name).rglob("*") if path.is_file())
        names = sorted(path.relative_to(folder).as_posix() for path in there)
        found += [f"left over: {name}" for name in names if name not in drawn]
    return found


def _report(found: Sequence[str]) -> int:
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(found)} differences" if found else "all samples are as drawn")
    return 1 if found else 0


def _json(values: object) -> bytes:
    return (json.dumps(values, ensure_ascii=False, indent=2, sort_keys=False) + "\n").encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def readme() -> str:
    """The list of files with origin and purpose."""
    return README_HEAD + "".join(_case_table(case) for case in CASES) + README_FOOT


def _case_table(case: Case) -> str:
    rows = [(f"in/{file.name}", file.purpose) for file in case.files]
    rows.append(("in/filing.yaml", "what no scan says, as the agent types it"))
    rows.append(("expected/values.json", "path -> value as drawn or typed"))
    rows.append(("expected/findings.json", "what must be found, and whether any blocker is allowed"))
    table = "".join(f"| `{name}` | {purpose} |\n" for name, purpose in rows)
    notes = "".join(f"- {note}\n" for note in (*case.notes, *_planted(case)))
    return f"\n## {case.name}: {case.title}\n\n| file | purpose |\n|---|---|\n{table}\n{notes}"


def _planted(case: Case) -> list[str]:
    return [f"Planted: {one['trouble']}." for one in case.must_find]


README_HEAD = """\
# Samples

Three filing folders to try beianbox on, with the expected outcome beside each. Written by
`.venv/bin/python -m samples.make_samples`; `--check` says whether the committed files are what the program draws.
Change the program, not the files: this page is written by it too.

**Nobody and nothing here is real.** People, companies, addresses, domains, numbers and seals are made up; only their
check digits and place codes are right, so that the checks have something to check. Every drawn paper carries
"SPECIMEN 样本", the portrait is a silhouette, the emblem an abstract ornament, each seal says 样本 in its middle. IP
addresses come from the range kept for documentation (RFC 5737). Real people's documents never enter this repository.

| origin | licence |
|---|---|
| all pictures, PDFs and packages: drawn or built by the programs in this folder | Apache-2.0, as the project |
| glyphs in them: Noto Sans SC and Noto Serif SC from `generators/fonts` | SIL Open Font License 1.1 |

| program | draws or does |
|---|---|
| `canvas.py` | sheets measured in millimetres, text, seals, security patterns |
| `people.py` | the fictional people, companies and domains, with their check digits |
| `draw_cards.py`, `draw_licence.py`, `draw_domaincert.py` | ID cards, business licences, domain certificates |
| `draw_more.py` | passport, Hong Kong and Macau permit, institution certificate: in no folder yet |
| `capture.py` | scan, phone photo, turned and blurred pictures |
| `apkbuild.py`, `apk_signing.py`, `apk_xml.py`, `apk_zip.py` | small signed Android packages |
| `cases.py`, `drawn.py`, `make_samples.py` | the three folders below |
| `bad_input.py` | files that cannot be read, each in its own way: `.venv/bin/python -m samples.bad_input FOLDER` |
"""

README_FOOT = """
## Expected files

`values.json` maps paths of `pipeline/model.py` to what was drawn or typed; a run must come to these values, except
where the example plants a trouble. `findings.json` lists planted troubles: each must be answered by a finding whose
`where` is one of the named places (or begins with one); `no_blocker` true means that no finding may be a blocker.
"""


if __name__ == "__main__":
    raise SystemExit(main())

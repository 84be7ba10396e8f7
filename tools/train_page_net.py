"""Trains the net that looks at whole pictures: `python tools/train_page_net.py [--count N] [--epochs N] [--kept FILE] [--target FILE]`.

Draws pictures with known faults (tests/devset/faults.py and photographs), makes other variants of them in each epoch
(tests/devset/page_views.py), and writes `extractors/vision/data/page_net.onnx`. The net learns what covers a sheet
together with where the sheet is and its answers; the file holds the latter two. Needs PyTorch and onnx, which the program
itself does not: install them into an environment of its own (`pip install torch==2.13.0 onnx==1.22.0`, beside the
project's packages). Sums differ between processors, so that another training gives a like net, not the same one.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "extractors/vision/data/page_net.onnx"

from extractors.vision.page_net import SIZE  # noqa: E402
from tests.devset import faults, page_views  # noqa: E402
from tests.devset.photographs import shots  # noqa: E402

COUNT, PHOTOGRAPHS = 3200, 2400
"""Pictures of `faults`, and of the `photographs` beside them."""

ROUNDS = ((34, 3e-3), (16, 1.2e-3), (15, 1.2e-3), (18, 1.3e-3))
"""Epochs and highest learning rate of the first round, and of those that go on from there."""

_BATCH, _DECAY, _WARM_UP = 48, 2e-3, 0.15
_WIDTHS = (16, 32, 64, 96)
_COVER_WEIGHT = 2.0


def _layer(inputs: int, outputs: int, step: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, step, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _doubled(layers: Tensor) -> Tensor:
    return functional.interpolate(layers, scale_factor=2, mode="nearest")


class Net(nn.Module):
    """Down to a sixteenth and up to a quarter of the view: masks of sheet and cover there, answers from both ends."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = _WIDTHS
        self.quarter = nn.Sequential(_layer(4, a, 2), _layer(a, b, 2), _layer(b, b))
        self.eighth = nn.Sequential(_layer(b, c, 2), _layer(c, c))
        self.sixteenth = nn.Sequential(_layer(c, d, 2), _layer(d, d), _layer(d, d))
        self.up_eighth, self.up_quarter = _layer(d + c, c), _layer(c + b, b)
        self.masks = nn.Conv2d(b, 2, 1)
        self.answers = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(2 * d + 2 * b, 64), nn.ReLU(), nn.Linear(64, len(page_views.ANSWERS))
        )

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """The answers and both masks, as logits."""
        quarter = self.quarter(view)
        eighth = self.eighth(quarter)
        deep = self.sixteenth(eighth)
        fine = self.up_quarter(
            torch.cat([_doubled(self.up_eighth(torch.cat([_doubled(deep), eighth], 1))), quarter], 1)
        )
        pooled = [deep.mean((2, 3)), deep.amax((2, 3)), fine.mean((2, 3)), fine.amax((2, 3))]
        return self.answers(torch.cat(pooled, 1)), self.masks(fine)


class Said(nn.Module):
    """A net without the mask of what covers the sheet, which only training needs."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """The answers and the sheet's mask as logits."""
        answers, masks = self.net(view)
        return answers, masks[:, :1]


def drawn(count: int, kept: Path | None) -> list[page_views.Small]:
    """The small pictures of seeds from 0, and the copies; from the file where an earlier run kept them."""
    if kept and kept.exists():
        small: list[page_views.Small] = pickle.loads(kept.read_bytes())
        return small
    pictures = chain(
        faults.pictures(0, count),
        faults.pictures(*faults.COPIES, faults.COPY_FAULTS),
        shots.shots(0, count * PHOTOGRAPHS // COUNT),
    )
    small = [page_views.shrunk(shot) for shot in pictures]
    if kept:
        kept.write_bytes(pickle.dumps(small))
    return small


def trained(pictures: Sequence[page_views.Small], rounds: Sequence[tuple[int, float]] = ROUNDS) -> Net:
    """A net that has seen other variants of the pictures in each epoch."""
    torch.manual_seed(1)
    net = Net()
    for number, (epochs, rate) in enumerate(rounds):
        _go_on(net, pictures, epochs, rate, number)
    return net


def _go_on(net: Net, pictures: Sequence[page_views.Small], epochs: int, rate: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=_DECAY)
    steps = epochs * -(-len(pictures) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=_WARM_UP)
    net.train()
    for epoch in range(epochs):
        lost = 0.0
        order = chance.permutation(len(pictures))
        for start in range(0, len(order), _BATCH):
            part = [
                page_views.variant(pictures[one], np.random.default_rng((5 + seed, epoch, int(one))))
                for one in order[start : start + _BATCH]
            ]
            loss = _loss(net, part)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            lost += float(loss.detach()) * len(part)
        print(f"epoch {epoch + 1} of {epochs}: loss {lost / len(order):.4f}", flush=True)


def _loss(net: Net, part: Sequence[page_views.View]) -> Tensor:
    """Of the answers, where one could tell, and of both masks, where they are known."""
    answers, masks = net(_stacked([one.view for one in part]))
    counts, known = _stacked([one.counts for one in part]), torch.tensor([one.cover_known for one in part])
    said = functional.binary_cross_entropy_with_logits(
        answers, _stacked([one.answers for one in part]), reduction="none"
    )
    shown = functional.binary_cross_entropy_with_logits(
        masks, _stacked([one.masks for one in part]), reduction="none"
    ).mean((2, 3))
    cover = (shown[:, 1] * known).sum() / known.sum().clamp(min=1)
    return (said * counts).sum() / counts.sum().clamp(min=1) + shown[:, 0].mean() + _COVER_WEIGHT * cover


def _stacked(arrays: Sequence[np.ndarray]) -> Tensor:  # type: ignore[type-arg]
    return torch.tensor(np.stack(arrays), dtype=torch.float32)


def written(net: Net, target: Path) -> None:
    """The net as an ONNX file, its normalisations folded into its layers."""
    torch.onnx.export(
        Said(net).eval(),
        (torch.zeros(2, 4, SIZE, SIZE),),
        target,
        input_names=["view"],
        output_names=["answers", "sheet"],
        opset_version=17,
        dynamo=False,
    )


def main() -> None:
    """Draws, trains and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--epochs", type=int, help="one round of so many instead of all")
    parser.add_argument("--kept", type=Path, help="a file that keeps the small pictures, to go on after a stop")
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args()
    rounds = ((given.epochs, ROUNDS[0][1]),) if given.epochs else ROUNDS
    written(trained(drawn(given.count, given.kept), rounds), given.target)
    print(f"{given.target}: {given.target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()

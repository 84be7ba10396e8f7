"""Trains the net that tells displays by a sheet's finest detail: `python tools/train_grain_net.py [--count N] [--epochs N] [--kept FILE] [--target FILE]`.

Draws pictures with known faults (tests/devset/faults.py and photographs), keeps patches of them and makes other variants
of these in each round (tests/devset/grain_views.py), and writes `extractors/vision/data/grain_net.onnx`. Needs PyTorch and onnx, which the
program itself does not: install them into an environment of its own (`pip install torch==2.13.0 onnx==1.22.0`, beside
the project's packages). Sums differ between processors, so that another training gives a like net, not the same one.
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
TARGET = ROOT / "extractors/vision/data/grain_net.onnx"

from extractors.vision.grain_net import PLACES, SIZE  # noqa: E402
from tests.devset import faults, grain_views  # noqa: E402
from tests.devset.photographs import shots  # noqa: E402

COUNT, PHOTOGRAPHS, EPOCHS = 3200, 2400, 28
_BATCH, _RATE, _DECAY, _WARM_UP = 32, 3e-3, 2e-3, 0.15
_WIDTHS = (20, 32, 48)


def _layer(inputs: int, outputs: int, step: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, step, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Net(nn.Module):
    """One answer for a picture: what its patches have on average and at most, each pooled over the patch likewise."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c = _WIDTHS
        # A grid's finest parts are two pixels wide: enough filters must see them before anything is made smaller.
        self.patch = nn.Sequential(
            _layer(3, a, 2, size=5), _layer(a, b, 2), _layer(b, b), _layer(b, c, 2), _layer(c, c)
        )
        self.answer = nn.Sequential(nn.Dropout(0.2), nn.Linear(4 * c, 48), nn.ReLU(), nn.Linear(48, 1))

    def features(self, patches: Tensor) -> Tensor:
        """Of each patch."""
        deep = self.patch(patches)
        return torch.cat([deep.mean((2, 3)), deep.amax((2, 3))], 1)

    def forward(self, bags: Tensor) -> Tensor:
        """A logit a bag (bags x patches x 3 x SIZE x SIZE)."""
        seen = self.features(bags.flatten(0, 1)).unflatten(0, bags.shape[:2])
        return self.answer(torch.cat([seen.mean(1), seen.amax(1)], 1))[:, 0]


class OneBag(nn.Module):
    """A net that is shown one picture's patches."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, patches: Tensor) -> Tensor:
        """A logit for all patches together."""
        seen = self.net.features(patches)
        return self.net.answer(torch.cat([seen.mean(0, keepdim=True), seen.amax(0, keepdim=True)], 1))


def drawn(count: int, kept: Path | None) -> list[grain_views.Patches]:
    """The patches of seeds from 0, from the file where an earlier run kept them."""
    if kept and kept.exists():
        patches: list[grain_views.Patches] = pickle.loads(kept.read_bytes())
        return patches
    patches = [
        grain_views.patches(shot, np.random.default_rng((6, seed)))
        for seed, shot in enumerate(chain(faults.pictures(0, count), shots.shots(0, count * PHOTOGRAPHS // COUNT)))
    ]
    if kept:
        kept.write_bytes(pickle.dumps(patches))
    return patches


def trained(pictures: Sequence[grain_views.Patches], epochs: int) -> Net:
    """A net that has seen other variants of the patches in each epoch."""
    torch.manual_seed(1)
    net, chance = Net(), np.random.default_rng(0)
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    steps = epochs * -(-len(pictures) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=_WARM_UP)
    net.train()
    for epoch in range(epochs):
        lost = 0.0
        order = chance.permutation(len(pictures))
        for start in range(0, len(order), _BATCH):
            part = [
                grain_views.variant(pictures[one], np.random.default_rng((8, epoch, int(one))))
                for one in order[start : start + _BATCH]
            ]
            loss = _loss(net, part)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            lost += float(loss.detach()) * len(part)
        print(f"epoch {epoch + 1} of {epochs}: loss {lost / len(order):.4f}", flush=True)
    return net


def _loss(net: Net, part: Sequence[grain_views.Bag]) -> Tensor:
    """Of the answers, where one could tell."""
    said = net(torch.tensor(np.stack([one.views for one in part])))
    wanted, counts = (torch.tensor(values) for values in zip(*((one.answer, one.counts) for one in part), strict=True))
    each = functional.binary_cross_entropy_with_logits(said, wanted, reduction="none")
    return (each * counts).sum() / counts.sum().clamp(min=1)


def written(net: Net, target: Path) -> None:
    """The net for one picture as an ONNX file, its normalisations folded into its layers."""
    torch.onnx.export(
        OneBag(net).eval(),
        (torch.zeros(len(PLACES), 3, SIZE, SIZE),),
        target,
        input_names=["patches"],
        output_names=["answer"],
        opset_version=17,
        dynamo=False,
    )


def main() -> None:
    """Draws, trains and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--kept", type=Path, help="a file that keeps the patches, to go on after a stop")
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args()
    written(trained(drawn(given.count, given.kept), given.epochs), given.target)
    print(f"{given.target}: {given.target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()

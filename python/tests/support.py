"""What the tests share: a folder of runs of their own, and small runs in it."""

import atexit
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "python"))

import engram  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="engram-tests-")
atexit.register(shutil.rmtree, FOLDER, True)
RUNS = os.path.join(FOLDER, "runs")

TINY = {
    "name": "Tiny",
    "task": {"sines": 2, "batches-per-sine": 8, "batch-size": 4, "query-per-sine": 4},
    "network": {"hidden-widths": [6, 5], "plastic-layers": 2},
    "learner": {"name": "flp"},
    "initialization": {"hidden-plasticity": 1e-3, "readout-plasticity": 1e-3},
    "meta-training": {"outer-steps": 10, "rates": {"feedforward": 1e-3}},
    "evaluation": {"lifetimes": 3},
}


def connect():
    """The program with runs in this folder, started once for all tests."""
    from engram import _session
    if _session._current is None or _session._current.closed or _session._current.root != RUNS:
        engram.connect(runs=RUNS)


def classes(seed=0, lifetimes=20, steps=12, queries=6, inputs=4, outputs=3):
    """Lifetimes of labelled points around centres of their own."""
    import numpy as np
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(lifetimes, outputs, inputs))
    labels = rng.integers(0, outputs, size=(lifetimes, steps + queries))
    points = np.take_along_axis(centres, labels[:, :, None], axis=1) + 0.1 * rng.normal(size=(lifetimes, steps + queries, inputs))
    return points[:, :steps], labels[:, :steps], points[:, steps:], labels[:, steps:]

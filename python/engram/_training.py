"""Meta-training, and tasks from arrays."""

import hashlib
import os
import sys

import numpy as np

from . import _tensors, _values
from ._runs import Run, Runs
from ._session import EngramError, current

_SPLITS = {"train": 0, "validation": 1, "test": 2, "meta-train": 0, "meta-validation": 1, "meta-test": 2}


class Task:
    """A task whose lifetimes are made of arrays in a file."""

    def __init__(self, settings):
        self.settings = settings

    @property
    def path(self):
        """The file."""
        return self.settings["data"]

    def __repr__(self):
        return f"<engram task of '{self.path}'>"


def task(inputs, targets, query_inputs=None, query_targets=None, *, group=None, split=None, mask=None, query_mask=None,
         labels=None, path=None, **settings):
    """Makes a task from arrays.

    Whole lifetimes, with query_inputs and query_targets: inputs [lifetimes, T, n, in], or [lifetimes, T, in] for batches
    of one; targets with K in place of in, or without it where K is 1; the query [lifetimes, Q, in] and [lifetimes, Q, K].
    A pool of examples, without them: inputs [examples, in], targets [examples, K] or [examples], and with group
    [examples] what belongs together; settings such as groups=5, batches_per_group=40, batch_size=1, query_per_group=10
    and ordering="iid" say how lifetimes are drawn from it.

    labels: whether targets are classes, whole numbers from 0; so where they are whole numbers. split: 0, 1, 2 or
    "train", "validation", "test" of each lifetime or example. mask, query_mask: 1 for a target, 0 for none; NaN is none
    too. path: the file; by default, a file beside the runs, named by what is in it.
    """
    if (query_inputs is None) != (query_targets is None):
        raise EngramError("Found one of query_inputs and query_targets, expected both for whole lifetimes, or none for a pool of examples.")
    whole = query_inputs is not None
    arrays = {"stream.input" if whole else "input": np.asarray(inputs), "stream.target" if whole else "target": np.asarray(targets)}
    if whole:
        arrays["query.input"], arrays["query.target"] = np.asarray(query_inputs), np.asarray(query_targets)
    if mask is not None:
        arrays["stream.mask" if whole else "mask"] = np.asarray(mask)
    if query_mask is not None:
        arrays["query.mask"] = np.asarray(query_mask)
    if group is not None:
        given = np.asarray(group)
        arrays["group"] = np.unique(given, return_inverse=True)[1] if given.dtype.kind in "US" else given
    if split is not None:
        given = np.asarray(split)
        if given.dtype.kind in "US":
            unknown = sorted(set(given.ravel().tolist()) - set(_SPLITS))
            if unknown:
                raise EngramError(f"Found the split '{unknown[0]}', expected train, validation or test.")
            given = np.array([_SPLITS[s] for s in given.tolist()])
        arrays["split"] = given
    if labels is None:
        labels = arrays["stream.target" if whole else "target"].dtype.kind in "iu"
    if path is None:
        digest = hashlib.sha256()
        for name in sorted(arrays):
            digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
            digest.update(np.ascontiguousarray(arrays[name]).tobytes())
        folder = os.path.join(current().root, ".tasks")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"task-{digest.hexdigest()[:16]}.safetensors")
    path = os.path.abspath(os.fspath(path))
    _tensors.save(path, arrays)
    family = "labelled-arrays" if labels else "arrays"
    return Task({"family": family, "data": path, **{key.replace("_", "-"): value for key, value in settings.items()}})


def train(recipe=None, *, task=None, set=None, seeds=None, first_seed=None, run=None, resume=None, threads=None, progress=True):
    """Meta-trains and evaluates a recipe, and returns its runs.

    recipe: a built-in recipe or group, a file, or a dict of sections; by default the quick start. task: of
    `engram.task`, in place of the recipe's. set: values over the recipe's, such as {"learner.rule": "hebb"}. seeds: as
    many networks, with the seeds first_seed (1), first_seed + 1, …. run: a name; numbered where it is left out. resume:
    the name of a run or group to resume, in place of a recipe. threads: never changes a result. progress: True
    shows it, False doesn't, a function is called with each report.

    Ctrl-C stops after the outer step at hand, with a checkpoint; the error's `run` says what to resume.
    """
    session = current()
    if resume is not None and (recipe is not None or task is not None or set or seeds or run):
        raise EngramError("Found resume beside a recipe, task, set, seeds or run, expected it alone: a run resumes with its own recipe.")
    shown = _Progress() if progress is True else None
    on_progress = shown.report if shown else (progress or None)
    written = None
    try:
        if isinstance(recipe, dict) or task is not None:
            written = _written(session, recipe, task)
        answer = session.ask(
            "train", on_progress=on_progress, on_note=_note if progress is True else None,
            recipe=written or (os.fspath(recipe) if recipe is not None else None), settings=_values.settings(set),
            seeds=seeds, firstSeed=first_seed, run=run, resume=resume, threads=threads)
    finally:
        if shown:
            shown.close()
        if written:
            os.remove(written)
    return Runs([Run(r) for r in answer["runs"]], answer["group"])


def recipe(name, set=None):
    """Every value of a recipe, by key."""
    found = current().ask("recipe", recipe=os.fspath(name), settings=_values.settings(set))
    return {key: _values.parsed(text) for key, text in found["settings"].items()}


def recipes():
    """Names of the built-in recipes."""
    return current().ask("list", kind="recipes")["names"]


# A recipe as a file: sections of a dict, or a built-in one with another task.
def _written(session, recipe, task):
    if recipe is None:
        raise EngramError("Found a task without a recipe, expected both: say who learns it, such as {\"learner\": {\"name\": \"flp\"}}.")
    sections, stem = dict(recipe) if isinstance(recipe, dict) else _sections(session, recipe), "recipe"
    if not isinstance(recipe, dict):
        stem = "".join(c for c in os.path.splitext(os.path.basename(recipe))[0] if c.isalnum() or c in "-_") or "recipe"
    elif isinstance(sections.get("name"), str):
        stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in sections["name"].lower()).strip("-") or "recipe"
    if task is not None:
        sections["task"] = dict(task.settings)
    # The folder is the session's own, so that the name, which runs are called by, is free.
    path = session.file("recipe") + os.sep
    os.makedirs(path, exist_ok=True)
    path = os.path.join(path, stem + ".yaml")
    with open(path, "w", encoding="utf-8") as file:
        for key, value in sections.items():
            file.write(f"{key}: {_values.yaml(value)}\n")
    return path


# A recipe's own sections without its task and what is expected of it there.
def _sections(session, name):
    values = session.ask("recipe", recipe=os.fspath(name))["settings"]
    sections = {}
    for key, text in values.items():
        if key.startswith(("task.", "expected.")) or key == "description":
            continue
        place = sections
        parts = key.split(".")
        for i, part in enumerate(parts[:-1]):
            below = place.get(part)
            if not isinstance(below, dict):
                # A rule with settings of its own: its name comes first.
                below = {} if below is None else {"name": below}
                place[part] = below
            place = below
        place[parts[-1]] = _Verbatim(text)
    return sections


class _Verbatim:
    """A value as the recipe writes it."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


def _note(text):
    print(f"engram: {text}", file=sys.stderr)


class _Progress:
    """One line that is written over: on a terminal, or in a notebook's cell; nothing elsewhere."""

    def __init__(self):
        self._runs = {}
        self._handle = None
        self._terminal = sys.stderr.isatty()
        self._notebook = None
        if not self._terminal and "IPython" in sys.modules:
            from IPython import get_ipython
            shell = get_ipython()
            if shell is not None and hasattr(shell, "kernel"):
                from IPython.display import display
                self._notebook = display

    def report(self, progress):
        self._runs[progress["folder"]] = progress
        done = sum(p["outerStep"] for p in self._runs.values())
        line = f"{len(self._runs)} runs, {done} outer steps"
        for p in list(self._runs.values())[-4:]:
            share, loss = 100 * p["outerStep"] // max(1, p["outerSteps"]), _values.number(p["runningQueryLoss"])
            line += f" · {os.path.basename(p['folder'])} {share} % loss {loss:.4g}"
        if self._terminal:
            sys.stderr.write(f"\r{line[:150]:150}")
            sys.stderr.flush()
        elif self._notebook is not None:
            shown = _Line(line)
            if self._handle is None:
                self._handle = self._notebook(shown, display_id=True)
            else:
                self._handle.update(shown)

    def close(self):
        if self._terminal and self._runs:
            sys.stderr.write("\r" + " " * 150 + "\r")
            sys.stderr.flush()


class _Line:
    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text

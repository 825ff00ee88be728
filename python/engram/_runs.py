"""Runs, their numbers, their lives and their figures."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from . import _tensors, _values
from ._session import EngramError, current
from ._values import frame, number, parsed


def _texts(value):
    if value is None:
        return None
    return [value] if isinstance(value, str) else list(value)


def names_of(runs):
    """Names, from a name, a run, several of both, or all of `runs()`."""
    if isinstance(runs, (str, Run)):
        runs = [runs]
    return [run.name if isinstance(run, Run) else os.fspath(run) for run in runs]


class Run:
    """One meta-trained network."""

    def __init__(self, answer):
        self._take(answer)

    def _take(self, answer):
        self.name = answer["name"]
        self.folder = answer["folder"]
        self.state = answer["state"]
        self.problem = answer["problem"] or answer["foreign"]
        self.recipe = answer["recipe"]
        self.seed = answer["seed"]
        self.outer_steps_done = answer["outerStepsDone"]
        self.outer_steps = answer["outerSteps"]
        self.lifetimes = answer["lifetimes"]
        self.training_seconds = number(answer["trainingSeconds"])
        self.running_query_loss = number(answer["runningQueryLoss"])
        self.message = answer["message"]
        self.tags = tuple(answer["tags"])
        self.text = answer["note"]
        self._texts = answer["settings"]
        self.settings = {key: parsed(text) for key, text in answer["settings"].items()}
        found = answer["evaluation"] or {}
        self.query_loss = number(found.get("queryLoss"))
        self.standard_error = number(found.get("standardError"))
        self.query_error_percent = number(found.get("queryErrorPercent"))

    def __repr__(self):
        loss = f", query loss {self.query_loss:.4g}" if np.isfinite(self.query_loss) else ""
        return f"<engram run '{self.name}', {self.state}{loss}>"

    @property
    def metrics(self):
        """Meta-training step by step: a DataFrame, with the run and every setting of its recipe in `attrs["settings"]`."""
        table = frame_of(_metrics(self))
        if hasattr(table, "attrs"):
            table.attrs["settings"] = dict(self.settings)
        return table

    @property
    def parameters(self):
        """The meta-parameters of the newest checkpoint: arrays by name, such as `layer0.weight` [out, in]."""
        session = current()
        path = session.file("weights.safetensors")
        session.ask("parameters", run=self.name, out=path)
        tensors, _ = _taken(path)
        return {name: values for name, values in tensors.items() if not name.startswith("example.")}

    def live(self, lifetime=0, split=None, every=1, parts=None, memory_bytes=None):
        """Lives one lifetime and gives all of it, every inner step: see `Life`.

        lifetime: its index; split: meta-train, meta-validation or meta-test, the recipe's evaluation's where it is left
        out; every: inner steps from one moment that is kept to the next; parts: some of examples, states, activities,
        answers, features, all by default; memory_bytes: the most it may take.
        """
        session = current()
        path = session.file("life.safetensors")
        session.ask("live", run=self.name, out=path, lifetime=int(lifetime), split=split, every=int(every),
                    parts=_texts(parts), memoryBytes=memory_bytes)
        return Life(*_taken(path))

    def evaluate(self, lifetimes=None, set=None, threads=None):
        """Measures it on lifetimes that meta-training never saw: see `engram.evaluate`."""
        return evaluate(self, lifetimes, set, threads)

    def figure(self, name, lifetimes=None, size=None):
        """Draws what happens in its lifetimes: see `engram.figure`."""
        return figure(self, name, lifetimes, size)

    def tag(self, *add, remove=()):
        """Puts tags on it, and takes others off."""
        self._take(current().ask("tag", runs=[self.name], add=list(add), remove=_texts(remove))["runs"][0])
        return self

    def note(self, text):
        """Writes a note on it; an empty one takes it away."""
        self._take(current().ask("note", runs=[self.name], text=text)["runs"][0])
        return self


class Runs(Sequence):
    """Several runs."""

    def __init__(self, runs, group=None):
        self._runs = list(runs)
        self.group = group

    def __len__(self):
        return len(self._runs)

    def __getitem__(self, index):
        """A run by its place or name; several by a slice."""
        if isinstance(index, slice):
            return Runs(self._runs[index], self.group)
        if isinstance(index, str):
            for run in self._runs:
                if run.name == index:
                    return run
            raise KeyError(index)
        return self._runs[index]

    def __add__(self, other):
        return Runs([*self._runs, *other])

    def __repr__(self):
        return f"<{len(self)} engram runs: {', '.join(r.name for r in self._runs[:5])}{', …' if len(self) > 5 else ''}>"

    def _repr_html_(self):
        table = self.table
        return table.to_html() if hasattr(table, "to_html") else None

    @property
    def table(self):
        """A row for each run, with a column for each setting that is not the same in all."""
        keys = _values.differing(self._runs)
        errors = any(np.isfinite(r.query_error_percent) for r in self._runs)
        labels = any(r.tags or r.text for r in self._runs)
        rows = []
        for run in self._runs:
            row = {"run": run.name, "state": run.state, "seed": run.seed, "outerSteps": run.outer_steps_done, "lifetimes": run.lifetimes,
                   "trainingSeconds": run.training_seconds, "queryLoss": run.query_loss, "standardError": run.standard_error}
            if errors:
                row["queryErrorPercent"] = run.query_error_percent
            if labels:
                row["tags"] = " ".join(run.tags)
                row["note"] = run.text
            row.update({key: run.settings.get(key) for key in keys})
            rows.append(row)
        return frame(rows)

    @property
    def metrics(self):
        """Every line of meta-training of all runs, with a column for each setting that is not the same in all."""
        keys = _values.differing(self._runs)
        parts = []
        for run in self._runs:
            columns = _metrics(run)
            rows = len(columns["outerStep"])
            columns = {"run": [run.name] * rows, **columns, **{key: [run.settings.get(key)] * rows for key in keys}}
            parts.append(columns)
        names = []
        for part in parts:
            names.extend(n for n in part if n not in names)
        joined = {name: [] for name in names}
        for part in parts:
            rows = len(part["run"])
            for name in names:
                joined[name].extend(part.get(name, [np.nan] * rows))
        return frame_of(joined)

    def figure(self, name, lifetimes=None, size=None):
        """Draws what happens in their lifetimes in one picture: see `engram.figure`."""
        return figure(self, name, lifetimes, size)

    def evaluate(self, lifetimes=None, set=None, threads=None):
        """Measures them on lifetimes that meta-training never saw: see `engram.evaluate`."""
        return evaluate(self, lifetimes, set, threads)

    def compare(self):
        """Paired differences between their recipes: see `engram.compare`."""
        return compare(self)


class Life(Mapping):
    """One lifetime, step by step: arrays under the names of docs/INTERCHANGE.md, and the usual ones by layer.

    T inner steps of n examples, S moments kept: T + 1, the first of them birth.
    """

    def __init__(self, tensors, metadata):
        self.tensors = tensors
        self.metadata = metadata

    def __getitem__(self, name):
        return self.tensors[name]

    def __iter__(self):
        return iter(self.tensors)

    def __len__(self):
        return len(self.tensors)

    def __repr__(self):
        return f"<lifetime {self.metadata.get('life')} of {self.metadata.get('split')}, {self.inner_steps} inner steps, {len(self)} arrays>"

    def layers(self, prefix, suffix):
        """Arrays of each layer, by its number, such as `layers("step", "feedback")`."""
        found = {}
        for name, values in self.tensors.items():
            parts = name.split(".")
            if len(parts) == 3 and parts[0] == prefix and parts[2] == suffix and parts[1].startswith("layer"):
                found[int(parts[1][5:])] = values
        return dict(sorted(found.items()))

    @property
    def inner_steps(self):
        """T."""
        return int(self.metadata["inner_steps"])

    @property
    def query_loss(self):
        """The objective on the query after life."""
        return float(self.metadata["query_loss"])

    @property
    def moments(self):
        """How many inner steps are done at each moment that is kept, [S]."""
        return self["moments"]

    @property
    def weights(self):
        """W of each plastic layer at each moment, [S, out, in]."""
        return self.layers("state", "weight")

    @property
    def activities(self):
        """Activity of each plastic layer before feedback, [S - 1, n, units]; it belongs to the weights before the step."""
        return self.layers("step", "activity")

    @property
    def feedback(self):
        """Feedback to each plastic layer, [S - 1, n, units]; empty of learners without."""
        return self.layers("step", "feedback")

    @property
    def after_feedback(self):
        """Activity of each plastic layer after feedback, [S - 1, n, units]."""
        return self.layers("step", "after_feedback")

    @property
    def outputs(self):
        """What the network answers to each batch before it learns from it, [S - 1, n, K]."""
        activities = self.activities
        if not activities:
            raise EngramError("Found no activities in this life, expected them; ask for them with parts, or see what the learner shows.")
        return activities[max(activities)]

    @property
    def answers(self):
        """What it answers to the query at each moment, [S, queries, K]."""
        return self["answers.output"]

    @property
    def loss(self):
        """The objective on the query at each moment, [S]."""
        return self["answers.loss"]


class Evaluation:
    """Means over lifetimes, and every single one."""

    def __init__(self, answer):
        self.table = frame([{
            "run": r["run"], "lifetimes": r["evaluation"]["lifetimes"], "split": r["evaluation"]["split"],
            **{key: number(r["evaluation"][key]) for key in
               ("queryLoss", "standardError", "queryErrorPercent", "errorStandardErrorPercent") if key in r["evaluation"]},
        } for r in answer["runs"]])
        self.lifetimes = frame([_with_numbers(life, "queryLoss", "queryAccuracy") for life in answer["lifetimes"]])

    def __repr__(self):
        return repr(self.table)

    def _repr_html_(self):
        return self.table.to_html() if hasattr(self.table, "to_html") else None


class Comparison:
    """Paired differences between recipes, and the mean of each."""

    def __init__(self, answer):
        self.differences = frame(
            [_with_numbers(difference, "mean", "low", "high") for difference in answer["differences"]],
            ["first", "second", "mean", "low", "high", "pairs", "over", "clear", "firstLifetimes", "secondLifetimes"])
        self.recipes = frame([_with_numbers(mean, "queryLoss", "standardError") for mean in answer["recipes"]])

    def __repr__(self):
        return f"{self.recipes}\n{self.differences}"

    def _repr_html_(self):
        return self.recipes.to_html() + self.differences.to_html() if hasattr(self.recipes, "to_html") else None


class Figure:
    """A picture of the project's figure module, shown in a notebook; its numbers as CSV, its message as a table."""

    def __init__(self, answer):
        self.name = answer["name"]
        self.title = answer["title"]
        self.svg = answer["svg"]
        self.csv = answer["csv"]
        self.summary = frame([_with_numbers(row, "value", "standardError") for row in answer["summary"]])

    def __repr__(self):
        return f"<engram figure '{self.name}': {self.title}>"

    def _repr_svg_(self):
        return self.svg

    def save(self, path):
        """Writes the picture (.svg) or its numbers (.csv)."""
        path = os.fspath(path)
        text = {".svg": self.svg, ".csv": self.csv}.get(os.path.splitext(path)[1].lower())
        if text is None:
            raise EngramError(f"Found '{path}', expected a name ending in .svg or .csv.")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def runs(names=None, tags=None):
    """Runs by name, all of a group by its name, or all there are; only those with all of the tags."""
    answer = current().ask("runs", runs=None if names is None else names_of(names), tags=_texts(tags))
    return Runs([Run(r) for r in answer["runs"]])


def evaluate(runs, lifetimes=None, set=None, threads=None):
    """Measures runs on lifetimes that meta-training never saw.

    set: values over the recipe's task, such as {"task.ordering": "continual"}. Returns an `Evaluation`, with a row for
    each run in `table` and one for each lifetime in `lifetimes`.
    """
    return Evaluation(current().ask("evaluate", runs=names_of(runs), lifetimes=lifetimes, settings=_values.settings(set), threads=threads))


def compare(runs):
    """Differences between recipes on the same test lifetimes, pair by pair, with their 95 % intervals.

    Over networks of the same seeds where there are two or more, else over the lifetimes of one network each. Returns a
    `Comparison`, with `differences` (the first's error less the second's) and `recipes`.
    """
    return Comparison(current().ask("compare", runs=names_of(runs)))


def figure(runs, name, lifetimes=None, size=None):
    """Draws what happens in the lifetimes of runs: a name of `engram.figures()`. Returns a `Figure`."""
    return Figure(current().ask("figure", runs=names_of(runs), name=name, lifetimes=lifetimes, size=size))


def figures():
    """Names of the figures."""
    return current().ask("list", kind="figures")["names"]


def frame_of(columns):
    """A table of columns."""
    return _values.pandas.DataFrame(columns) if _values.pandas is not None else columns


def _with_numbers(row, *names):
    return {**row, **{name: number(row[name]) for name in names}}


def _taken(path):
    try:
        return _tensors.load(path)
    finally:
        os.remove(path)


def _metrics(run):
    session = current()
    path = session.file("metrics.safetensors")
    session.ask("metrics", run=run.name, out=path)
    columns, _ = _taken(path)
    counts = ("outerStep", "lifetimes")
    order = (*counts, "queryLoss", "runningQueryLoss", "queryErrorPercent", "runningQueryErrorPercent", "gradientNorm", "elapsedSeconds")
    return {name: columns[name].astype(np.int64) if name in counts else columns[name] for name in order if name in columns}

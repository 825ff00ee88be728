"""Values of recipes and tables: what Python has, what recipes write, and back."""

import json
import math
import os
import re

try:
    import pandas
except ImportError:
    pandas = None

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")


def parsed(text):
    """What the text of a setting says: a number, a truth, None, or the text."""
    if text is None or text == "none":
        return None
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def number(value):
    """A number of an answer; those that JSON has no signs for come as text."""
    return math.nan if value is None else float(value)


def setting(value):
    """A value as `--set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(setting(v) for v in value) + "]"
    if hasattr(value, "item") and not isinstance(value, str):
        return setting(value.item())
    return str(os.fspath(value) if isinstance(value, os.PathLike) else value)


def settings(values):
    """A dict of settings, of dotted keys or of sections, as `--set` takes them."""
    lines = []

    def add(prefix, section):
        for key, value in section.items():
            path = prefix + key
            if isinstance(value, dict):
                add(path + ".", value)
            else:
                lines.append(f"{path}={setting(value)}")

    add("", values or {})
    return lines


def yaml(value):
    """A recipe's value, or section, in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml(v)}" for key, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(yaml(v) for v in value) + "]"
    if isinstance(value, (bool, int, float)) or value is None:
        return setting(value)
    text = setting(value)
    return text if isinstance(value, str) and _PLAIN.match(text) and text not in ("true", "false", "none", "null") else (
        text if not isinstance(value, (str, os.PathLike)) else json.dumps(text))


def frame(rows, columns=None):
    """A table of rows: a DataFrame, or without pandas a dict of lists."""
    names = list(columns or [])
    for row in rows:
        names.extend(name for name in row if name not in names)
    table = {name: [row.get(name) for row in rows] for name in names}
    return pandas.DataFrame(table) if pandas is not None else table


def differing(runs):
    """Settings that are not the same in all runs, in the order in which they turn up; names and descriptions left out."""
    keys = []
    for run in runs:
        keys.extend(key for key in run.settings if key not in keys and key not in ("name", "description"))
    return [key for key in keys if len({run._texts.get(key) for run in runs}) > 1]

"""Networks that learn during their life by feedback and local plasticity, meta-trained by Engram.

    import engram
    runs = engram.train("quick-start/flp", seeds=3)
    life = runs[0].live(0)

docs/PYTHON.md of the project tells the rest.
"""

from ._runs import Comparison, Evaluation, Figure, Life, Run, Runs, compare, evaluate, figure, figures, runs
from ._session import EngramError, connect, disconnect, find_executable
from ._tensors import load, save
from ._training import Task, recipe, recipes, task, train

__version__ = "0.2.0"
__all__ = [
    "Comparison", "EngramError", "Evaluation", "Figure", "Life", "Run", "Runs", "Task",
    "compare", "connect", "disconnect", "evaluate", "figure", "figures", "find_executable", "load", "recipe", "recipes", "runs", "save",
    "task", "train",
]

"""docs/PYTHON.md: every snippet runs, and every method and parameter of the protocol is there."""

import contextlib
import io
import json
import os
import re
import tempfile
import unittest

from .support import ROOT, RUNS, connect, engram
from .test_session import HELLO, serve


def blocks(language):
    with open(os.path.join(ROOT, "docs", "PYTHON.md"), encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


class DocumentationTests(unittest.TestCase):
    def test_every_snippet_runs_in_its_order(self):
        snippets, names, before = blocks("python"), {}, os.getcwd()
        self.assertGreater(len(snippets), 8)
        connect()
        printed = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                with contextlib.redirect_stdout(printed):
                    for number, snippet in enumerate(snippets):
                        exec(compile(snippet, f"docs/PYTHON.md, snippet {number + 1}", "exec"), names)
                self.assertTrue(os.path.exists("trajectory.svg"))
            finally:
                os.chdir(before)
        self.assertIn("did you mean 'quick-start/flp'?", printed.getvalue())
        self.assertEqual(3, names["comparison"].differences["pairs"][0])

    def test_the_protocols_lines_are_answered(self):
        lines = [json.loads(line) for line in blocks("json")[0].splitlines()]
        _, answers = serve(lines)
        self.assertEqual([0, 1, 2, 3], sorted(a["id"] for a in answers))
        self.assertTrue(all("result" in a for a in answers[:3]), answers)

    def test_every_method_and_parameter_is_there(self):
        with open(os.path.join(ROOT, "docs", "PYTHON.md"), encoding="utf-8") as file:
            text = file.read()
        _, answers = serve([HELLO])
        for number, method in enumerate(answers[0]["result"]["methods"], 1):
            self.assertIn(f"`{method}`", text)
            params = {"nothing-like-it": 1, "run": "x", "runs": ["x"], "out": "x", "recipe": "quick-start/flp", "text": "x", "protocol": 1}
            _, told = serve([HELLO, {"id": 1, "method": method, "params": params}])
            known = re.search(r"expected some of (.*?);", told[1].get("error", {}).get("message", ""))
            for parameter in known[1].split(", ") if known else []:
                self.assertIn(f"`{parameter}`", text, method)

    def test_the_version_is_that_of_engram(self):
        with open(os.path.join(ROOT, "Directory.Build.props"), encoding="utf-8") as file:
            version = re.search(r"<Version>(.*?)</Version>", file.read())[1]
        self.assertEqual(version, engram.__version__)
        with open(os.path.join(ROOT, "python", "pyproject.toml"), encoding="utf-8") as file:
            self.assertIn(f'version = "{version}"', file.read())
        connect()
        from engram import _session
        self.assertEqual(version, _session.current().version.split("+")[0])
        self.assertEqual(RUNS, _session.current().root)


if __name__ == "__main__":
    unittest.main()

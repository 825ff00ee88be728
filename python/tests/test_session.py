"""The program behind the package, and what it says to clients that it does not understand."""

import json
import os
import subprocess
import tempfile
import unittest

from .support import FOLDER, RUNS, TINY, connect, engram


def start(errors):
    """The program, with runs in the tests' folder."""
    return subprocess.Popen([engram.find_executable(), "serve", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                            env={**os.environ, "ENGRAM_RUNS": RUNS})


def serve(lines):
    """Answers to lines that a client of its own sends at once."""
    sent = b"".join(line if isinstance(line, bytes) else (json.dumps(line) + "\n").encode() for line in lines)
    with tempfile.TemporaryFile() as errors:
        process = start(errors)
        out, _ = process.communicate(sent, timeout=60)
    return process.returncode, [json.loads(line) for line in out.splitlines()]


HELLO = {"id": 0, "method": "hello", "params": {"protocol": 1}}


class SessionTests(unittest.TestCase):
    def setUp(self):
        connect()

    def test_a_session_ends_when_its_input_does(self):
        code, answers = serve([HELLO, {"id": 1, "method": "list", "params": {"kind": "figures"}}])
        self.assertEqual(0, code)
        self.assertIn("interference", answers[1]["result"]["names"])

    def test_another_version_is_refused_politely(self):
        for params in ({"protocol": 2}, {}, {"protocol": 0, "client": "an old one"}):
            _, answers = serve([{"id": 7, "method": "hello", "params": params}, {"id": 8, "method": "runs"}])
            self.assertEqual(["protocol", "protocol"], [a["error"]["kind"] for a in answers])
            message = answers[0]["error"]["message"]
            self.assertRegex(message, r"version.* of the protocol, expected 1: this is Engram \d.*Use the client of that version")

    def test_each_wrong_request_has_one_clear_line(self):
        wrong = [
            (b"nonsense\n", "not JSON"),
            (b"\xff\xfe\n", "not JSON"),
            (b'{"id": 1, "id": 2, "method": "runs"}\n', "not JSON"),
            (b"[" * 100 + b"\n", "not JSON"),
            (b'"text"\n', "expected an object"),
            ({"method": "runs"}, "without an id"),
            ({"id": 1.5, "method": "runs"}, "without an id"),
            ({"id": 1}, "without a method"),
            ({"id": 1, "method": "rans"}, "did you mean 'runs'?"),
            ({"id": 1, "method": "runs", "params": []}, "expected an object"),
            ({"id": 1, "method": "runs", "parms": {}}, "Found 'parms' in a request"),
            ({"id": 1, "method": "runs", "params": {"tag": ["x"]}}, "did you mean 'tags'?"),
            ({"id": 1, "method": "train", "params": {"seeds": 0}}, "a whole number from 1 to 1000"),
            ({"id": 1, "method": "train", "params": {"seeds": "3"}}, "a whole number from 1 to 1000"),
            ({"id": 1, "method": "train", "params": {"settings": [1]}}, "a list of texts"),
            ({"id": 1, "method": "train", "params": {"recipe": "quick-start/flp", "settings": ["learner.rul=oja"]}}, "learner.rul"),
            ({"id": 1, "method": "figure", "params": {"runs": ["a"], "name": "interferense"}}, "did you mean 'interference'?"),
            ({"id": 1, "method": "figure", "params": {"runs": []}}, "Found no 'runs'"),
            ({"id": 1, "method": "live", "params": {"run": "nowhere", "out": "x"}}, "Found no run 'nowhere'"),
            ({"id": 1, "method": "live", "params": {"run": "nowhere", "out": "x", "parts": ["wights"]}}, "a part of a life"),
            ({"id": 1, "method": "tag", "params": {"runs": ["nowhere"], "add": ["x y"]}}, "Found no run"),
            (b'{"id": 1, "method": "runs", "params": {"runs": ["' + b"x" * (1 << 20) + b'"]}}\n', "more than 1048576 bytes"),
        ]
        # Each with an id of its own: one that waits must not be taken for another.
        sent = [{**line, "id": i + 100} if isinstance(line, dict) and line.get("id") == 1 else line for i, (line, _) in enumerate(wrong)]
        code, answers = serve([HELLO, *sent, {"id": 99, "method": "list"}])
        self.assertEqual(0, code)
        # Those that never become a request are answered at once, the others in their turn.
        errors = [a["error"] for a in answers if "error" in a]
        self.assertEqual(len(wrong), len(errors))
        for _, expected in wrong:
            self.assertTrue(any(expected in e["message"] for e in errors), expected)
        self.assertTrue(all("\n" not in e["message"] and e["kind"] in ("protocol", "wrong-input") for e in errors))
        self.assertEqual(1, sum(1 for a in answers if a.get("id") == 99 and "result" in a))

    def test_a_client_that_goes_stops_its_training(self):
        with tempfile.TemporaryFile() as errors:
            process = start(errors)
            train = {"id": 1, "method": "train", "params": {
                "recipe": "quick-start/flp", "run": "left", "settings": ["meta-training.outer-steps=1000000"]}}
            process.stdin.write((json.dumps(HELLO) + "\n" + json.dumps(train) + "\n").encode())
            process.stdin.flush()
            while True:
                line = json.loads(process.stdout.readline())
                if line.get("progress", {}).get("outerStep", 0) > 1:
                    break
            out, _ = process.communicate(timeout=60)
        self.assertEqual(0, process.returncode)
        last = json.loads(out.splitlines()[-1])
        self.assertEqual(("stopped", "left"), (last["error"]["kind"], last["error"]["run"]))
        self.assertEqual("interrupted", engram.runs("left")[0].state)

    def test_cancel_stops_with_a_checkpoint_and_resume_goes_on(self):
        from engram import _session
        session = _session.current()
        recipe = {**TINY, "meta-training": {"outer-steps": 100000, "rates": {"feedforward": 1e-5}}}
        seen = []

        def stop(progress):
            seen.append(progress["outerStep"])
            if len(seen) == 2:
                session._send({"id": -1, "method": "cancel", "params": {"request": session._count}})

        with self.assertRaises(engram.EngramError) as caught:
            engram.train(recipe, run="cancelled", progress=stop)
        self.assertEqual(("stopped", "cancelled"), (caught.exception.kind, caught.exception.run))
        done = engram.runs("cancelled")[0]
        self.assertEqual("interrupted", done.state)
        self.assertGreater(done.outer_steps_done, 0)

    def test_what_is_found_is_the_argument_the_variable_or_the_checkout(self):
        found = engram.find_executable()
        os.environ["ENGRAM"] = "/nowhere/engram"
        try:
            with self.assertRaisesRegex(engram.EngramError, "Found '/nowhere/engram' as the variable ENGRAM"):
                engram.find_executable()
            self.assertEqual(found, engram.find_executable(found))
        finally:
            del os.environ["ENGRAM"]

    def test_a_program_that_is_none_is_told(self):
        for program, expected in (("true", "ended \\(0\\)|ended"), ("cat", "expected JSON|ended|Found")):
            with self.assertRaisesRegex((engram.EngramError, KeyError), expected):
                engram.connect(executable=self.script(program))
        connect()

    def script(self, program):
        path = os.path.join(FOLDER, f"{program}.sh")
        with open(path, "w") as file:
            file.write(f"#!/bin/sh\n{'echo no JSON' if program == 'cat' else 'exit 0'}\n")
        os.chmod(path, 0o755)
        return path


if __name__ == "__main__":
    unittest.main()

"""The program behind the package: found, started once, and asked line by line (docs/PYTHON.md has the protocol)."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import threading

PROTOCOL = 1
_CHECKOUT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class EngramError(Exception):
    """What Engram found, what it expected, and what to do, in a line.

    kind is wrong-input, non-finite, stopped, protocol or fault; run names the run that goes on from a checkpoint.
    """

    def __init__(self, message, kind="wrong-input", run=None):
        super().__init__(message)
        self.kind = kind
        self.run = run


def find_executable(executable=None):
    """The program: the argument, $ENGRAM, `engram` on the path, or the build output of the checkout that this package lies in."""
    if executable is not None or os.environ.get("ENGRAM"):
        given = os.fspath(executable) if executable is not None else os.environ["ENGRAM"]
        found = given if os.path.isfile(given) else shutil.which(given)
        if found is None:
            where = "executable" if executable is not None else "the variable ENGRAM"
            raise EngramError(f"Found '{given}' as {where}, expected the path of the program engram; build it, or correct the path.")
        return os.path.abspath(found)
    found = shutil.which("engram")
    if found is not None:
        return found
    name = "engram.exe" if os.name == "nt" else "engram"
    for configuration in ("Release", "Debug"):
        built = os.path.join(_CHECKOUT, "src", "Engram.Cli", "bin", configuration, "net10.0", name)
        if os.path.isfile(built):
            return built
    raise EngramError(
        "Found no program engram on the path, expected it; install it, or say where it is with ENGRAM or engram.connect(executable=…).")


class Session:
    """One program that answers requests until it is closed. For several threads, one request after the other."""

    def __init__(self, executable=None, runs=None):
        self.executable = find_executable(executable)
        self._lock = threading.RLock()
        self._count = 0
        self._folder = tempfile.TemporaryDirectory(prefix="engram-")
        self._errors = open(os.path.join(self._folder.name, "errors.txt"), "w+b")
        environment = dict(os.environ)
        if runs is not None:
            environment["ENGRAM_RUNS"] = os.path.abspath(os.fspath(runs))
        command = [self.executable, "serve", "--stdio"]
        if self.executable.endswith(".dll"):
            command.insert(0, "dotnet")
        # A session of its own: Ctrl-C stops what is asked, not the program.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=environment, start_new_session=True)
        try:
            hello = self.ask("hello", protocol=PROTOCOL, client="engram for Python")
        except BaseException:
            self.close()
            raise
        self.version = hello["engram"]
        self.root = hello["runs"]

    def ask(self, method, on_progress=None, on_note=None, **parameters):
        """Sends a request and waits for its answer; Ctrl-C stops what is under way, with a checkpoint."""
        with self._lock:
            self._count += 1
            number = self._count
            given = {name: value for name, value in parameters.items() if value is not None}
            self._send({"id": number, "method": method, "params": given})
            stopped = False
            while True:
                try:
                    answer = self._receive()
                    if answer.get("id") != number:
                        continue
                    if "progress" in answer:
                        if on_progress is not None:
                            on_progress(answer["progress"])
                    elif "note" in answer:
                        if on_note is not None:
                            on_note(answer["note"])
                    elif "error" in answer:
                        error = answer["error"]
                        raise EngramError(error["message"], error["kind"], error.get("run"))
                    else:
                        return answer["result"]
                except KeyboardInterrupt:
                    if stopped:
                        self.close()
                        raise
                    stopped = True
                    self._count += 1
                    self._send({"id": self._count, "method": "cancel", "params": {"request": number}})

    def file(self, name):
        """A path for arrays that the program hands over."""
        self._count += 1
        return os.path.join(self._folder.name, f"{self._count}-{name}")

    def close(self):
        """Ends the program; what trains stops after its outer step, with a checkpoint."""
        process = self._process
        if process.poll() is None:
            try:
                process.stdin.close()
                process.wait(timeout=30)
            except (OSError, subprocess.TimeoutExpired):
                process.kill()
                process.wait()
        for stream in (process.stdin, process.stdout, self._errors):
            try:
                stream.close()
            except OSError:
                pass
        self._folder.cleanup()

    @property
    def closed(self):
        """Whether the program has ended."""
        return self._process.poll() is not None

    def _send(self, request):
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise self._gone() from None

    def _receive(self):
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._gone()
        try:
            return json.loads(line)
        except ValueError:
            raise EngramError(
                f"Found {line[:80]!r} from '{self.executable}', expected JSON; is it the program engram?", "protocol") from None

    def _gone(self):
        try:
            code = self._process.wait(timeout=10)
            self._errors.seek(0)
            told = self._errors.read()[-2000:].decode(errors="replace").strip()
        except (OSError, ValueError, subprocess.TimeoutExpired):
            code, told = None, ""
        return EngramError(f"The program '{self.executable}' ended ({code}){': ' + told if told else '.'}", "fault")


_current = None
_gate = threading.Lock()


def connect(executable=None, runs=None):
    """Starts the program that everything of this package asks from now on, in place of the one before.

    executable: its path; runs: the folder of the runs, in place of $ENGRAM_RUNS or ./runs.
    """
    global _current
    with _gate:
        session = Session(executable, runs)
        if _current is not None:
            _current.close()
        _current = session
    return session


def disconnect():
    """Ends the program; the next call starts it anew."""
    global _current
    with _gate:
        if _current is not None:
            _current.close()
            _current = None


def current():
    """The program, which is started where there is none."""
    if _current is None or _current.closed:
        connect()
    return _current


atexit.register(disconnect)

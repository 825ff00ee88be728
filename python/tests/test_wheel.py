"""The wheel: made without fetching anything, and all of the package in it."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

from .support import ROOT, engram


@unittest.skipUnless(importlib.util.find_spec("setuptools") and importlib.util.find_spec("wheel"), "setuptools or wheel is not there")
class WheelTests(unittest.TestCase):
    def test_the_wheel_has_the_package_and_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run([sys.executable, os.path.join(ROOT, "python", "build_wheel.py"), folder], capture_output=True, text=True)
            self.assertEqual(0, made.returncode, made.stderr)
            path = os.path.join(folder, f"engram-{engram.__version__}-py3-none-any.whl")
            names = zipfile.ZipFile(path).namelist()
            own = os.path.join(ROOT, "python", "engram")
            self.assertLessEqual({f"engram/{n}" for n in os.listdir(own) if n.endswith(".py")}, set(names))
            self.assertFalse(any("test" in n for n in names))
            used = subprocess.run(
                [sys.executable, "-c", "import engram; print(engram.__file__); print(engram.recipes()[0])"], capture_output=True, text=True,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path, "ENGRAM": engram.find_executable()})
            self.assertEqual(0, used.returncode, used.stderr)
            self.assertIn(".whl", used.stdout.splitlines()[0])


if __name__ == "__main__":
    unittest.main()

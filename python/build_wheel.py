"""Makes a wheel of the package: python3 python/build_wheel.py [FOLDER]. Fetches nothing; setuptools must be there."""

import os
import shutil
import sys
import tempfile

from setuptools import build_meta

HERE = os.path.dirname(os.path.abspath(__file__))


def build(folder):
    """Makes the wheel and returns its path. The checkout gets no other file."""
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as copy:
        source = os.path.join(copy, "python")
        shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("tests", "examples", "__pycache__", "build", "*.egg-info"))
        shutil.copy(os.path.join(HERE, "..", "LICENSE"), source)
        before = os.getcwd()
        os.chdir(source)
        try:
            return os.path.join(folder, build_meta.build_wheel(folder))
        finally:
            os.chdir(before)


if __name__ == "__main__":
    print(build(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "artifacts")))

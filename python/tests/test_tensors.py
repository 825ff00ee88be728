"""Files of arrays."""

import os
import unittest

import numpy as np

from .support import FOLDER, engram


class TensorTests(unittest.TestCase):
    def test_every_type_comes_back(self):
        path = os.path.join(FOLDER, "types.safetensors")
        arrays = {str(np.dtype(t)): (np.arange(6).reshape(2, 3) % 2).astype(t) for t in (
            np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8, np.bool_)}
        arrays["one"] = np.float64(3)
        arrays["none"] = np.zeros((0, 4), np.float32)
        engram.save(path, arrays, {"what": "types", "greek": "αβ"})
        found, metadata = engram.load(path)
        self.assertEqual({"what": "types", "greek": "αβ"}, metadata)
        self.assertEqual(sorted(arrays), sorted(found))
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, found[name])
            self.assertEqual(np.asarray(array).dtype, found[name].dtype)

    def test_a_file_that_is_cut_short_is_refused(self):
        path = os.path.join(FOLDER, "short.safetensors")
        engram.save(path, {"x": np.arange(10.0)})
        with open(path, "rb") as file:
            whole = file.read()
        for length in (0, 7, 20):
            with open(path, "wb") as file:
                file.write(whole[:length])
            with self.assertRaises(ValueError):
                engram.load(path)

    def test_complex_numbers_are_refused(self):
        path = os.path.join(FOLDER, "complex.safetensors")
        with self.assertRaisesRegex(TypeError, "complex128"):
            engram.save(path, {"x": np.array([1j])})
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()

"""mnist14.py FOLDER OUT.npz: MNIST at 14×14 (means of 2×2 pixels, 0 … 1) as arrays of a task, from the four idx.gz files in FOLDER.

50,000 training images are for meta-training, 10,000 for meta-validation; the 10,000 test images are for meta-test.
"""
import gzip
import sys

import numpy


def read(name, header):
    with gzip.open(f"{sys.argv[1]}/{name}-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


images = numpy.concatenate([read(f"{part}-images-idx3", 16) for part in ("train", "t10k")]).reshape(-1, 14, 2, 14, 2)
labels = numpy.concatenate([read(f"{part}-labels-idx1", 8) for part in ("train", "t10k")])
small = images.mean(axis=(2, 4), dtype=numpy.float32).reshape(-1, 196) / numpy.float32(255)
split = numpy.repeat([0, 1, 2], [50_000, 10_000, 10_000])
numpy.savez(sys.argv[2], input=small, target=labels.astype(numpy.int32), split=split.astype(numpy.int32))

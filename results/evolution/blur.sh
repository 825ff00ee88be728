#!/usr/bin/env bash
# blur.sh FOLDER: CMA-ES of a plasticity rule in the setting of BLUR (blur.yaml). FOLDER holds the four idx.gz files of MNIST; Python with
# numpy makes them smaller. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")"
engram() { ${ENGRAM:-engram} "$@"; }
[ -s mnist14.npz ] || python3 mnist14.py "$1" mnist14.npz
engram train blur.yaml --run evolution-blur --quiet

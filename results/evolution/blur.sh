#!/usr/bin/env bash
# blur.sh FOLDER: CMA-ES of a plasticity rule in the setting of BLUR (blur.yaml); what comes of it is put into blur. FOLDER holds the four
# idx.gz files of MNIST; Python with numpy makes them smaller. ENGRAM names the command.
set -euo pipefail
folder=$(realpath "${1:?the folder with the four idx.gz files of MNIST}")
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
run="${ENGRAM_RUNS:-runs}/evolution-blur"
[ -s results/evolution/mnist14.npz ] || python3 results/evolution/mnist14.py "$folder" results/evolution/mnist14.npz
engram train results/evolution/blur.yaml --run evolution-blur --quiet
cp "$run"/{recipe.yaml,result.json,evaluation.csv,learning-curves.csv,learning-curves.svg} results/evolution/blur/

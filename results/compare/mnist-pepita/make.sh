#!/usr/bin/env bash
# Trains the comparison mnist-pepita and keeps its tables and figures here. ENGRAM names the command, more arguments are passed on, such as
# --threads 2, --only METHOD or --set training.seeds=1. A run that was stopped is resumed with what it was begun
# with. MNIST is read from the data folder: engram data import mnist FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../../.."
engram() { ${ENGRAM:-engram} "$@"; }
run="${ENGRAM_RUNS:-runs}/compare-mnist-pepita"
if [ -d "$run" ]; then
    engram compare --resume --run "$run" --quiet
else
    engram compare recipes/compare/mnist-pepita.yaml --run "$run" --quiet "$@"
fi
cp "$run"/comparison.yaml "$run"/comparison-*.csv "$run"/comparison-results.json "$run"/*.svg "$run"/*.csv results/compare/mnist-pepita/

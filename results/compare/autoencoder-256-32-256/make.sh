#!/usr/bin/env bash
# Trains the comparison autoencoder-256-32-256 and keeps its tables and figures here. ENGRAM names the command, more arguments are passed on, such as
# --threads 2, --only METHOD or --set training.seeds=1. A run that was stopped is resumed with what it was begun
# with. MNIST is read from the data folder: engram data import mnist FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../../.."
engram() { ${ENGRAM:-engram} "$@"; }
run="${ENGRAM_RUNS:-runs}/compare-autoencoder-256-32-256"
if [ -d "$run" ]; then
    engram compare --resume --run "$run" --quiet
else
    engram compare recipes/compare/autoencoder-256-32-256.yaml --run "$run" --quiet "$@"
fi
cp "$run"/comparison.yaml "$run"/comparison-*.csv "$run"/comparison-results.json "$run"/*.svg "$run"/*.csv results/compare/autoencoder-256-32-256/

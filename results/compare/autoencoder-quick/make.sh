#!/usr/bin/env bash
# Trains the comparison autoencoder-quick and keeps its tables and figures here. ENGRAM names the command, more arguments are passed on, such as
# --threads 2, --only METHOD or --set training.seeds=1. A run that was stopped is resumed with what it was begun
# with.
set -euo pipefail
cd "$(dirname "$0")/../../.."
engram() { ${ENGRAM:-engram} "$@"; }
run="${ENGRAM_RUNS:-runs}/compare-autoencoder-quick"
if [ -d "$run" ]; then
    engram compare --resume --run "$run" --quiet
else
    engram compare recipes/compare/autoencoder-quick.yaml --run "$run" --quiet "$@"
fi
cp "$run"/comparison.yaml "$run"/comparison-*.csv "$run"/comparison-results.json "$run"/*.svg "$run"/*.csv results/compare/autoencoder-quick/

#!/usr/bin/env bash
# train.sh NAME [OPTION …]: trains the comparison NAME and keeps its tables and figures in results/compare/NAME. ENGRAM names the command;
# options are passed on, such as --threads 2, --only METHOD or --set training.seeds=1. A run that was stopped is resumed with what it was
# begun with. MNIST is read from the data folder: engram data import mnist FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
shift
engram() { ${ENGRAM:-engram} "$@"; }
run="${ENGRAM_RUNS:-runs}/compare-$name"
if [ -d "$run" ]; then
    engram compare --resume --run "$run" --quiet
else
    engram compare "recipes/compare/$name.yaml" --run "$run" --quiet "$@"
fi
cp "$run"/comparison.yaml "$run"/comparison-results.json "$run"/*.svg "$run"/*.csv "results/compare/$name/"

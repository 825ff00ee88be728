#!/usr/bin/env bash
# Meta-trains the networks of classes in sequence at a laptop's size, measures them on 10 to 600 classes, and puts the report here.
# It needs Omniglot: engram data import omniglot FOLDER. ENGRAM names the command; words after it choose, such as --only feature-reuse.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
runs="${ENGRAM_RUNS:-runs}"
engram reproduce sequence --scale laptop --threads 1 --yes --quiet "$@"
for file in report.md report.csv report.json classes.svg classes.csv; do
    cp "$runs/sequence-laptop/$file" results/sequence/
done
for network in "$runs"/sequence-laptop/omniglot-*; do
    cp "$network/sequence.json" "results/sequence/$(basename "$network").json"
done

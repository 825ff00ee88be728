#!/usr/bin/env bash
# Meta-trains FLP (2) on small sines with lives of several lengths, two networks, and measures lives of 1/4 to 20 times their length, beside
# networks that were meta-trained on one length. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
engram train recipes/long-lives/sines-flp-2.yaml --seeds 2 --run long-flp-2 --quiet
engram train recipes/rules/sines-iid/flp-2.yaml --seeds 2 --run long-one-length --quiet
engram analyze long-flp-2/seed-1 long-flp-2/seed-2 long-one-length/seed-1 long-one-length/seed-2 \
    --figure longer-lives --lifetimes 50 --out results/long-lives

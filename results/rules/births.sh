#!/usr/bin/env bash
# Meta-trains networks whose weights are drawn anew in each life, two each, on small sines and on Omniglot at 28×28, and compares them.
# It needs Omniglot: engram data import omniglot FOLDER. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
for order in iid omniglot; do
    folder=sines-iid
    [ "$order" = iid ] || folder=omniglot-28
    runs=()
    for file in recipes/rules/$folder/{flp-2,gradient-2,random-*}.yaml; do
        runs+=("births-$order-$(basename "$file" .yaml)")
        engram train "$file" --seeds 2 --run "${runs[-1]}" --quiet
    done
    engram runs compare "${runs[@]}"
done | tee results/rules/compare-births.txt

#!/usr/bin/env bash
# Meta-trains FLP (2) on small sines with births of fewer numbers, two networks each, beside recipes/rules/sines-iid/flp-2.
# ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
engram train recipes/rules/sines-iid/flp-2.yaml --seeds 2 --run births-point --quiet
for file in recipes/births/*.yaml; do
    engram train "$file" --seeds 2 --run "births-$(basename "$file" .yaml)" --quiet
done
names=(births-point)
for file in recipes/births/*.yaml; do names+=("births-$(basename "$file" .yaml)"); done
engram analyze "${names[@]}" --figure compression --lifetimes 50 --out results/births

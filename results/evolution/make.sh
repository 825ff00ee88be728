#!/usr/bin/env bash
# Meta-trains a polynomial rule on small sines whose 27 coefficients, α and β are found by evolution and by backpropagation, W by
# backpropagation in both, two networks each. ENGRAM names the command; words after it choose, such as backpropagation es pes nres.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
[ $# -gt 0 ] || set -- backpropagation es
names=()
for recipe in "$@"; do
    engram train "recipes/evolution/$recipe.yaml" --seeds 2 --run "evolution-$recipe" --threads 1 --quiet
    names+=("evolution-$recipe")
done
engram runs compare "${names[@]}" | tee results/evolution/compare.txt

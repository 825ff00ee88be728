#!/usr/bin/env bash
# Meta-trains one learner on small sines by the contrastive rule and by backpropagation of both orders, three networks each.
# ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
names=()
for recipe in contrastive backpropagation first-order; do
    engram train "recipes/contrastive/$recipe.yaml" --seeds 3 --run "contrastive-$recipe" --threads 1 --quiet
    names+=("contrastive-$recipe")
done
engram runs compare "${names[@]}" >results/contrastive/table.txt

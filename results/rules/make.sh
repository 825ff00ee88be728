#!/usr/bin/env bash
# Meta-trains the rules on small sines, three networks each, equal in lifetimes to FLP (2) and (3). ENGRAM names the command.
# These run on the engine that runs every learner: take them one at a time, in a queue.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
for order in iid continual; do
    for recipe in flp-2 flp-3; do
        engram train "sines/small/$order/$recipe" --seeds 3 --run "rules-$order-$recipe" --quiet
    done
    for file in recipes/rules/sines-$order/*.yaml; do
        engram train "$file" --seeds 3 --run "rules-$order-$(basename "$file" .yaml)" --quiet
    done
done
engram runs list

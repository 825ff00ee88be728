#!/usr/bin/env bash
# Meta-trains the rules on small sines, three networks each, equal in lifetimes to FLP (2) and (3), and compares them. ENGRAM names the
# command; words after it choose recipes, such as flp-2 polynomial-from-oja-2. They run on the engine that runs every learner: one to ten
# minutes a network and thread.
set -euo pipefail
cd "$(dirname "$0")/../.."
engram() { ${ENGRAM:-engram} "$@"; }
for order in iid continual; do
    runs=()
    for file in recipes/rules/sines-$order/*.yaml; do
        name=$(basename "$file" .yaml)
        case $name in gradient-2 | random-*) continue ;; esac    # births.sh has these
        [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
        engram train "$file" --seeds 3 --run "rules-$order-$name" --quiet
        runs+=("rules-$order-$name")
    done
    engram runs compare "${runs[@]}" | tee "results/rules/compare-$order.txt"
done

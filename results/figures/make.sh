#!/usr/bin/env bash
# Trains the networks of results/figures (5,000 outer steps each, one to two minutes a network and core) and draws the figures again.
# ENGRAM names the command, such as "dotnet run -c Release --project src/Engram.Cli --".
set -euo pipefail
cd "$(dirname "$0")"
engram() { ${ENGRAM:-engram} "$@"; }
train() { # ordering, recipe, seed
    engram train "sines/small/$1/$2" --seed "$3" --outer-steps 5000 --run "$2-$1-s$3" --quiet
}

for recipe in feature-reuse flp-2 flp-3 gradient-3 gradient-first-order-3; do
    train iid "$recipe" 1
    train iid "$recipe" 2
    train continual "$recipe" 1
done
train continual feature-reuse 2
train continual flp-2 3   # seed 2 explodes at outer step 427
train continual gradient-first-order-3 2

runs=()
for recipe in feature-reuse flp-2 flp-3 gradient-3 gradient-first-order-3; do runs+=("$recipe-iid-s1" "$recipe-iid-s2"); done
runs+=(feature-reuse-continual-s1 feature-reuse-continual-s2 flp-2-continual-s1 flp-2-continual-s3 flp-3-continual-s1
    gradient-3-continual-s1 gradient-first-order-3-continual-s1 gradient-first-order-3-continual-s2)
for figure in readout-probe interference gradient-alignment update-magnitude trajectory plasticity weights-in-life; do
    engram analyze "${runs[@]}" --figure "$figure" --lifetimes 50 --out .
done
engram analyze flp-2-iid-s1 flp-3-iid-s1 gradient-3-iid-s1 flp-2-continual-s1 flp-3-continual-s1 gradient-3-continual-s1 \
    --figure longer-lives --lifetimes 20 --out .

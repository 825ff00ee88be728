#!/usr/bin/env bash
# Measures parallel dynamics, trains four small networks for less than a minute each, and draws the figures of
# docs/DYNAMICS.md and docs/ANALYSIS.md. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")"
engram() { ${ENGRAM:-engram} "$@"; }
recipes=../../recipes
engram train sines/small/iid/flp-2 --outer-steps 200 --run dynamics-flp --quiet
engram train sines/small/iid/flp-2 --outer-steps 200 --set learner.feedback-rule=oja --run dynamics-plastic-feedback --quiet
engram analyze dynamics-flp dynamics-plastic-feedback --figure feedback-in-life --lifetimes 10 --out .
engram train "$recipes/rules/sines-iid/polynomial-from-oja-2.yaml" --outer-steps 150 --run dynamics-polynomial --quiet
engram analyze dynamics-polynomial --figure meta-training --out .
engram train "$recipes/rules/sines-iid/parallel-2.yaml" --outer-steps 60 --set learner.time-step=5 --run dynamics-parallel --quiet
engram analyze dynamics-parallel --figure rate-traces --out .
engram demonstrate parallel --out . > table.txt

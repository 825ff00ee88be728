#!/usr/bin/env bash
# Measures parallel dynamics, trains three small networks for a few minutes, and draws the figures of docs/DYNAMICS.md and
# docs/ANALYSIS.md. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")"
engram() { ${ENGRAM:-engram} "$@"; }
engram demonstrate parallel --out . > table.txt
recipes=../../recipes
engram train "$recipes/rules/sines-iid/parallel-2.yaml" --outer-steps 300 --set learner.time-step=2.5 \
    --set learner.with-signal=40 --run dynamics-parallel --quiet
engram analyze dynamics-parallel --figure rate-traces --out .
engram train sines/small/iid/flp-2 --outer-steps 300 --set learner.feedback-rule=oja --run dynamics-plastic-feedback --quiet
engram train sines/small/iid/flp-2 --outer-steps 300 --run dynamics-flp --quiet
engram analyze dynamics-flp dynamics-plastic-feedback --figure feedback-in-life --lifetimes 10 --out .
engram train "$recipes/rules/sines-iid/polynomial-from-oja-2.yaml" --outer-steps 200 --run dynamics-polynomial --quiet
engram analyze dynamics-polynomial --figure meta-training --out .

#!/usr/bin/env bash
# results/cluster/communication.sh [mpich|openmpi] [PAIRS]: an outer step of two ranks with one thread each against one process with two
# threads, lifetimes of about half a second, in turn. Wants two cores and nothing else on them. ENGRAM names the command.
set -euo pipefail
library=${1:-mpich}
pairs=${2:-5}
engram=${ENGRAM:-engram}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ENGRAM_RUNS="$work/runs"
cat >"$work/recipe.yaml" <<'YAML'
name: Communication
description: FLP (3) on the paper's sines at width 110, eight lifetimes an outer step.
extends: sines/paper/iid/flp-3
network: {width: 110}
meta-training: {outer-steps: 14, lifetimes-per-outer-step: 8, checkpoint-every: 14}
evaluation: {lifetimes: 2}
YAML
options=()
[ "$library" = openmpi ] && options=(--allow-run-as-root --bind-to none)
# Seconds of an outer step, without the first two, which compile.
seconds() {
    sed 's/.*"outerStep":\([0-9]*\),.*"elapsedSeconds":\([0-9.]*\).*/\1 \2/' "$ENGRAM_RUNS/$1/metrics.jsonl" |
        awk '$1 == 2 { from = $2 } { to = $2; last = $1 } END { printf "%.4f", (to - from) / (last - 2) }'
}
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
for ((pair = 1; pair <= pairs; pair++)); do
    $engram train "$work/recipe.yaml" --run "one-$pair" --threads 2 --quiet >/dev/null
    "mpiexec.$library" "${options[@]}" -n 2 $engram train "$work/recipe.yaml" --run "ranks-$pair" --threads 1 >/dev/null 2>"$work/messages"
    one=$(seconds "one-$pair")
    two=$(seconds "ranks-$pair")
    awk -v one="$one" -v two="$two" -v pair="$pair" 'BEGIN {
        printf "pair %d: one process %.3f s an outer step (%.2f s a lifetime and thread), two ranks %.3f s: %+.1f %%\n",
            pair, one, one / 4, two, 100 * (two / one - 1) }'
    echo "$one $two" >>"$work/pairs"
    grep "ranks:" "$work/messages"
done
awk '{ print $2 / $1 - 1 }' "$work/pairs" | sort -g |
    awk '{ v[NR] = $1 } END { printf "median of %d pairs: %+.1f %%\n", NR, 50 * (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) }'

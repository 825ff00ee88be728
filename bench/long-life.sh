#!/usr/bin/env bash
# long-life.sh [PAIRS]: a life of 40,000 inner steps of the paper's size, meta-gradient and all, beside a hundred lives of 400, alternating.
# Prints the seconds of each, the ratios, and the most memory that each took. ENGRAM names the command.
set -euo pipefail
pairs=${1:-3}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
export ENGRAM_RUNS="$runs"

# $1 a name; then options. Leaves "seconds kilobytes". What is measured is over before the evaluation, in which a life of 40,000 steps may
# diverge after one outer step.
measure() {
    local name=$1
    shift
    /usr/bin/time -f %M -o "$runs/memory" ${ENGRAM:-engram} train sines/paper/iid/flp-2 --run "$name" --outer-steps 1 --threads 1 \
        --quiet --set evaluation.lifetimes=2 "$@" >"$runs/said" 2>&1 || true
    [ -s "$runs/$name/metrics.jsonl" ] || { cat "$runs/said" >&2; exit 1; }
    echo "$(sed -n 's/.*"elapsedSeconds":\([0-9.]*\).*/\1/p' "$runs/$name/metrics.jsonl") $(tail -n 1 "$runs/memory")"
}

echo "pair  a life of 40,000 (s)  100 lives of 400 (s)  ratio  MiB of each"
for ((pair = 1; pair <= pairs; pair++)); do
    read -r long longMemory < <(measure "long-$pair" --set task.batches-per-sine=4000 --set meta-training.lifetimes-per-outer-step=1)
    read -r many manyMemory < <(measure "many-$pair" --set meta-training.lifetimes-per-outer-step=100)
    awk -v p="$pair" -v l="$long" -v m="$many" -v a="$longMemory" -v b="$manyMemory" \
        'BEGIN { printf "%4d  %20.1f  %20.1f  %5.2f  %.0f, %.0f\n", p, l, m, l / m, a / 1024, b / 1024 }'
done | tee "$runs/table"
awk '{ print $4 }' "$runs/table" | sort -n | awk '{ r[NR] = $1 } END { printf "median ratio %.2f of %d\n", r[int((NR + 1) / 2)], NR }'

#!/usr/bin/env bash
# results/cluster/bad-input.sh FOLDER [mpich|openmpi]: what goes wrong on ranks, each with its one line, its exit code, and no process left.
# FOLDER has engram.dll and what belongs to it.
set -euo pipefail
program=$1
library=${2:-mpich}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ENGRAM_RUNS="$work/runs"
options=()
[ "$library" = openmpi ] && options=(--allow-run-as-root --oversubscribe)
folder=-wdir
mkdir "$work/first" "$work/second" "$work/empty"
cp -r "$program" "$work/other-version"
# The same program with another version in its metadata, of the same length.
sed -i -E 's/([0-9])\.[0-9]+\.([0-9]+\+[0-9a-f]{8})/\1.9.\2/g' "$work/other-version/Engram.Experiments.dll"
data() { # 60 groups of 60 points on lines, from a seed
    awk -v seed="$1" 'BEGIN { srand(seed); print "x0,x1,y,group"
        for (g = 0; g < 60; g++) { s = rand(); for (i = 0; i < 60; i++) { x = rand(); printf "%.4f,1,%.4f,%d\n", x, s * x, g } } }'
}
data 1 >"$work/first/lines.csv"
data 2 >"$work/second/lines.csv"
cat >"$work/lines.yaml" <<'YAML'
name: Lines
description: Lines from a file.
task: {family: arrays, data: lines.csv, groups: 1, batches-per-group: 5, batch-size: 4}
network: {hidden-widths: [8], plastic-layers: 1}
learner: {name: feature-reuse}
meta-training: {outer-steps: 4, lifetimes-per-outer-step: 2, rates: {readout-plasticity: 1e-4}}
evaluation: {lifetimes: 2}
YAML
run="train $work/lines.yaml --threads 1 --quiet"
expect() { # NAME CODE WORDS COMMAND...: one line of ours with these words, this code, and nobody left
    local name=$1 wanted=$2 words=$3 code=0
    shift 3
    "$@" >"$work/table" 2>"$work/messages" || code=$?
    local lines
    lines=$(grep -a 'engram: ' "$work/messages" | sort -u || true)
    echo "$name: exit code $code"
    echo "    $lines"
    if [ "$code" -ne "$wanted" ] || [ "$(grep -c . <<<"$lines")" -ne 1 ] || ! grep -q "$words" <<<"$lines"; then
        echo "    expected code $wanted and one line with '$words'"
        cat "$work/messages"
        exit 1
    fi
    if pgrep -f "$work/lines.yaml" >/dev/null; then echo "    a rank lives on"; exit 1; fi
}
mpi=("mpiexec.$library" "${options[@]}")
here="dotnet $program/engram.dll"
expect "another version on rank 1" 2 "expected .* as on rank 0" \
    "${mpi[@]}" -n 1 "$folder" "$work/first" $here $run : -n 1 "$folder" "$work/first" dotnet "$work/other-version/engram.dll" $run
expect "other data on rank 1" 2 "Found other lifetimes on rank 1" \
    "${mpi[@]}" -n 1 "$folder" "$work/first" $here $run : -n 1 "$folder" "$work/second" $here $run
expect "no data on rank 1" 2 "Rank 1: .*lines.csv" \
    "${mpi[@]}" -n 1 "$folder" "$work/first" $here $run : -n 1 "$folder" "$work/empty" $here $run
expect "more ranks than lifetimes" 2 "Found 3 ranks for 2 lifetimes" "${mpi[@]}" -n 3 "$folder" "$work/first" $here $run
expect "an estimator that remembers" 2 "truncated-backpropagation" "${mpi[@]}" -n 2 "$folder" "$work/first" $here $run \
    --set meta-training.estimator=truncated-backpropagation
expect "no MPI library" 2 "Found no library libengram-none.so.1" \
    env ENGRAM_MPI=libengram-none.so.1 "${mpi[@]}" -n 2 "$folder" "$work/first" $here $run
# Another recipe on rank 1 is never read: rank 0 hands its own out.
"${mpi[@]}" -n 1 "$folder" "$work/first" $here $run --run same : -n 1 "$folder" "$work/first" $here train no-such-recipe >/dev/null 2>&1
echo "another recipe on rank 1: never read; the run is rank 0's"

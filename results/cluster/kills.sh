#!/usr/bin/env bash
# results/cluster/kills.sh [mpich|openmpi] [KILLS]: a training on 2 to 4 ranks of which one, at random, is killed (SIGKILL) once there is a
# new checkpoint, 25 times, each time resumed on another number of ranks; in the end it has the bits of one process.
# ENGRAM names the command.
set -euo pipefail
library=${1:-mpich}
kills=${2:-25}
engram=${ENGRAM:-engram}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ENGRAM_RUNS="$work/runs"
RANDOM=7
cat >"$work/recipe.yaml" <<'YAML'
name: Kills
description: Small sines on a narrow network, four lifetimes an outer step.
extends: sines/small/iid/flp-2
network: {width: 16}
meta-training: {outer-steps: 200, lifetimes-per-outer-step: 4, checkpoint-every: 2}
evaluation: {lifetimes: 4}
YAML
launch() {
    local options=()
    [ "$library" = openmpi ] && options=(--allow-run-as-root --oversubscribe)
    "mpiexec.$library" "${options[@]}" -n "$1" $engram train "${@:2}" --threads 1 --quiet >"$work/table" 2>"$work/messages" &
    launcher=$!
}
below() { # every process below one
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        echo "$child"
        below "$child"
    done
}
ranks() { # those of them that are the command
    local id
    for id in $(below "$launcher"); do
        if grep -qs engram "/proc/$id/cmdline" && ! grep -qsE 'mpiexec|hydra|orte' "/proc/$id/cmdline"; then echo "$id"; fi
    done
}
newest() { ls "$work/runs/killed" 2>/dev/null | grep -o 'checkpoint-[0-9]*' | tail -n 1 || true; }
numbers() { tail -c "+$((9 + $(od -An -t u8 -N 8 "$1")))" "$1"; }

$engram train "$work/recipe.yaml" --run whole --threads 1 --quiet >/dev/null
launch 3 "$work/recipe.yaml" --run killed
for ((k = 1; k <= kills; k++)); do
    before=$(newest)
    while [ "$(newest)" = "$before" ] || [ -z "$(newest)" ]; do
        kill -0 "$launcher" 2>/dev/null || { echo "kill $k: it ended by itself"; cat "$work/messages"; exit 1; }
        sleep 0.02
    done
    sleep "0.0$((RANDOM % 90 + 10))"
    mapfile -t found < <(ranks)
    victim=$((RANDOM % ${#found[@]}))
    kill -KILL "${found[$victim]}"
    code=0
    wait "$launcher" || code=$?
    [ "$code" -ne 0 ] || { echo "kill $k: the launcher ended with 0"; exit 1; }
    [ -z "$(ranks)" ] || { echo "kill $k: ranks live on"; exit 1; }
    next=$((RANDOM % 3 + 2))
    echo "kill $k: rank $victim of ${#found[@]}, after $(newest); exit code $code; resumed on $next ranks"
    launch "$next" --resume --run killed
done
wait "$launcher"
cmp <(numbers "$work/runs/whole/checkpoint-0000000200.safetensors") <(numbers "$work/runs/killed/checkpoint-0000000200.safetensors")
cmp <(cut -d, -f2- "$work/runs/whole/evaluation.csv") <(cut -d, -f2- "$work/runs/killed/evaluation.csv")
echo "$library: $kills kills survived; the bits are those of one process."

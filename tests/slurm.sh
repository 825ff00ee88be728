#!/usr/bin/env bash
# Three networks, a sweep, a comparison and a small reproduction as arrays of a Slurm that runs here: the files of one process come out, though
# the first task of each is cancelled half-way. ENGRAM names the command. A one-machine Slurm is enough: slurmctld, slurmd and munged of
# Debian's slurm-wlm and munge, SelectType=select/cons_tres, four CPUs.
set -euo pipefail
command -v sbatch >/dev/null || { echo "SKIPPED: there is no Slurm here."; exit 0; }
engram=${ENGRAM:-engram}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export ENGRAM_RUNS="$work/runs"

cat >recipe.yaml <<'YAML'
extends: sines/small/iid/flp-2
meta-training: {outer-steps: 60, checkpoint-every: 10}
evaluation: {lifetimes: 4}
YAML
printf 'recipe: recipe.yaml\nvary: {meta-training.rates.feedforward: [1e-3, 3e-3]}\nvalidation: {lifetimes: 4}\n' >sweep.yaml
cat >comparison.yaml <<'YAML'
problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
network: {hidden-widths: [10, 8]}
training: {epochs: 40, batch-size: 16, rates: [1e-3], seeds: 2, patience: none, measured-steps: 2}
methods: {backprop: , feedback-alignment: }
YAML

check() {
    local name=$1 table=$2
    shift 2
    $engram "$@" --run "$name-one" --quiet >/dev/null
    $engram "$@" --run "$name-array" --slurm "$name.sh"
    local job
    job=$(sbatch --parsable "$name.sh")
    sleep 2
    scancel "${job}_1" || true
    while squeue --noheader --job "$job" 2>/dev/null | grep -q .; do sleep 1; done
    # What the cancelled task left, and no other took up, is taken up by the same file.
    if [ ! -s "runs/$name-array/$table" ]; then
        sbatch --wait --parsable "$name.sh" >/dev/null
    fi
    cmp "runs/$name-one/$table" "runs/$name-array/$table"
    echo "$name: $table is that of one process"
}

check networks learning-curves.csv train recipe.yaml --seeds 3
check sweep sweep-results.csv sweep sweep.yaml
check comparison comparison-results.csv compare comparison.yaml
check reproduction numbers.csv reproduce table1 --scale smoke --only iid/flp-2 --only continual/feature-reuse --yes

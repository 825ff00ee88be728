#!/usr/bin/env bash
# Copies the records of finished networks of a reproduction of Table 1: collect.sh GROUP FOLDER, such as collect.sh "$ENGRAM_RUNS/table1-desktop" results/table1/desktop.
# Of each network its recipe, environment and result; of the first of each cell its meta-parameters, by engram export; of all the report, with the curves of meta-training. ENGRAM says how to call engram where it is not on the path.
set -euo pipefail
group=${1:?"a group of runs, such as runs/table1-desktop"}
folder=${2:?"where the records go, such as results/table1/desktop"}
for run in "$group"/*-seed-*; do
    grep -qs '"state": "finished"' "$run/result.json" || continue
    name=$(basename "$run")
    seed=${name##*-seed-}
    cell=${name%-seed-*}
    record=$folder/${cell%%-*}/${cell#*-}/$seed
    mkdir -p "$record"
    cp "$run"/{recipe.yaml,environment.json,result.json} "$record"
    if [ "$seed" = 1 ]; then
        ${ENGRAM:-engram} export "$run" --out "$record/meta-parameters.safetensors"
    fi
done
cp "$group"/report.{md,csv,json} "$group"/{numbers,meta-training-*}.{svg,csv} "$folder"

#!/usr/bin/env bash
# Copies the records of finished networks: collect.sh RUNS FOLDER, such as collect.sh "$ENGRAM_RUNS" results/omniglot-28/validated.
# Runs are called om28-LEARNER-ORDER-SEED. Of each its recipe, environment, result and drawn curve, of seed 1 the curve's numbers; of seeds
# 1 and 2 its meta-parameters, as float16. numbers.csv gets a line for each network on each order, over 500 meta-test lifetimes. ENGRAM says how to call engram where it
# is not on the path.
set -euo pipefail
runs=${1:?"the folder of runs"}
folder=${2:?"where the records go"}
numbers=$folder/numbers.csv
[ -f "$numbers" ] || echo "cell,learner,trained,evaluated,seed,queryLoss,standardError,queryErrorPercent,errorStandardErrorPercent" > "$numbers"
for run in "$runs"/om28-*-{iid,continual}-[0-9]*; do
    grep -qs '"state": "finished"' "$run/result.json" || continue
    name=${run##*/om28-}
    seed=${name##*-}
    cell=${name%-*}
    order=${cell##*-}
    learner=${cell%-*}
    record=$folder/$order/$learner/$seed
    if [ ! -d "$record" ]; then
        mkdir -p "$record"
        cp "$run"/{recipe.yaml,environment.json,result.json,learning-curves.svg} "$record"
        if [ "$seed" = 1 ]; then
            cp "$run/learning-curves.csv" "$record"
        fi
        if [ "$seed" -le 2 ]; then
            ${ENGRAM:-engram} export "$run" --half --out "$record/meta-parameters.safetensors"
        fi
    fi
    for evaluated in iid continual; do
        line=$learner/$order/$evaluated,$learner,$order,$evaluated,$seed
        grep -q "^$line," "$numbers" && continue
        ${ENGRAM:-engram} evaluate "$run" --set "task.ordering=$evaluated" --lifetimes 500 --json | python3 -c "
import json, sys
e = json.load(sys.stdin)['runs'][0]['result']['evaluation']
print('$line', *(e[k] for k in ('queryLoss', 'standardError', 'queryErrorPercent', 'errorStandardErrorPercent')), sep=',')" >> "$numbers"
    done
done

#!/usr/bin/env bash
# Recovers hidden rules from networks that learnt by them: some 20 seconds each on one core. ENGRAM names the command.
# Exit codes are kept: 1 where the rule is not recovered, which is what the last three show.
set -uo pipefail
cd "$(dirname "$0")"
engram() { ${ENGRAM:-engram} "$@"; }
record() { # name, arguments
    local name="$1"; shift
    { echo "engram recover $*"; engram recover "$@"; echo "exit code $?"; } > "$name.txt"
}

record oja oja --out .
record hebb hebb
record oja-tenth-seen oja --seen 0.1
record oja-tenth-seen-noisy oja --seen 0.1 --noise 0.01
record oja-activity oja --observe activity
record oja-subspace oja-subspace
record oja-binary oja --binary-inputs
record bcm bcm

#!/usr/bin/env bash
# Reads 200,000 damaged inputs of every kind of file, then searches each kind for 5 s, led by branches. Takes about an hour on two cores.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
rm -f inputs.txt led.txt
cd ../..
for tests in Engram.Experiments.Tests Engram.Tasks.Tests; do
  ENGRAM_FUZZ_INPUTS=200000 ENGRAM_FUZZ_INPUTS_LOG=$here/inputs.txt dotnet test "tests/$tests" -c Release --filter FileFuzzTests
done
ENGRAM_FUZZ_INPUTS_LOG=$here/led.txt tests/fuzz.sh 5

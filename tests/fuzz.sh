#!/usr/bin/env bash
# tests/fuzz.sh [SECONDS [FILTER]]: searches every kind of file for inputs that no reader expects, SECONDS (10) for each, led by branches.
# SharpFuzz makes copies of the libraries count their branches; Fuzzing.cs keeps inputs that take new ones. FILTER is a part of a test's name.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10} filter=${2:-}
dotnet tool restore > /dev/null
for tests in Engram.Experiments.Tests Engram.Tasks.Tests; do
  dotnet build "tests/$tests" -c Release -v q -nologo
  copy="tests/$tests/obj/fuzz"
  rm -rf "$copy"
  cp -r "tests/$tests/bin/Release/net10.0" "$copy"
  for library in Engram.Numerics Engram.Tasks Engram.Figures Engram.Learning Engram.Supervised Engram.Experiments YamlDotNet; do
    [ ! -f "$copy/$library.dll" ] || dotnet sharpfuzz "$copy/$library.dll"
  done
  ENGRAM_FUZZ_SECONDS=$seconds ENGRAM_FUZZ_INPUTS_LOG=${ENGRAM_FUZZ_INPUTS_LOG:-$PWD/fuzz.log} \
    dotnet vstest "$copy/$tests.dll" --TestCaseFilter:"FullyQualifiedName~FileFuzzTests.$filter"
done

#!/usr/bin/env bash
# Runs all benchmarks on this machine and writes what they print to bench/results/NAME. Give it a quiet machine: about six minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?usage: bench/run.sh NAME   (a folder name for this machine, such as epyc-zen4-2-cores)}
out=bench/results/$name
mkdir -p "$out"
dotnet build -c Release -v q src/Engram.Cli >/dev/null
engram() { dotnet src/Engram.Cli/bin/Release/net10.0/engram.dll "$@"; }
{
  echo "engram $(engram --version)"
  echo ".NET runtime $(dotnet --list-runtimes | awk '/Microsoft.NETCore.App/ { v = $2 } END { print v }')"
  grep -m 1 '^model name' /proc/cpuinfo | sed 's/.*: /processor /' || true
  echo "cores $(nproc)"
  echo "kernel $(uname -sr)"
} > "$out/machine.txt"
measure() {
  local file=$1
  shift
  echo "engram bench $*" | tee "$out/$file.txt"
  engram bench "$@" | tee -a "$out/$file.txt"
  echo
}
measure lifetime-flp-3 lifetime
measure lifetime-flp-3-one-thread lifetime --threads 1
measure lifetime-flp-3-two-lifetimes lifetime --lifetimes 2
measure lifetime-flp-2 lifetime --plastic-layers 2
measure lifetime-gradient-3 lifetime --learner gradient
measure lifetime-feature-reuse lifetime --learner feature-reuse
measure lifetime-4000-steps lifetime --batches-per-sine 400 --repetitions 3
measure lifetime-small lifetime --width 64 --plastic-layers 2 --batches-per-sine 10 --lifetimes 2 --repetitions 200
measure images-84 images
measure images-84-one-thread images --threads 1
measure images-28 images --image-size 28 --channels 64 --padding 1 --outputs 5 --repetitions 60
measure images-28-two-lifetimes images --image-size 28 --channels 64 --padding 1 --outputs 5 --lifetimes 2 --repetitions 40
measure kernels kernels
measure supervised-backprop supervised
measure supervised-backprop-one-thread supervised --threads 1
measure supervised-direct-feedback-alignment supervised --method direct-feedback-alignment
measure supervised-locally-connected supervised --comparison mnist-local --steps 20
measure supervised-locally-connected-cifar supervised --comparison cifar10-local --steps 10
dotnet run -c Release --project bench/Engram.Studio.Bench -- 500 20000 "$out/studio.txt"
measure records records --recipe quick-start/flp --outer-steps 500 --rounds 4
if [ -e ../shared/peers/flp_torch.py ] && /usr/bin/python3 -c 'import torch' 2>/dev/null; then
  for problem in regression omniglot omniglot-28; do
    echo "bench/pair_with_torch.py $problem" | tee "$out/pair-with-torch-$problem.txt"
    python3 bench/pair_with_torch.py "$problem" | tee -a "$out/pair-with-torch-$problem.txt"
  done
fi

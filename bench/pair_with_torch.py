#!/usr/bin/env python3
"""Times the paper's FLP lifetimes in Engram and in the PyTorch peer, alternating, and prints the ratio last.

  python3 bench/pair_with_torch.py [regression|omniglot|omniglot-28] [--rounds 3] [--peer ../shared/peers/flp_torch.py] [--python /usr/bin/python3]

Both do the same work: a lifetime, its exact meta-gradient and an Adam step. regression: ten sines, 400 inner steps of 32, width 300, three plastic layers. omniglot: 25 images of 84×84
learnt one at a time and 25 asked about, six convolutions of 128 channels, 1,000 outputs, two plastic layers; omniglot-28: 28×28, 64 channels, padding 1.
The peer runs with 1 and with all threads, and counts at the better of the two; each process warms up, and its median lifetime counts.
Needs a release build of Engram (dotnet build -c Release) and, for the peer, PyTorch.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


PROBLEMS = {
    # name: what Engram runs, what the peer runs, how many lifetimes the peer lives
    "regression": (["lifetime"], ["regression"], 6),
    "omniglot": (["images"], ["omniglot"], 6),
    "omniglot-28": (["images", "--image-size", "28", "--channels", "64", "--padding", "1", "--repetitions", "40"],
                    ["omniglot", "--image", "28", "--channels", "64", "--padding", "1"], 40),
}


def engram(arguments):
    command = ["dotnet", os.path.join(ROOT, "src/Engram.Cli/bin/Release/net10.0/engram.dll"), "bench", *arguments, "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result["medianSeconds"], result["peakMemoryBytes"] / 2**20, result["percentOfPeak"]


def torch(options, arguments, episodes, threads):
    command = [options.python, options.peer, *arguments, "--threads", str(threads), "--episodes", str(episodes)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = [float(s) for s in re.search(r"lifetime: ([\d. ]+?) +best", text).group(1).split()]
    return statistics.median(seconds[2:]), float(re.search(r"peak (\d+) MB", text).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("problem", nargs="?", choices=PROBLEMS, default="regression")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plastic", type=int, default=3, help="plastic layers of the regression problem")
    parser.add_argument("--peer-threads", type=int, action="append", help="threads of the peer; 1 and all where nothing is said")
    parser.add_argument("--peer", default=os.path.join(ROOT, "../shared/peers/flp_torch.py"))
    parser.add_argument("--python", default="/usr/bin/python3")
    options = parser.parse_args()
    if not os.path.exists(options.peer):
        sys.exit(f"Found no peer at {options.peer}, expected flp_torch.py; name it with --peer.")
    mine, peers, episodes = PROBLEMS[options.problem]
    if options.problem == "regression":
        mine, peers = mine + ["--plastic-layers", str(options.plastic)], peers + ["--plastic", str(options.plastic)]
    cores = os.cpu_count() or 1
    ours, memory, shares = [], [0.0, 0.0], []
    theirs = {threads: [] for threads in options.peer_threads or [1, cores]}
    print("round   engram s   " + "   ".join(f"torch s ({t} thread{'s' if t > 1 else ''})" for t in theirs))
    for number in range(options.rounds):
        seconds, peak, share = engram(mine)
        ours.append(seconds)
        shares.append(share)
        memory[0] = max(memory[0], peak)
        for threads in theirs:
            seconds, peak = torch(options, peers, episodes, threads)
            theirs[threads].append(seconds)
            memory[1] = max(memory[1], peak)
        print(f"{number + 1:5}   {ours[-1]:8.4f}   " + "   ".join(f"{times[-1]:18.4f}" for times in theirs.values()), flush=True)
    best = min(theirs, key=lambda t: statistics.median(theirs[t]))
    ratios = sorted(b / a for a, b in zip(ours, theirs[best]))
    print(f"median: engram {statistics.median(ours):.4f} s, {memory[0]:.0f} MB, {statistics.median(shares):.1f} % of FMA peak; torch {statistics.median(theirs[best]):.4f} s with {best} thread{'s' if best > 1 else ''}, {memory[1]:.0f} MB")
    print(f"ratios {ratios[0]:.2f} to {ratios[-1]:.2f}; median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()

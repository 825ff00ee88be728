"""How long engram takes to start: python3 bench/start.py ROUNDS NAME=PROGRAM …

Each program ("engram.dll", or a file that runs by itself) does 'engram --version' and a one-step training, in turn,
round after round. Printed are medians (least to most) of processor time, and of the clock in brackets: on a machine
that others use too, the clock says little.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

WORK = {"--version": ["--version"], "one-step train": ["train", "quick-start/flp", "--outer-steps", "1", "--quiet"]}


def once(command, runs):
    """Processor time and time of the clock of one call, in milliseconds."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env={**os.environ, "ENGRAM_RUNS": runs}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    clock, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), 1e3 * clock


def main(rounds, kinds):
    times = {}
    print(f"# {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before", flush=True)
    with tempfile.TemporaryDirectory() as runs:
        for _ in range(rounds):
            for work, arguments in WORK.items():
                for name, program in kinds:
                    command = (["dotnet", program] if program.endswith(".dll") else [program]) + arguments
                    times.setdefault((work, name), []).append(once(command, runs))
    print(f"# {rounds} rounds, each program in turn; load {os.getloadavg()[0]:.1f} after; ms of processor time [of the clock]")
    first = kinds[0][0]
    for (work, name), pairs in times.items():
        cpu, clock = zip(*pairs)
        ratio = statistics.median(c / b for (c, _), (b, _) in zip(pairs, times[work, first]))
        print(f"{work:16}{name:28}{statistics.median(cpu):6.0f} ({min(cpu):.0f}-{max(cpu):.0f})  "
              f"[{statistics.median(clock):.0f} ({min(clock):.0f}-{max(clock):.0f})]  ratio of pairs to {first}: {ratio:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), [argument.split("=", 1) for argument in sys.argv[2:]])

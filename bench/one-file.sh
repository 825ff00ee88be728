#!/usr/bin/env bash
# Publishes the single file for this system and tries it where there is no .NET: bench/one-file.sh [PROFILE …], linux-x64 where none is named.
# Nothing is in its environment: no dotnet on the path, no HOME. It trains the quick start's first learner, decodes an image, and must leave the bits that the
# JIT leaves. The last lines are its size and how long it takes to start: medians of eleven, in milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cpu() { # milliseconds of processor time and of the clock, medians of eleven
    for _ in $(seq 11); do
        /usr/bin/env bash -c 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>&1' cpu "$@" 2>&1
    done | awk '{ print ($1 + $2) * 1000, $3 * 1000 }' | sort -n | awk '{ c[NR] = $1; w[NR] = $2 } END { n = asort_(w); print c[6] " ms of processor time, " w[6] " ms" }
        function asort_(a,  i, j, t) { for (i = 2; i <= NR; i++) { t = a[i]; for (j = i - 1; j > 0 && a[j] > t; j--) a[j + 1] = a[j]; a[j + 1] = t } return NR }'
}
dotnet build -c Release -v q -nologo src/Engram.Cli
jit=$PWD/src/Engram.Cli/bin/Release/net10.0/engram.dll
steps=(train quick-start/flp --outer-steps 20 --run one --quiet)
for profile in "${@:-linux-x64}"; do
    dotnet publish src/Engram.Cli -v q -nologo -p:PublishProfile="$profile"
    files=$(find "artifacts/$profile" -type f ! -name '*.pdb' ! -name '*.dbg' ! -name '*.xml' | sort)
    [ "$files" = "artifacts/$profile/engram" ] || { echo "$profile: found $files, expected one file"; exit 1; }
    case $profile in linux-x64*) ;; *) echo "$profile: $(stat -c %s "artifacts/$profile/engram") bytes, not tried here"; continue ;; esac

    cp "artifacts/$profile/engram" "$scratch/engram"
    rm -rf "$scratch/here" "$scratch/there"
    mkdir "$scratch/here" "$scratch/there"
    # A width that both have, so that sums have one order; the native file's level may lack the widest vectors.
    (cd "$scratch/there" && env -i ENGRAM_VECTOR=256 "$scratch/engram" "${steps[@]}" >/dev/null)
    (cd "$scratch/here" && ENGRAM_RUNS=runs ENGRAM_VECTOR=256 dotnet "$jit" "${steps[@]}" >/dev/null)
    # A rule without kernels by hand too: by the JIT compiled, natively on tapes, so that it only has to work there.
    (cd "$scratch/there" && env -i ENGRAM_VECTOR=256 "$scratch/engram" train quick-start/flp --set learner.rule=bcm --outer-steps 2 --run rule --quiet >/dev/null)
    for run in "$scratch/here" "$scratch/there"; do
        env -i "$scratch/engram" export "$run/runs/one" --out "$run/weights.safetensors" >/dev/null
    done
    cmp "$scratch/here/weights.safetensors" "$scratch/there/weights.safetensors" && echo "$profile: the same bits as by the JIT"
    # Twelve pixels as a BMP, which is decoded by the library inside.
    mkdir -p "$scratch/images/a" "$scratch/images/b"
    for image in a/1 a/2 b/1 b/2; do
        printf 'BM\146\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0\004\0\0\0\004\0\0\0\001\0\030\0\0\0\0\0\060\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0%048d' 7 > "$scratch/images/$image.bmp"
    done
    env -i TMPDIR="$scratch" "$scratch/engram" data check image-folder "$scratch/images" >/dev/null && echo "$profile: decodes images"
    echo "$profile: $(stat -c %s "artifacts/$profile/engram") bytes"
    echo "$profile: --version takes $(cpu env -i "$scratch/engram" --version)"
    echo "$profile: one-step train takes $(cpu env -i ENGRAM_RUNS="$scratch/runs" "$scratch/engram" train quick-start/flp --outer-steps 1 --quiet)"
done
echo "by dotnet: --version takes $(cpu dotnet "$jit" --version)"
echo "by dotnet: one-step train takes $(cpu env ENGRAM_RUNS="$scratch/runs" dotnet "$jit" train quick-start/flp --outer-steps 1 --quiet)"

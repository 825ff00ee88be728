#!/usr/bin/env bash
# Publishes the single file for this system and tries it where there is no .NET: bench/one-file.sh [PROFILE …], linux-x64 where none is named.
# Nothing is in its environment: no dotnet on the path, no HOME. It trains the quick start's first learner, decodes an image, opens the studio, and must leave
# the bits that the JIT leaves. Where a root of its own can be made, it starts there with the system's libraries that it names and nothing else.
# Then the tool is packed for this system and installed. The last lines are how long all of them take to start (bench/start.py).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
studio() { # starts the studio on a free port, and asks it for its list of runs
    local server port answer
    (cd "$scratch/there" && exec env -i "$scratch/engram" studio --runs runs --port 0 --no-open) >"$scratch/address" 2>/dev/null &
    server=$!
    for _ in $(seq 300); do grep -q '^http' "$scratch/address" && break; sleep 0.1; done
    port=$(sed -n 's#^http://[^:]*:\([0-9]*\)/.*#\1#p' "$scratch/address")
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /api/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    answer=$(cat <&3)
    exec 3>&-
    kill "$server"
    wait "$server" || true
    [[ $answer == *'"name":"one"'* ]]
}
alone() { # in a root where there are the file, /proc, /dev, the libraries that the file names, and OpenSSL, which it loads itself
    local root="$scratch/root" library
    mkdir -p "$root/proc" "$root/dev" "$root/tmp"
    cp "$scratch/engram" "$root/engram"
    for library in $({ ldd "$scratch/engram"; ldconfig -p | grep -E 'lib(ssl|crypto)\.so\.[0-9]'; } | grep -oE '[[:space:]]/[^ ]+'); do mkdir -p "$root${library%/*}" && cp -L "$library" "$root$library"; done
    unshare --mount bash -c 'mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" && exec env -i "$2" "$1" /engram train quick-start/flp --outer-steps 2 --quiet' \
        alone "$root" "$(command -v chroot)" >/dev/null || return 1
    ls "$root"/lib*/*/* "$root"/lib64/* 2>/dev/null | sed 's#.*/##' | sort -u | tr '\n' ' '
}
dotnet build -c Release -v q -nologo src/Engram.Cli
jit=$PWD/src/Engram.Cli/bin/Release/net10.0/engram.dll
kinds=()
steps=(train quick-start/flp --outer-steps 20 --run one --quiet)
for profile in "${@:-linux-x64}"; do
    dotnet publish src/Engram.Cli -v q -nologo -p:PublishProfile="$profile"
    files=$(find "artifacts/$profile" -type f ! -name '*.pdb' ! -name '*.dbg' ! -name '*.xml' | sort)
    case $files in "artifacts/$profile/engram" | "artifacts/$profile/engram.exe") ;; *) echo "$profile: found $files, expected one file"; exit 1 ;; esac
    case $profile in linux-x64*) ;; *) echo "$profile: $(stat -c %s "$files") bytes, not tried here"; continue ;; esac

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
    studio && echo "$profile: opens the studio"
    if unshare --mount true 2>/dev/null; then
        libraries=$(alone)
        echo "$profile: trains in a root with these libraries alone: $libraries"
    fi
    echo "$profile: $(stat -c %s "artifacts/$profile/engram") bytes"
    kinds+=("$profile=$PWD/artifacts/$profile/engram")
done
dotnet pack src/Engram.Cli -c Release -v q -nologo -p:ToolSystems=this -o "$scratch/packages"
dotnet tool install Engram --tool-path "$scratch/tool" --source "$scratch/packages" >/dev/null
for package in "$scratch"/packages/Engram.[a-z]*-*.nupkg; do echo "tool: $(basename "$package") has $(stat -c %s "$package") bytes"; done
python3 bench/start.py 7 "plain=$jit" "tool=$scratch/tool/engram" "${kinds[@]}"

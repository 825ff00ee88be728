#!/usr/bin/env bash
# Proves the gates that only a compiler, a formatter or a package source can close: in a fresh clone of what is committed, each bad file
# must make its step of .ci/run fail, and for the reason expected. All else is proved by tests (CONTRIBUTING.md, Gates). It takes minutes.
#
# tests/gates.sh [GATE...]
set -uo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone -q . "$folder/clone" || exit 2
cd "$folder/clone" || exit 2
wanted=" $* "
faults=0

is_wanted() {
    [ "$wanted" = "  " ] || [[ $wanted == *" $1 "* ]]
}

# A step of .ci/run must fail, and say all of these.
refuses() {
    local gate=$1 step=$2 text
    shift 2
    if .ci/run "$step" >"$folder/said" 2>&1; then
        echo "$gate: OPEN: '$step' passed"
        faults=$((faults + 1))
    else
        for text in "$@"; do
            if grep -q -F -e "$text" "$folder/said"; then
                echo "$gate: '$step' fails: $(grep -m 1 -F -e "$text" "$folder/said" | sed "s#$folder/clone/##g; s/ *\[.*//" | cut -c 1-160)"
            else
                echo "$gate: OPEN: '$step' fails, and does not say: $text"
                faults=$((faults + 1))
            fi
        done
    fi
    git checkout -q . && git clean -q -f -d -e obj -e bin
}

dotnet restore --locked-mode >"$folder/said" 2>&1 || { cat "$folder/said"; exit 2; }

if is_wanted lock; then
    sed -i 's/\(Include="MathNet.Numerics" Version="\)5.0.0/\14.15.0/' Directory.Packages.props
    refuses "A package whose version is not that of its lock file" restore NU1004
fi

if is_wanted audit; then
    # Newtonsoft.Json before 13.0.1 has a vulnerability of high severity, which every list of them knows.
    sed -i 's#<PackageVersion Include="MathNet.Numerics"#<PackageVersion Include="Newtonsoft.Json" Version="12.0.3" />\n    &#' Directory.Packages.props
    sed -i 's#<ItemGroup>#<ItemGroup>\n    <PackageReference Include="Newtonsoft.Json" />#' src/Engram.Numerics/Engram.Numerics.csproj
    if dotnet restore src/Engram.Numerics >"$folder/said" 2>&1 && ! grep -q NU1903 "$folder/said"; then
        grep -q NU1900 "$folder/said" && why="the source has no list of vulnerabilities (NU1900)" || why="nothing was said of it"
        echo "A package with a known vulnerability: SKIPPED: $why"
    elif grep -q NU1903 "$folder/said"; then
        echo "A package with a known vulnerability: 'restore' fails: $(grep -m 1 NU1903 "$folder/said" | sed "s#$folder/clone/##g" | cut -c 1-160)"
    else
        echo "A package with a known vulnerability: SKIPPED: Newtonsoft.Json 12.0.3 cannot be had here"
    fi
    git checkout -q . && git clean -q -f -d -e obj -e bin
    dotnet restore --locked-mode >"$folder/said" 2>&1
fi

if is_wanted build; then
    # One file for all that the build refuses: every project needs this one, so nothing else is built.
    cat >src/Engram.Numerics/Bad.cs <<'END'
using System.Text;

namespace Engram.Numerics;

public class Bad
{
    public string? Name { get; set; }
    public int Length() { int unused = 1; return Name.Length; }
    static string Text() => "";
    private int written = 0;
}
END
    refuses "A bad file" build "CS0219" "CS8602" "IDE0005" "IDE0040" "IDE0051"
    cat >src/Engram.Numerics/Bad.cs <<'END'
namespace Engram.Numerics
{
    using System.Text;

    internal sealed class Bad
    {
        private StringBuilder text = new();

        public string Text() => text.ToString();
    }
}
END
    refuses "A bad file in another style" build "IDE0161" "IDE0065" "IDE0044"
    cat >src/Engram.Numerics/Bad.cs <<'END'
namespace Engram.Numerics;

public static class Bad
{
    public static string Text(double x) => x.ToString();
}
END
    refuses "A file without docs that writes numbers as the country does" build "CS1591" "MA0011"
fi

if is_wanted format; then
    # It works on one core for a minute.
    printf 'namespace Engram.Numerics;\n\ninternal static class Bad\n{\n  private const int X=1; \n}' \
        >src/Engram.Numerics/Bad.cs
    refuses "A file with wrong white space" format "Fix whitespace formatting" "Fix final newline"
fi

echo "$faults open"
[ "$faults" -eq 0 ]

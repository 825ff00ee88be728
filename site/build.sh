#!/usr/bin/env bash
# Makes the site of all pages and the API into artifacts/site. Needs a build (dotnet build -c Release) and the tool of
# .config/dotnet-tools.json. Fails where a page, a link or an anchor leads nowhere.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet tool restore
rm -rf site/api artifacts/site
dotnet docfx metadata site/docfx.json --warningsAsErrors
dotnet docfx build site/docfx.json | tee "$log"

# A link to a folder works in the repository and not on the site; every other warning is a fault.
faults=0
while read -r line; do
    target=$(sed -n 's#.*InvalidFileLink: Invalid file link:(~/\.\./\(.*\))\.$#\1#p' <<<"$line")
    if [ -n "$target" ] && [ -d "$target" ]; then
        echo "A folder, not on the site: $target"
    else
        echo "FAULT: $line"
        faults=$((faults + 1))
    fi
done < <(grep -E 'warning [A-Za-z]+:|error' "$log" | grep -v -E '[0-9]+ (warning|error)\(s\)' || true)

cp artifacts/site/README.html artifacts/site/index.html
echo "artifacts/site: $(find artifacts/site -name '*.html' | wc -l) pages, $faults faults"
[ "$faults" -eq 0 ]

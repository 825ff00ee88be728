#!/usr/bin/env bash
# Demonstrates universality and draws its figures: half a minute. ENGRAM names the command.
set -euo pipefail
cd "$(dirname "$0")"
${ENGRAM:-engram} demonstrate universality --out . > table.txt

#!/usr/bin/env bash
# Trains the comparison mnist-counter-current and keeps its tables and figures here; what it takes is said in train.sh.
exec "$(dirname "$0")/../train.sh" mnist-counter-current "$@"

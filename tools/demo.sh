#!/usr/bin/env bash
# What `make demo` runs once everything is installed and built: a canary of the sample under traffic, through real Envoys.
# On a terminal the mesh stays up until Ctrl-C; elsewhere it ends by itself, with 0 only if every request was answered as
# configured. usage: demo.sh [--step SECONDS] [--rate REQUESTS_A_SECOND]
set -euo pipefail
cd "$(dirname "$0")/.."
echo "examples/bookinfo runs on this machine now: six workloads and an ingress gateway, a real Envoy for each. Requests go to the"
echo "gateway, and the weights of the VirtualService \"reviews\" move from v1 to v2 meanwhile: 100/0, 50/50, 0/100."
echo
exec build/amime demo examples/bookinfo "$@"

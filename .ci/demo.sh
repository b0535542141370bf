#!/usr/bin/env bash
# The README's demo command: started, waited for until it prints its address, asked for its pages, and stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

# Built first: the signal at the end is for the demo, not for cargo.
cargo build --package xtask
log="$(mktemp)"
target/debug/xtask demo >"$log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null || true; rm -f "$log"' EXIT

until url="$(grep -oE 'The demo is at +http://[^ ]+' "$log" | grep -oE 'http://[^ ]+')"; do
  # It has ended without an address: its output says why.
  kill -0 "$demo" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 1
done
cat "$log"
for page in / /faults.html /pkg/index.js; do
  curl --fail --silent --show-error --output /dev/null "$url$page"
done

kill -INT "$demo"
wait "$demo"
echo "the demo answered at $url and stopped when told to"

#!/bin/sh
# make bench-peers: the exchange here and in ns-3, one after the other, as one JSON object.
# usage: peers.sh BUILD_DIRECTORY
set -eu
build=$1
program=$build/tests/bench/ns3_exchange

if ! pkg-config --exists ns3-point-to-point ns3-internet 2>/dev/null; then
	echo "bench-peers: SKIPPED, libns3-dev is not installed" >&2
	exit 0
fi
mkdir -p "$(dirname "$program")"
if [ ! -x "$program" ] || [ tests/bench/ns3_exchange.cc -nt "$program" ]; then
	# By name: Debian's .pc files list libraries that libns3-dev does not depend on.
	g++ -O2 -std=c++17 -w -o "$program" tests/bench/ns3_exchange.cc -lns3-point-to-point \
		-lns3-internet -lns3-traffic-control -lns3-bridge -lns3-network -lns3-stats -lns3-core
fi
# The best of three: the machine is rarely ours alone.
best_of() {
	for _ in 1 2 3; do "$@" | awk '{ print $NF }'; done | sort -n | tail -n 1
}

printf '{"exchange_peers": {'
separator=
for stubs in 100 1000 10000; do
	theirs=$(best_of "$program" "$stubs" 100000)
	ours=$(best_of "$build/tests/bench/bench" exchange "$stubs")
	ratio=$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.1f", a / b }')
	printf '%s\n  "%s": {"understudy": %s, "ns3": %s, "ratio": %s}' \
		"$separator" "$stubs" "$ours" "$theirs" "$ratio"
	separator=,
done
printf '\n}}\n'

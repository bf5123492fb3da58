#!/bin/sh
# make bench-servers: how fast a zone of RECORDS (500000) records is loaded and sent by AXFR over
# the loopback interface, here and by NSD, Knot DNS and BIND, as one JSON object.
# usage: transfer.sh BUILD_DIRECTORY
for program in nsd knotd named dig; do
	if ! PATH=$PATH:/usr/sbin command -v $program > /dev/null; then
		echo "bench-servers: SKIPPED, $program is not installed (make interop-deps)" >&2
		exit 0
	fi
done
. tests/interop/common.sh
. tests/interop/zones.sh
records=${RECORDS:-500000}

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# Which one is measured has the machine for itself.
start_measured() {
	case $1 in
	ours) start_ours ours "$dir/scenario.yaml" ours $ours --quiet ;;
	nsd)
		printf 'zone:\n  name: big.test\n  zonefile: %s\n  provide-xfr: 127.0.0.0/8 NOKEY\n' \
			"$dir/big.test.zone" > "$dir/nsd.zones"
		start_nsd
		;;
	knot)
		{
			printf 'acl:\n  - id: all\n    address: 127.0.0.0/8\n    action: transfer\n'
			printf 'zone:\n  - domain: big.test\n    file: %s\n    acl: all\n' "$dir/big.test.zone"
			printf '    zonefile-sync: -1\n'
		} > "$dir/knot.zones"
		start_knot
		;;
	bind)
		printf 'zone "big.test" { type primary; file "%s"; };\n' "$dir/big.test.zone" \
			> "$dir/bind.zones"
		start_bind
		;;
	esac
}

# The median of three transfers, after one that warms up.
fetch_s() {
	for _ in 1 2 3 4; do
		"$build/tests/interop/ask" fetch "$1=$(address_of "$1"):$port" big.test || exit 1
	done | awk 'NR > 1 { print $3 }' | sort -n | sed -n 2p
}

measure() {
	begun=$(now_ms)
	start_measured "$1"
	await 120 serves "$(address_of "$1")" big.test || exit 1
	load_ms=$(($(now_ms) - begun))
	axfr_s=$(fetch_s "$1")
	stop "$1"
	awk -v name="$2" -v n="$records" -v load="$load_ms" -v axfr="$axfr_s" 'BEGIN {
		printf "  \"%s\": {\"load_records_per_second\": %d, \"axfr_records_per_second\": %d}",
			name, n * 1000 / load, n / axfr }'
}

write_big "$records"
zones=big.test
{
	printf 'duration: 1h\nhierarchy: none\nsites: {here: {location: [0, 0]}}\n'
	printf 'servers: {ours: {site: here, primary: big.test, allow-transfer: any}}\n'
	scenario_zones
} > "$dir/scenario.yaml"
printf '{"transfer_servers": {"records": %d,\n' "$records"
measure ours understudy
printf ',\n'
measure nsd nsd
printf ',\n'
measure knot knot
printf ',\n'
measure bind bind
printf '\n}}\n'

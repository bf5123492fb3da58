#!/bin/sh
# The fingerprints of all shipped scenarios, in tests/golden/. "make golden" writes them anew and
# shows what differs (golden.sh BUILD write); "make check" compares.
. tests/acceptance/common.sh

sum() {
	sha256sum | cut -d ' ' -f 1
}

# fingerprint DIRECTORY
fingerprint() {
	sed -n 's/^  "trace_sha256": "\(.*\)",$/trace_sha256 \1/p; s/^  "events": \(.*\),$/events \1/p' \
		"$1/summary.json" | sort -r
	for file in capture.pcapng events.jsonl topology.dot; do
		echo "$file $(sum < "$1/$file")"
	done
	echo "captures $(cat "$1"/capture/*.pcap | sum)"
	echo "summary $(summary_of "$1" | sum)"
}

if [ "${2:-}" = write ] && [ -n "${CI:-}" ]; then
	echo 'golden: never in continuous integration' >&2
	exit 1
fi

for scenario in $(shipped); do
	golden=tests/golden/$(scenario_name "$scenario")
	out=$work/$(scenario_name "$scenario")
	exits 0 "$scenario runs" "$program" run "$scenario" -q -o "$out"
	fingerprint "$out" > "$out.now"
	if [ "${2:-}" = write ]; then
		[ -e "$golden" ] && diff -u "$golden" "$out.now"
		cp "$out.now" "$golden"
	else
		claim "$scenario is what it was ('make golden' if that is meant)" diff -u "$golden" "$out.now"
	fi
done
for golden in tests/golden/*; do
	claim "$golden is of a scenario" [ -e "scenarios/$(basename "$golden").yaml" ]
done
conclude

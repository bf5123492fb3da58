#!/bin/sh
# Every shipped scenario holds what it expects, and fails once its own mutation is applied: an
# expectation that cannot fail would be worth nothing.
. tests/acceptance/common.sh

for scenario in $(shipped); do
	out=$work/$(scenario_name "$scenario")
	exits 0 'check is content' "$program" check "$scenario"
	exits 0 'it passes' "$program" run "$scenario" -q -o "$out"
	claim 'it says so' grep -q '^  "verdict": "pass"' "$out/summary.json"
	mutation=$(sed -n "s/^mutation: *//; t last; d; :last s/^'\(.*\)'\$/\1/; p" "$scenario")
	claim 'it has a mutation' [ -n "$mutation" ]
	exits 1 'its mutation fails' "$program" run "$scenario" -q --set "$mutation" -o "$out.mutated"
	claim 'it says so' grep -q '"ok": false' "$out.mutated/summary.json"
	claim 'it says so' grep -q '^  "verdict": "fail"' "$out.mutated/summary.json"
done

exits 1 'certificate-expiry shows that zones are given over TLS only' "$program" run \
	scenarios/certificate-expiry.yaml -q --set servers/hidden/tls/transfers=any -o "$work/any"
claim 'it says so' grep -q 'example.com on old is loading.*"ok": false' "$work/any/summary.json"

began=$(date +%s)
exits 0 'the flagship passes with a report of its own' \
	"$program" run scenarios/failover.yaml -o "$work/flagship"
note "failover took about $(($(date +%s) - began)) s"
size=$(du -sk "$work/flagship" | cut -f 1)
claim "failover leaves less than 50 MB, not $size kB" [ "$size" -lt 50000 ]
for file in summary.json events.jsonl topology.svg topology.dot capture.pcapng capture/hidden.pcap; do
	claim "there is $file" [ -s "$work/flagship/$file" ]
done
conclude

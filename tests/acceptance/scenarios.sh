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

# propagation TIME: of a member of the catalog that is changed then, and withdrawn at 25m.
propagation() {
	"$program" run scenarios/catalog-zones.yaml -o "$work/member" \
		--set "timeline/1={at: $1, change: shop1.example, add: 'new 300 A 192.0.2.81'}" \
		--set 'expect/0=propagation of shop1.example <= 5s'
}
propagation 24m59s > "$work/stdout"
claim 'who gives a zone up before is not waited for' grep -q 'propagation of shop1.* 344 ms (ns1 last)' "$work/stdout"
claim 'the story says the same' grep -q 'everywhere after 344 ms (ns1 last)' "$work/stdout"
exits 1 'what nobody holds does not propagate' propagation 2h
claim 'it says so' grep -q 'no other server held the zone for serial 2' "$work/stdout"

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

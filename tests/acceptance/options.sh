#!/bin/sh
# Every option does what its help says.
. tests/acceptance/common.sh

scenario=scenarios/secondary-chain.yaml

field() {
	sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$2/summary.json"
}

# equal A B
equal() {
	[ "$1" = "$2" ]
}

# ---- where it goes ---------------------------------------------------------------------------
elsewhere() {
	root=$(pwd)
	(cd "$work" && "$@")
}
exits 0 'a run without -o' elsewhere "$program" run "$(pwd)/$scenario" -q
claim 'goes to understudy-out' [ -s "$work/understudy-out/secondary-chain/summary.json" ]
exits 0 'a path of several folders' "$program" run $scenario -q --output "$work/new/deep/out/"
claim 'is made' [ -s "$work/new/deep/out/summary.json" ]
echo old > "$work/new/deep/out/left-over"
exits 0 'an earlier output' "$program" run $scenario -q -o "$work/new/deep/out"
claim 'is replaced as a whole' absent "$work/new/deep/out/left-over"
exits 0 'several scenarios' "$program" run $scenario scenarios/anycast.yaml -q -o "$work/several"
claim 'a directory each' equal "$(ls "$work/several" | tr '\n' ' ')" 'anycast secondary-chain '
claim 'the first as if alone' same_output "$work/several/secondary-chain" "$work/new/deep/out"
exits 1 'the worst of several tells' "$program" run $scenario scenarios/anycast.yaml -q \
	--set 'expect/0=availability of all < 1%' -o "$work/several"

# ---- --seed and --set ------------------------------------------------------------------------
exits 0 'a seed' "$program" run $scenario -q --seed 77 -o "$work/seed"
claim 'is used' equal "$(field seed "$work/seed")" 77
exits 0 'the same by --set' "$program" run $scenario -q --set seed=77 -o "$work/set"
claim 'is the same' equal "$(field trace_sha256 "$work/seed")" "$(field trace_sha256 "$work/set")"
exits 0 'values by path' "$program" run $scenario -q -o "$work/set" --set expect=[] \
	--set timeline=[] --set duration=90m --set clients/australians/count=3 --set 'clients/australians/queries/rate=1/m'
claim 'the duration' equal "$(field virtual_seconds "$work/set")" 5400.0
claim 'the rate' [ "$(sed -n 's/ *"queries": \([0-9]*\),/\1/p' "$work/set/summary.json" | head -1)" -lt 200 ]
exits 0 'a place in a list' "$program" run $scenario -q -o "$work/set" --set expect=[] --set timeline/1/at=3h
claim 'the change is later' grep -q '"published": 10800.0' "$work/set/summary.json"
exits 1 'one more in a list' \
	"$program" run $scenario -q -o "$work/set" --set 'expect/6=serial of example.com on ns2 = 7 at 1h'
claim 'the others still hold' equal "$(grep -c '"ok": true' "$work/set/summary.json")" 6
cat > "$work/reverse.yaml" <<'END'
duration: 1h
sites: {fra: {location: [50.11, 8.68]}}
zones: {0/25.2.0.192.in-addr.arpa: {file: reverse.zone}}
servers: {ns1: {site: fra, primary: [0/25.2.0.192.in-addr.arpa]}}
END
printf '@ 60 SOA ns1 h 1 1800 300 604800 300\n@ 60 NS ns1.example.\n' > "$work/other.zone"
exits 0 'a slash in a key' "$program" check "$work/reverse.yaml" \
	--set 'zones/0\/25.2.0.192.in-addr.arpa/file=other.zone'

# ---- --capture -------------------------------------------------------------------------------
exits 0 'no captures' "$program" run $scenario -q --capture none -o "$work/none"
claim 'leave no file' absent "$work/none/capture.pcapng" "$work/none/capture"
claim 'and change nothing' equal "$(field trace_sha256 "$work/none")" \
	"$(field trace_sha256 "$work/several/secondary-chain")"
exits 0 'all packets' "$program" run $scenario -q -o "$work/all"
exits 0 'some packets' "$program" run $scenario -q --capture 'host ns1 and host ns2 and tcp' -o "$work/some"
claim 'are fewer' [ "$(wc -c < "$work/some/capture.pcapng")" -lt \
	$(($(wc -c < "$work/all/capture.pcapng") / 10)) ]
claim 'but change nothing' equal "$(summary_of "$work/all")" "$(summary_of "$work/some")"
if command -v tshark > /dev/null; then
	fields() {
		tshark -n -r "$1/capture.pcapng" -T fields -e ip.src -e ip.dst -e tcp.port 2> "$work/stderr"
	}
	claim 'are those of both' equal "$(fields "$work/some" | cut -f 1,2 | sort -u | tr '\t\n' '  ')" \
		'192.0.2.1 192.0.2.2 192.0.2.2 192.0.2.1 '
	claim 'and all of them' equal "$(fields "$work/some" | wc -l)" \
		"$(fields "$work/all" | awk -F '\t' '$3 != "" && $1 $2 ~ /192.0.2.1/ && $1 $2 ~ /192.0.2.2/' | wc -l)"
else
	skip 'no tshark here to look into a filtered capture'
fi

# ---- what is printed -------------------------------------------------------------------------
exits 0 'quietly' "$program" run $scenario -q -o "$work/all"
claim 'nothing is printed' empty "$work/stdout"
claim 'nothing is printed' empty "$work/stderr"
exits 1 'quietly, though it fails' \
	"$program" run $scenario --quiet --set 'expect/0=availability of all < 1%' -o "$work/all"
claim 'nothing is printed' empty "$work/stdout"
claim 'but the expectation that did not hold' equal "$(sed 's/ found: .*//' "$work/stderr")" \
	"$scenario: expected: availability of all < 1%;"
exits 1 'not quietly' "$program" run $scenario --set 'expect/0=availability of all < 1%' -o "$work/all"
says stdout "The same again: understudy run $scenario --set 'expect/0=availability of all < 1%' -o $work/all"
exits 0 'into a pipe' "$program" run scenarios/failover.yaml -o "$work/piped"
claim 'no progress' empty "$work/stderr"
claim 'no escape sequence, no carriage return' \
	equal "$(tr -dc '\033\r\b' < "$work/stdout" | wc -c)" 0
says stdout PASS
says stdout "$work/piped"
exits 0 'thousands of zones' "$program" run scenarios/transfer-herd.yaml --capture none -o "$work/herd"
says stdout '  ns1    6,002  z1.example. and 1 more      primary    serving       2 '
says stdout '  ns2        0  z1.example. and 1 more      secondary  serving       2 '
says stdout '                z2.example. and 1,997 more  secondary  serving       1 '
claim 'are a few lines' [ "$(wc -l < "$work/stdout")" -lt 40 ]
exits 0 'thousands of serials' "$program" run scenarios/transfer-herd.yaml --capture none -o "$work/herd" \
	--set duration=1m50s --set expect=[] --set "timeline=[$(seq 1 8 |
		sed 's/.*/{at: &s, change: z&.example, soa: 1&, add: "x A 192.0.2.1"},/' | tr '\n' ' ' | sed 's/, $//')]"
says stdout '  z1.example. and 1,999 more   primary    serving  various '
says stdout '  z1.example. and 7 more       secondary  serving        1  up to 1m 49s  1 AXFR'
exits 0 'check is short' "$program" check $scenario scenarios/anycast.yaml
says stdout "$scenario: fine"
says stdout 'scenarios/anycast.yaml: fine'

# ---- graph -----------------------------------------------------------------------------------
# begins KIND TEXT
begins() {
	exits 0 "a picture as $1" "$program" graph $scenario -o "$work/topology.$1"
	claim "it is $1" [ "$(head -c 400 "$work/topology.$1" | tr -d '\0' | grep -ac "$2")" -gt 0 ]
}
begins svg '<svg\|<?xml'
begins png PNG
begins pdf %PDF
begins dot graph
exits 0 'a picture below several folders' "$program" graph $scenario -o "$work/new/pictures/x/t.svg"
claim 'they are made' [ -s "$work/new/pictures/x/t.svg" ]
for node in ns1 ns2 ns3 australians; do
	claim "$node is in the picture" grep -q "$node" "$work/topology.svg"
done

# ---- help, version, manual -------------------------------------------------------------------
exits 0 'the version' "$program" --version
claim 'a name and a number' grep -qx 'understudy [0-9]*\.[0-9]*\.[0-9]*' "$work/stdout"
exits 0 'help' "$program" --help
for command in run check graph serve; do
	exits 0 "help of $command" "$program" $command --help
	says stdout "usage: understudy $command"
	claim "help of $command has an example" grep -qE '^examples?:' "$work/stdout"
	claim 'help is for the one who asked' empty "$work/stderr"
	for option in $(grep -oE -- '--[a-z]+' "$work/stdout" | sort -u); do
		claim "the manual page tells of $command $option" \
			grep -qF "$(echo "$option" | sed 's/-/\\-/g')" docs/understudy.1
	done
done
conclude

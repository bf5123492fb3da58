#!/bin/sh
# How long a zone is still good (EDNS EXPIRE, RFC 7314): dig asks ours; Knot DNS takes it over from a
# secondary of ours, and secondaries of ours from Knot and BIND. (BIND 9.18 asks in SOA queries only,
# and never shortens, so that it has a week after a transfer.)
. tests/interop/common.sh

relay=127.0.0.14
after_bind=127.0.0.15
after_knot=127.0.0.16
week=604800

cat > "$dir/scenario.yaml" << END
duration: 1h
hierarchy: none
sites: {here: {location: [0, 0]}}
zones:
  plain.test: {file: $dir/plain.test.zone}
servers:
  first: {site: here, address: 192.0.2.11, primary: [plain.test], allow-transfer: any}
  relay: {site: here, address: 192.0.2.14, allow-transfer: any, secondary: {plain.test: {from: [first]}}}
  bind: {site: here, address: $(scenario_address bind), secondary: {plain.test: {from: [relay]}}}
  knot: {site: here, address: $(scenario_address knot), secondary: {plain.test: {from: [relay]}}}
  after-bind: {site: here, address: 192.0.2.15, secondary: {plain.test: {from: [bind]}}}
  after-knot: {site: here, address: 192.0.2.16, secondary: {plain.test: {from: [knot]}}}
END
cat > "$dir/plain.test.zone" << END
plain.test. 3600 SOA ns1.plain.test. hostmaster.plain.test. 1 86400 86400 $week 300
plain.test. 3600 NS ns1.plain.test.
ns1.plain.test. 3600 A 192.0.2.11
END

# left ADDRESS: seconds, as it says in answer to SOA.
left() {
	dig +expire +norec +tries=1 +time=2 -p "$port" "@$1" plain.test SOA | awk '/^; EXPIRE:/ { print $3 }'
}

# between NUMBER LOW HIGH
between() {
	[ -n "$1" ] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# ages ADDRESS SECONDS: it has less than a week by so much.
ages() {
	now=$(left "$1")
	[ -n "$now" ] && [ "$now" -le $((week - $2)) ]
}

# takes_over WHOM ADDRESS FROM: as much as the source has, seconds after the primary was seen last.
takes_over() {
	must "$1 has the zone" await 20 serves "$2" plain.test
	source=$(left "$3")
	here_left=$(left "$2")
	say "$1 has $here_left s left, of its source's $source" between "$here_left" $((source - 4)) $((source + 1))
	say "$1 has less than a week left" between "$here_left" 1 $((week - 4))
}

start_ours first "$dir/scenario.yaml" first $ours
must 'ours serves' await 10 serves $ours plain.test
say 'our primary says what the SOA says' [ "$(left $ours)" = $week ]
start_ours relay "$dir/scenario.yaml" relay $relay --map "first=$ours:$port"
must 'our secondary serves' await 10 serves $relay plain.test
must 'its time runs' await 20 ages $relay 5

cat > "$dir/bind.zones" << END
zone "plain.test" {
    type secondary;
    primaries port $port { $relay; };
    file "plain.test.bind";
};
END
start_bind
{
	knot_remote relay
	knot_template 'master: relay'
	echo '  - domain: plain.test'
} > "$dir/knot.zones"
start_knot
takes_over Knot $knot $relay
must 'BIND has the zone' await 20 serves $bind plain.test
must "BIND's time runs" await 20 ages $bind 5

start_ours after-bind "$dir/scenario.yaml" after-bind $after_bind --map "bind=$bind:$port"
start_ours after-knot "$dir/scenario.yaml" after-knot $after_knot --map "knot=$knot:$port"
takes_over 'ours behind BIND' $after_bind $bind
takes_over 'ours behind Knot' $after_knot $knot
finish

# A chain of secondaries, BIND - ours - NSD - ours - Knot DNS - ours: fifty changes of one zone and a
# large one of another come through it as differences, also past a restart of ours in the middle.
# The last of ours has a second primary, which is dead.
#
# NSD gets changes one by one: when it fetches several at once, 4.6.1 sums them up wrongly for others (what
# came and went in between stays), and ours would rightly want the whole zone instead.
. tests/interop/common.sh
. tests/interop/zones.sh

first=127.0.0.31
second=127.0.0.32
third=127.0.0.33
dead=127.0.0.34

write_plain
write_big 100000
zones='plain.test big.test'

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  bind: {site: here, address: 192.0.2.1, primary: $(zone_list)}
		  first: {site: here, address: 192.0.2.31, secondary: {$(secondary_of bind)}}
		  nsd: {site: here, address: 192.0.2.12, secondary: {$(secondary_of first)}}
		  second: {site: here, address: 192.0.2.32, secondary: {$(secondary_of nsd)}}
		  knot: {site: here, address: 192.0.2.13, secondary: {$(secondary_of second)}}
		  dead: {site: here, address: 192.0.2.34, secondary: {$(secondary_of knot)}}
		  third: {site: here, address: 192.0.2.33, secondary: {$(secondary_of '[dead, knot]')}}
	END
	scenario_zones
} | sed '/^  \(first\|second\|third\):/s/secondary:/allow-transfer: any, &/' > "$dir/chain.yaml"

start_link() { # NAME MAP...
	link=$1
	shift
	start_ours "$link" "$dir/chain.yaml" "$link" "$(address_of "$link")" --state "$dir/$link" "$@"
}

start_first() {
	start_link first --map bind=$bind:$port --map nsd=$nsd:$port
}

start_second() {
	start_link second --map knot=$knot:$port --map nsd=$nsd:$port
}

start_third() {
	start_link third --map knot=$knot:$port --map dead=$dead:$port
}

# ---- the others' configuration ------------------------------------------------------------------

mkdir -p "$dir/bind" "$dir/nsd"
for zone in $zones; do
	cp "$(file_of "$zone")" "$dir/bind/"
	cat <<- END
		zone "$zone" {
		    type primary;
		    file "$zone.zone";
		    also-notify { $first port $port; };
		    allow-update { 127.0.0.0/8; };
		};
	END
done > "$dir/bind.zones"

{
	knot_remote second
	knot_remote third
	knot_template 'master: second' 'notify: third'
	for zone in $zones; do echo "  - domain: \"$zone\""; done
} > "$dir/knot.zones"

for zone in $zones; do
	cat <<- END
		zone:
		  name: "$zone"
		  zonefile: "$zone.nsd"
		  request-xfr: $first@$port NOKEY
		  allow-notify: $first NOKEY
		  notify: $second@$port NOKEY
		  provide-xfr: 127.0.0.0/8 NOKEY
		  outgoing-interface: $nsd
		  store-ixfr: yes
		  ixfr-number: 100
		  ixfr-size: 100000000
	END
done > "$dir/nsd.zones"

# ---- what must hold -------------------------------------------------------------------------------

# arrived ZONE SERIAL CLAIM: at every link, as BIND has it.
arrived() {
	for server in first nsd second knot third; do
		must "$3: $server has $1" await 30 has_serial "$(address_of $server)" "$1" "$2"
		say "$3: $server's $1 is BIND's" same $bind "$(address_of $server)" "$1"
	done
}

# change FROM TO: of plain.test, each when NSD has the one before.
change() {
	n=$1
	while [ "$n" -le "$2" ]; do
		update_plain $bind "$n"
		must "change $n comes to NSD" await 10 has_serial $nsd plain.test $((n + 1))
		n=$((n + 1))
	done
}

start_bind
start_first
start_nsd
start_second
start_knot
start_third
for zone in $zones; do
	must "bind serves $zone" await 20 serves $bind "$zone"
	arrived "$zone" 1 'from the start'
done
say 'the last link tells of the dead primary' logged third 'failed, dead'

for link in first second third; do : > "$dir/$link.log"; done
change 1 50
arrived plain.test 51 'after fifty changes'
update_big $bind 10
arrived big.test 11 'after a large change'
for link in first second third; do
	for zone in $zones; do
		say "$link took differences of $zone" logged $link "$zone.: transfer in done, IXFR,"
		say "$link took nothing else of $zone" not logged $link "$zone.: transfer in done, AXFR"
	done
done
say 'the first sends on differences' logged first 'plain.test.: transfer out done, IXFR,'
say 'so does the second' logged second 'plain.test.: transfer out done, IXFR,'

# ---- a restart in the middle ----------------------------------------------------------------------

# Knot DNS misses what comes through the second link before that starts again: nothing but the
# journal on its disk can give Knot DNS differences.
stop knot
change 51 59
must 'the second goes on without Knot DNS' await 20 has_serial $second plain.test 60
stop second
: > "$dir/second.log"
start_second
must 'the second starts again' await 10 has_serial $second plain.test 60
start_knot
must 'Knot DNS starts again' await 20 serves $knot big.test
change 60 60
arrived plain.test 61 'after a restart'
say 'the second still sends differences' logged second 'plain.test.: transfer out done, IXFR,'
say 'the last link had nothing but differences' not logged third 'plain.test.: transfer in done, AXFR'
finish

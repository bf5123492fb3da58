# Our primary feeds NSD, Knot DNS and BIND, dig and kdig: AXFR, NOTIFY, IXFR; then it starts again
# from its disk, journal and all.
. tests/interop/common.sh
. tests/interop/zones.sh

write_zones

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: $(zone_list), allow-transfer: any,
		         allow-update: any}
	END
	for server in nsd knot bind; do
		echo "  $server: {site: here, address: $(scenario_address $server), secondary: {$(secondary_of ours)}}"
	done
	scenario_zones
} > "$dir/quiet.yaml"
{
	cat "$dir/quiet.yaml"
	echo 'timeline:'
	changes_timeline 8
} > "$dir/changing.yaml"

serve() { # SCENARIO
	start_ours ours "$dir/$1.yaml" ours $ours --state "$dir/state" \
		--map nsd=$nsd:$port --map knot=$knot:$port --map bind=$bind:$port
}

serve changing
must 'ours serves' await 10 serves $ours plain.test
dump $ours plain.test "$dir/first.records"

for zone in $zones; do
	cat <<- END
		zone:
		  name: "$zone"
		  zonefile: "$zone.nsd"
		  request-xfr: $ours@$port NOKEY
		  allow-notify: $ours NOKEY
		  provide-xfr: 127.0.0.0/8 NOKEY
		  outgoing-interface: $nsd
	END
done > "$dir/nsd.zones"
start_nsd

{
	knot_remote ours
	knot_template 'master: ours'
	for zone in $zones; do echo "  - domain: \"$zone\""; done
} > "$dir/knot.zones"
start_knot

for zone in $zones; do
	cat <<- END
		zone "$zone" {
		    type secondary;
		    primaries port $port { $ours; };
		    allow-notify { $ours; };
		    file "${zone#.}.bind";
		};
	END
done > "$dir/bind.zones"
start_bind

for server in nsd knot bind; do
	address=$(address_of $server)
	for zone in $zones; do
		must "$server has $zone" await 30 serves "$address" "$zone"
		[ "$zone" = plain.test ] || say "$server's $zone is ours" same $ours "$address" "$zone"
	done
done

say 'ours has made fifty changes' await 30 has_serial $ours plain.test 51
for server in nsd knot bind; do
	address=$(address_of $server)
	say "$server follows NOTIFY" await 10 has_serial "$address" plain.test 51
	say "$server's plain.test is ours" same $ours "$address" plain.test
	say "$server took differences" logged ours "plain.test.: transfer out done, IXFR,.* $server"
done
say 'our IXFR leads to our AXFR' ixfr_leads $ours plain.test "$dir/first.records" 1

# ---- tools ------------------------------------------------------------------------------------

# axfr_by TOOL: gives the records that dump got, whatever the way of writing them.
axfr_by() {
	"$1" "@$ours" -p "$port" +tcp +noall +answer plain.test AXFR | plain | wc -l > "$dir/count"
	dump $ours plain.test "$dir/new.records"
	[ "$(cat "$dir/count")" = "$(($(wc -l < "$dir/new.records") + 1))" ]
}

# ixfr_by TOOL SERIAL ARGUMENT...: begins and ends with the present SOA and has the old one.
ixfr_by() {
	tool=$1 since=$2
	shift 2
	"$tool" "@$ours" -p "$port" +noall +answer "$@" plain.test "IXFR=$since" | plain |
		awk -v since="$since" '$4 == "SOA" { seen = seen " " $7; last = NR }
			END { exit !(seen ~ "^ 51 " since " " && seen ~ " 51$" && last == NR) }'
}

# ixfr_gives_all SERIAL: the answer has the records of AXFR, the SOA twice.
ixfr_gives_all() {
	dump $ours plain.test "$dir/new.records" || return 1
	dig_transfer "@$ours" plain.test "IXFR=$1" > "$dir/ixfr.records"
	[ "$(wc -l < "$dir/ixfr.records")" = "$(($(wc -l < "$dir/new.records") + 1))" ] &&
		LC_ALL=C sort -u "$dir/ixfr.records" | cmp -s - "$dir/new.records"
}

for tool in dig kdig; do
	say "$tool fetches the zone" axfr_by $tool
	say "$tool fetches differences over TCP" ixfr_by $tool 1 +tcp
done
say 'dig fetches a difference over UDP' ixfr_by dig 50 +notcp
say 'IXFR from a serial that never was gives the whole zone' ixfr_gives_all 4294967000
"dig" "@$ours" -p "$port" +noall +answer plain.test IXFR=51 > "$dir/single"
say 'who is up to date gets the SOA alone' [ "$(plain < "$dir/single" | wc -l)" = 1 ]

# ---- the journal ------------------------------------------------------------------------------

# The others miss what changes meanwhile, and ours starts again twice.
for zone in plain.test big.test; do
	nsd-control -c "$dir/nsd.conf" write $zone >> "$dir/nsd-control.log" 2>&1
	must "nsd writes $zone" await 10 [ -s "$dir/nsd/$zone.nsd" ]
done
for server in nsd knot bind ours; do stop $server; done
serve quiet
must 'ours starts again where it was' await 10 has_serial $ours plain.test 51
for n in 51 52 53 54 55 56 57 58 59; do update_plain $ours "$n"; done
update_big $ours 10
must 'ours is updated' has_serial $ours plain.test 60
must 'and so is its large zone' has_serial $ours big.test 11
stop ours
: > "$dir/ours.log"
serve quiet
must 'ours starts again with its updates' await 10 has_serial $ours plain.test 60
say 'the journal reaches back to the first version' \
	ixfr_leads $ours plain.test "$dir/first.records" 1
dig "@$ours" -p "$port" +tcp big.test IXFR=1 > "$dir/large"
say 'differences take many messages' awk '/XFR size/ { gsub("[(,]", " "); exit !($6 > 3) }' \
	"$dir/large"
start_nsd
start_knot
start_bind
for server in nsd knot bind; do
	must "$server starts again" await 20 has_serial "$(address_of $server)" plain.test 51
done
update_plain $ours 60
update_big $ours 1 192.0.3
for server in nsd knot bind; do
	address=$(address_of $server)
	for zone in plain.test big.test; do
		serial=61
		[ $zone = plain.test ] || serial=12
		must "$server catches up with $zone" await 20 has_serial "$address" $zone $serial
		say "$server's $zone is ours after the restart" same $ours "$address" $zone
		say "$server took $zone's differences from before it" \
			logged ours "$zone.: transfer out done, IXFR,.* $server"
	done
done
finish

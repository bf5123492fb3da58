# Our primary feeds NSD, Knot DNS and BIND: AXFR, NOTIFY, IXFR.
. tests/interop/common.sh
. tests/interop/zones.sh

write_zones

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: $(zone_list), allow-transfer: any}
	END
	for server in nsd knot bind; do
		echo "  $server: {site: here, address: $(scenario_address $server), secondary: {$(secondary_of ours)}}"
	done
	scenario_zones
	echo 'timeline:'
	changes_timeline 8
} > "$dir/scenario.yaml"

start_ours ours "$dir/scenario.yaml" ours $ours \
	--map nsd=$nsd:$port --map knot=$knot:$port --map bind=$bind:$port
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
	cat <<- END
		remote:
		  - id: ours
		    address: $ours@$port
		    via: $knot
		acl:
		  - id: ours
		    address: 127.0.0.0/8
		    action: [notify, transfer]
		template:
		  - id: default
		    storage: $dir/knot
		    master: ours
		    acl: ours
		zone:
	END
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
	say "$server took differences" logged ours "plain.test.: transfer out done, IXFR,.*$(scenario_address $server):"
done
say 'our IXFR leads to our AXFR' ixfr_leads $ours plain.test "$dir/first.records" 1
finish

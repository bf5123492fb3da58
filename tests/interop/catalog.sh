# Catalog zones (RFC 9432): ours feeds Knot DNS and BIND, which hold what it lists; Knot DNS, which
# generates its catalog, and BIND, whose catalog is written by hand, feed ours.
. tests/interop/common.sh

from_knot=127.0.0.23
from_bind=127.0.0.24

member_records='"@ 3600 SOA ns1 hostmaster 1 86400 86400 1209600 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.1\n"'

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		zones:
		  catalog.test: {catalog: [m1.test, m2.test]}
		  "m{1..4}.test": {records: $member_records}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: [catalog.test, "m{1..4}.test"], allow-transfer: any, allow-update: any}
	END
	for server in knot bind; do
		echo "  $server: {site: here, address: $(scenario_address $server), secondary: {catalog.test: {from: ours, members: {}}}}"
	done
} > "$dir/producer.yaml"

cat > "$dir/consumer.yaml" <<- END
	duration: 1h
	hierarchy: none
	sites: {here: {location: [0, 0]}}
	zones:
	  catalog.test: {catalog: []}
	servers:
	  theirs: {site: here, address: 192.0.2.1, primary: catalog.test, notify: ours}
	  ours: {site: here, address: 192.0.2.11, allow-transfer: any, secondary: {catalog.test: {from: theirs, members: {}}}}
END

gone() {
	[ -z "$(serial "$1" "$2")" ]
}

# update ADDRESS ZONE LINE...: one dynamic update.
update() {
	{
		echo "server $1 $port"
		echo "zone $2"
		shift 2
		for line in "$@"; do echo "update $line"; done
		echo send
	} | nsupdate >> "$dir/nsupdate.log" 2>&1
}

# What the master file of MEMBER has.
write_member() {
	printf '%s\n' "@ 3600 SOA ns1 hostmaster 1 86400 86400 1209600 300" "@ 3600 NS ns1" \
		"ns1 3600 A 192.0.2.1"
}

# ---- ours lists ---------------------------------------------------------------------------

{
	knot_remote ours
	knot_template 'master: ours'
	echo '  - domain: catalog.test'
	echo '    catalog-role: interpret'
	echo '    catalog-template: default'
} > "$dir/knot.zones"
cat > "$dir/bind.options" <<- END
	catalog-zones {
	    zone "catalog.test" default-primaries port $port { $ours; } in-memory yes min-update-interval 1;
	};
END
cat > "$dir/bind.zones" <<- END
	zone "catalog.test" {
	    type secondary;
	    primaries port $port { $ours; };
	    file "catalog.test.bind";
	};
END

start_ours ours "$dir/producer.yaml" ours $ours --map knot=$knot:$port --map bind=$bind:$port
must 'ours serves its catalog' await 10 serves $ours catalog.test
start_knot
start_bind

for server in knot bind; do
	address=$(address_of $server)
	for zone in m1.test m2.test; do
		must "$server holds $zone" await 30 serves "$address" $zone
		say "$server's $zone is ours" same $ours "$address" $zone
	done
	say "$server does not hold m3.test" gone "$address" m3.test
done

must 'our catalog takes a member' update $ours catalog.test 'add third.zones.catalog.test 0 PTR m3.test.'
for server in knot bind; do
	say "$server holds m3.test" await 30 serves "$(address_of $server)" m3.test
done
say 'm3.test changes' update $ours m3.test 'add www.m3.test 300 A 192.0.2.80'
for server in knot bind; do
	say "$server follows NOTIFY of a member" await 10 has_serial "$(address_of $server)" m3.test 2
done

say 'our catalog loses its version' update $ours catalog.test 'delete version.catalog.test TXT' \
	'delete third.zones.catalog.test PTR'
for server in knot bind; do
	await 10 has_serial "$(address_of $server)" catalog.test 3
	sleep 2
	say "$server keeps the members of a broken catalog" serves "$(address_of $server)" m3.test
done
say 'our catalog is mended' update $ours catalog.test 'add version.catalog.test 0 TXT 2' \
	'add fourth.zones.catalog.test 0 PTR m4.test.'
for server in knot bind; do
	say "$server holds m4.test" await 30 serves "$(address_of $server)" m4.test
	say "$server lets go of m3.test" await 30 gone "$(address_of $server)" m3.test
	say "$server still holds m1.test" serves "$(address_of $server)" m1.test
done
stop knot
stop bind

# ---- Knot DNS lists -------------------------------------------------------------------------

# knot_zones ZONE...: all are members.
knot_zones() {
	knot_remote from_knot
	knot_template 'notify: from_knot'
	echo '  - domain: catalog.test'
	echo '    catalog-role: generate'
	for zone in "$@"; do
		write_member > "$dir/knot/$zone.zone"
		cat <<- END
			  - domain: $zone
			    file: $zone.zone
			    catalog-role: member
			    catalog-zone: catalog.test
			    catalog-group: ours
		END
	done
}

rm -rf "$dir/knot"
mkdir -p "$dir/knot/db"
knot_zones k1.test k2.test > "$dir/knot.zones"
start_knot
must 'knot serves a member of its catalog' await 20 serves $knot k1.test
start_ours from_knot "$dir/consumer.yaml" ours $from_knot --map theirs=$knot:$port \
	--state "$dir/state_knot"
for zone in k1.test k2.test; do
	must "ours holds $zone of knot's catalog" await 20 serves $from_knot $zone
	say "our $zone is knot's" same $knot $from_knot $zone
done

knot_reload() {
	knot_zones "$@" > "$dir/knot.zones"
	{ sed '/^remote:/,$d' "$dir/knot.conf"; cat "$dir/knot.zones"; } > "$dir/knot.new"
	mv "$dir/knot.new" "$dir/knot.conf"
	knotc -s "$dir/knot/knot.sock" reload >> "$dir/knotc.log" 2>&1
}
must 'knot changes its members' knot_reload k2.test k3.test
say 'ours holds k3.test' await 20 serves $from_knot k3.test
say 'ours lets go of k1.test' await 10 gone $from_knot k1.test
say 'ours keeps k2.test' serves $from_knot k2.test
say 'ours has no file of k1.test left' not test -e "$dir/state_knot/k1.test.zone"

stop knot
stop from_knot
start_ours from_knot "$dir/consumer.yaml" ours $from_knot --map theirs=$knot:$port \
	--state "$dir/state_knot"
for zone in k2.test k3.test; do
	say "ours starts again with $zone, without knot" await 10 serves $from_knot $zone
done
stop from_knot

# ---- BIND lists ------------------------------------------------------------------------------

rm -rf "$dir/bind" "$dir/bind.options"
mkdir -p "$dir/bind"
cat > "$dir/bind/catalog.test.zone" <<- END
	@                 0 SOA invalid. invalid. 1 3600 600 2147483646 0
	@                 0 NS  invalid.
	version           0 TXT "2"
	one.zones         0 PTR b1.test.
	two.zones         0 PTR b2.test.
	group.two.zones   0 TXT "of-no-meaning-to-ours"
	any.ext.two.zones 0 TXT "likewise"
END
{
	for zone in catalog.test b1.test b2.test b3.test; do
		[ $zone = catalog.test ] || write_member > "$dir/bind/$zone.zone"
		cat <<- END
			zone "$zone" {
			    type primary;
			    file "$zone.zone";
			    also-notify { $from_bind port $port; };
			    allow-update { 127.0.0.0/8; };
			};
		END
	done
} > "$dir/bind.zones"
start_bind
must 'bind serves its catalog' await 20 serves $bind catalog.test
start_ours from_bind "$dir/consumer.yaml" ours $from_bind --map theirs=$bind:$port
for zone in b1.test b2.test; do
	must "ours holds $zone of bind's catalog" await 20 serves $from_bind $zone
	say "our $zone is bind's" same $bind $from_bind $zone
done
must 'bind changes its catalog' update $bind catalog.test \
	'add three.zones.catalog.test 0 PTR b3.test.' 'delete one.zones.catalog.test PTR'
say 'ours holds b3.test' await 20 serves $from_bind b3.test
say 'ours lets go of b1.test' await 10 gone $from_bind b1.test
must 'bind breaks its catalog' update $bind catalog.test \
	'add two.zones.catalog.test 0 PTR b1.test.'
say 'ours says so' await 10 logged from_bind \
	'catalog.test.: catalog broken,.*a member node has several PTR records'
say 'ours keeps b2.test' serves $from_bind b2.test
say 'ours keeps b3.test' serves $from_bind b3.test
finish

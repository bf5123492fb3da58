# NSD, Knot DNS and BIND each feed a secondary of ours: AXFR, NOTIFY, IXFR; then ours starts again
# from its disk and goes on with IXFR.
. tests/interop/common.sh
. tests/interop/zones.sh

write_zones
from_nsd=127.0.0.22
from_knot=127.0.0.23
from_bind=127.0.0.24

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  theirs: {site: here, address: 192.0.2.1, primary: $(zone_list), notify: ours}
		  ours: {site: here, address: 192.0.2.11, allow-transfer: any, secondary: {$(secondary_of theirs)}}
	END
	scenario_zones
} > "$dir/scenario.yaml"

mkdir -p "$dir/nsd"
for zone in $zones; do
	cp "$(file_of "$zone")" "$dir/nsd/"
	cat <<- END
		zone:
		  name: "$zone"
		  zonefile: "$(basename "$(file_of "$zone")")"
		  notify: $from_nsd@$port NOKEY
		  provide-xfr: 127.0.0.0/8 NOKEY
		  outgoing-interface: $nsd
		  store-ixfr: yes
		  create-ixfr: yes
		  ixfr-number: 100
	END
done > "$dir/nsd.zones"
start_nsd

mkdir -p "$dir/bind"
for zone in $zones; do
	cp "$(file_of "$zone")" "$dir/bind/"
	cat <<- END
		zone "$zone" {
		    type primary;
		    file "$(basename "$(file_of "$zone")")";
		    also-notify { $from_bind port $port; };
		    $([ "$zone" != plain.test ] || echo 'allow-update { 127.0.0.0/8; };')
		};
	END
done > "$dir/bind.zones"
start_bind

# Knot DNS does not read all mnemonics of odd.test, so it gets its RDATA in octets.
must 'bind serves odd.test' await 20 serves $bind odd.test
dump $bind odd.test "$dir/odd.records"

mkdir -p "$dir/knot/db"
{
	knot_remote from_knot
	knot_template 'notify: from_knot' 'semantic-checks: off'
	for zone in $zones; do
		if [ "$zone" = odd.test ]; then
			sed 's/ CLASS1 / IN /' "$dir/odd.records" > "$dir/knot/odd.test.zone"
		else
			cp "$(file_of "$zone")" "$dir/knot/"
		fi
		echo "  - domain: \"$zone\""
		echo "    file: \"$(basename "$(file_of "$zone")")\""
	done
} > "$dir/knot.zones"
start_knot

start_from() { # SERVER
	start_ours "from_$1" "$dir/scenario.yaml" ours "$(address_of "from_$1")" \
		--map theirs="$(address_of "$1"):$port" --state "$dir/state_$1"
}

# ---- changes --------------------------------------------------------------------------------

# Each server is changed in the way of its own.
change_bind() { # N
	update_plain $bind "$1"
}

change_knot() { # N
	awk -v n="$1" '
		BEGIN { print "zone-begin plain.test." }
		$1 == n { line = substr($0, length($1) + 4)
			if ($2 == "+") print "zone-set plain.test. " line
			else { sub(/ [0-9]+ /, " ", line); print "zone-unset plain.test. " line } }
		END { print "zone-unset plain.test. @ SOA"
		      print "zone-set plain.test. @ 3600 SOA ns1.plain.test. hostmaster.plain.test. " n + 1 \
			" 86400 86400 1209600 300"
		      print "zone-commit plain.test." }' "$dir/changes" |
		knotc -s "$dir/knot/knot.sock" >> "$dir/knotc.log" 2>&1
}

# NSD 4.6.1 makes wrong differences for owners with RRsets of several types (it adds again those that
# stay), so it has changes without such owners.
change_nsd() { # N
	plain_version "$1" "$dir/changes.single" > "$dir/nsd/plain.test.zone"
	nsd-control -c "$dir/nsd.conf" reload plain.test >> "$dir/nsd-control.log" 2>&1
	await 5 has_serial $nsd plain.test $(($1 + 1))
}

# change SERVER FROM TO
change() {
	n=$2
	while [ "$n" -le "$3" ]; do
		"change_$1" "$n"
		n=$((n + 1))
	done
}

took_differences() { # SERVER
	logged "from_$1" 'plain.test.: transfer in done, IXFR,'
}

took_whole_zone() { # SERVER
	logged "from_$1" 'plain.test.: transfer in done, AXFR'
}

# ---- what must hold -------------------------------------------------------------------------

for server in nsd knot bind; do
	for zone in $zones; do
		must "$server serves $zone" await 20 serves "$(address_of $server)" "$zone"
	done
	start_from $server
done

for server in nsd knot bind; do
	theirs=$(address_of $server)
	mine=$(address_of from_$server)
	for zone in $zones; do
		must "ours has $zone from $server" await 20 serves "$mine" "$zone"
		say "our $zone is $server's" same "$theirs" "$mine" "$zone"
	done
	: > "$dir/from_$server.log"
	must "$server changes" change $server 1 40
	must "ours follows NOTIFY from $server" await 20 has_serial "$mine" plain.test 41
	say "our plain.test is $server's after changes" same "$theirs" "$mine" plain.test
	say "ours took differences from $server" took_differences $server
	say "ours took nothing else from $server" not took_whole_zone $server
done

# Again from the disk, with the server it came from still changing meanwhile.
for server in nsd knot bind; do
	theirs=$(address_of $server)
	mine=$(address_of from_$server)
	stop from_$server
	: > "$dir/from_$server.log"
	change $server 41 50
	start_from $server
	must "ours starts again from its disk" await 10 serves "$mine" big.test
	must "ours catches up with $server" await 20 has_serial "$mine" plain.test 51
	say "ours went on with IXFR from $server" took_differences $server
	say "ours needed no whole zone from $server" not took_whole_zone $server
	for zone in $zones; do
		say "our $zone is still $server's" same "$theirs" "$mine" "$zone"
	done
done
finish

# Digests over zones (RFC 8976) with Knot DNS: each makes them, and each refuses the other's zone
# when its digest is another's.
. tests/interop/common.sh

from_knot=127.0.0.23

# zone_records SERIAL: a zone with names and types that the order of records depends on.
zone_records() {
	cat <<- END
		@        3600 SOA   ns1 hostmaster $1 86400 86400 1209600 300
		@        3600 NS    ns1
		@        3600 NS    ns2.elsewhere.example.
		@        3600 MX    10 mail
		ns1      3600 A     192.0.2.1
		ns1      3600 AAAA  2001:db8::1
		Mail     300  A     192.0.2.25
		*.wild   300  TXT   "any" "thing"
		a.b.c    300  CNAME ns1
		sub      3600 NS    ns.sub
		ns.sub   3600 A     192.0.2.53
		odd      300  TYPE65280 \# 3 abcdef
		_x._tcp  300  SRV   1 2 53 ns1
	END
}

# A digest of nothing that is here, in 48 octets.
wrong_digest=$(awk 'BEGIN { while (i++ < 48) printf "ab" }')

indented() {
	sed 's/^/      /'
}

# ---- ours makes them --------------------------------------------------------------------------

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: [signed.test, hashed.test, spoilt.test], allow-transfer: any, allow-update: any}
		  knot: {site: here, address: $(scenario_address knot), secondary: {signed.test: {from: ours}, hashed.test: {from: ours}, spoilt.test: {from: ours}}}
		zones:
		  signed.test:
		    sign: {zonemd: true}
		    records: |
	END
	zone_records 1 | indented
	echo '  hashed.test:'
	echo '    sign: {zonemd: true, denial: nsec3}'
	echo '    records: |'
	zone_records 1 | indented
	echo '  spoilt.test:'
	echo '    records: |'
	{
		zone_records 1
		echo "@ 3600 ZONEMD 1 1 1 $wrong_digest"
	} | indented
} > "$dir/producer.yaml"

{
	knot_remote ours
	knot_template 'master: ours' 'zonemd-verify: on'
	for zone in signed hashed spoilt; do echo "  - domain: $zone.test"; done
} > "$dir/knot.zones"
start_ours ours "$dir/producer.yaml" ours $ours --map knot=$knot:$port
must 'ours serves' await 10 serves $ours signed.test
start_knot
for zone in signed.test hashed.test; do
	say "knot verifies our digest of $zone" await 20 serves $knot $zone
	say "knot's $zone is ours" same $ours $knot $zone
done
say 'knot has looked at the digest' await 10 logged knot 'ZONEMD.*verif'
say 'knot refuses a digest of another zone' await 10 logged knot '\[spoilt.test.\].*ZONEMD'
say 'and does not serve the zone' not serves $knot spoilt.test
stop knot
stop ours

# ---- Knot DNS makes them ----------------------------------------------------------------------

rm -rf "$dir/knot"
mkdir -p "$dir/knot/db"
{
	knot_remote from_knot
	knot_template 'notify: from_knot' 'semantic-checks: off'
	for algorithm in sha384 sha512; do
		zone_records 1 > "$dir/knot/$algorithm.test.zone"
		cat <<- END
			  - domain: $algorithm.test
			    file: $algorithm.test.zone
			    zonemd-generate: zonemd-$algorithm
		END
	done
	{
		zone_records 1
		echo "@ 3600 ZONEMD 1 1 1 $wrong_digest"
	} > "$dir/knot/wrong.test.zone"
	echo '  - domain: wrong.test'
	echo '    file: wrong.test.zone'
} > "$dir/knot.zones"
cat > "$dir/consumer.yaml" <<- END
	duration: 1h
	hierarchy: none
	sites: {here: {location: [0, 0]}}
	zones:
	  sha384.test: &any {records: "@ 1 SOA a b 1 1 1 1 1\n@ 1 NS a\na 1 A 192.0.2.1\n"}
	  sha512.test: *any
	  wrong.test: *any
	servers:
	  theirs: {site: here, address: 192.0.2.1, primary: [sha384.test, sha512.test, wrong.test], notify: ours}
	  ours: {site: here, address: 192.0.2.11, allow-transfer: any, secondary: {sha384.test: {from: theirs}, sha512.test: {from: theirs}, wrong.test: {from: theirs}}}
END
start_knot
for zone in sha384.test sha512.test wrong.test; do
	must "knot serves $zone" await 20 serves $knot $zone
done
start_ours from_knot "$dir/consumer.yaml" ours $from_knot --map theirs=$knot:$port
for zone in sha384.test sha512.test; do
	say "ours verifies knot's digest of $zone" await 20 serves $from_knot $zone
	say "our $zone is knot's" same $knot $from_knot $zone
	say "there is a digest in it" grep -q 'TYPE63' "$dir/b.records"
done
say 'ours refuses a digest of another zone' await 10 logged from_knot \
	'wrong.test.: transfer in failed.*ZONEMD'
say 'and does not serve the zone' not serves $from_knot wrong.test
finish

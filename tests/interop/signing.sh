# Zones that our primary signs: nsupdate changes them, NSD and Knot DNS follow by IXFR, BIND's
# dnssec-verify finds every version good, and signatures are made anew while all of them run.
. tests/interop/common.sh

admin=hmac-sha256:admin:dGhlIGFkbWluIGFsb25l
zones='nsec.test nsec3.test optout.test'

# What is due ten seconds after the start: a signature made an hour ago, so inception two before.
signing() {
	echo "{file: $dir/zone, sign: {inception: 1h59m50s, lifetime: 3d, resign: 1h$1}}"
}
{
	echo '$TTL 300'
	echo '@ SOA ns1 hostmaster 1 86400 86400 1209600 300'
	echo '@ NS ns1'
	echo 'ns1 A 192.0.2.1'
	awk 'BEGIN { for (i = 0; i < 500; i++) print "h" i " A 192.0.2.7"
	             for (i = 0; i < 20; i++) print "cut" i " NS ns.elsewhere.example." }'
} > "$dir/zone"
cat > "$dir/scenario.yaml" << END
duration: 1h
hierarchy: none
sites: {here: {location: [0, 0]}}
keys:
  admin: {secret: dGhlIGFkbWluIGFsb25l}
zones:
  nsec.test: $(signing)
  nsec3.test: $(signing ', denial: nsec3, salt: ab, iterations: 1')
  optout.test: $(signing ', denial: nsec3, opt-out: true')
servers:
  ours: {site: here, address: 192.0.2.11, primary: [nsec.test, nsec3.test, optout.test],
         allow-transfer: any, allow-update: [admin]}
  nsd: {site: here, address: 192.0.2.12, secondary: {nsec.test: {from: ours}, nsec3.test: {from: ours}, optout.test: {from: ours}}}
  knot: {site: here, address: 192.0.2.13, secondary: {nsec.test: {from: ours}, nsec3.test: {from: ours}, optout.test: {from: ours}}}
END

for zone in $zones; do
	cat <<- END
		zone:
		  name: "$zone"
		  request-xfr: $ours@$port NOKEY
		  allow-notify: $ours NOKEY
		  provide-xfr: 127.0.0.0/8 NOKEY
		  outgoing-interface: $nsd
	END
done > "$dir/nsd.zones"
{
	knot_remote ours
	knot_template 'master: ours'
	for zone in $zones; do echo "  - domain: \"$zone\""; done
} > "$dir/knot.zones"

# update ZONE LINE...
update() {
	zone=$1
	shift
	{
		echo "server $ours $port"
		echo "zone $zone."
		for line; do echo "update $line"; done
		echo send
	} | nsupdate -y "$admin" > "$dir/answer" 2>&1
}

# A few of everything: new names, names gone, empty non-terminals, delegations with and without DS.
changes() {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		update "$1" "add n$i.deep$((i % 3)).$1. 300 A 192.0.2.$i" "delete h$((i * 7)).$1."
		update "$1" "add cut$i.$1. 300 DS 1 8 2 $(printf '%064d' "$i")" "delete cut$((i + 9)).$1."
		update "$1" "delete n$((i - 1)).deep$(((i - 1) % 3)).$1." "add h$((i * 11)).$1. 300 TXT $i" \
			"add new$i.$1. 300 NS ns.elsewhere.example."
	done
}

verified() {
	dig +noall +answer +onesoa +norec +tries=1 +time=60 -p "$port" "@$ours" "$1" AXFR > "$dir/verify" &&
		dnssec-verify -q -z -x -I text -o "$1" "$dir/verify" > "$dir/verify.log" 2>&1
}

start_ours ours "$dir/scenario.yaml" ours $ours --map nsd=$nsd:$port --map knot=$knot:$port
must 'ours serves' await 10 serves $ours nsec.test
for zone in $zones; do
	say "$zone is signed" verified "$zone"
done
start_nsd
start_knot
for server in nsd knot; do
	for zone in $zones; do
		must "$server has $zone" await 30 serves "$(address_of $server)" "$zone"
	done
done
for zone in $zones; do
	changes "$zone"
	say "thirty updates leave $zone well signed" verified "$zone"
	say "an UPDATE of signatures of $zone is refused" not update "$zone" "delete h1.$zone. NSEC"
done
for zone in $zones; do
	say "signatures of $zone are made anew" await 20 logged ours "$zone.: signed.* due"
	say "and $zone is well signed still" verified "$zone"
	before=$(serial $ours "$zone")
	dump $ours "$zone" "$dir/$zone.first"
	update "$zone" "add last.$zone. 300 TXT last"
	say "IXFR of $zone leads to AXFR" ixfr_leads $ours "$zone" "$dir/$zone.first" "$before"
	for server in nsd knot; do
		address=$(address_of $server)
		say "$server follows $zone" await 20 has_serial "$address" "$zone" "$(serial $ours "$zone")"
		say "$server's $zone is ours" same $ours "$address" "$zone"
		say "$server took differences" logged ours "$zone.: transfer out done, IXFR,.* $server"
	done
done
finish

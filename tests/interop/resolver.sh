# Unbound in front of ours: it fetches a zone as a secondary (auth-zone) and asks for the names of two
# others (stub-zone), one of them signed, with ours as the only server; unbound-host and dig ask it.
. tests/interop/common.sh
. tests/interop/zones.sh

unbound=127.0.0.51
write_plain
cp "$here/zones/odd.test.zone" "$dir"
# signed.test: with NSEC3, its key is Unbound's trust anchor.
{
	soa signed.test. 1
	echo 'www.signed.test. 300 A 192.0.2.80'
	echo '*.wild.signed.test. 300 TXT "wild"'
	echo 'alias.signed.test. 300 CNAME www.signed.test.'
} > "$dir/signed.unsigned"
key=$(cd "$dir" && ldns-keygen -a ED25519 -k -r /dev/urandom signed.test)
(cd "$dir" && ldns-signzone -n -t 0 -f signed.test.zone signed.unsigned "$key")
zones='plain.test odd.test signed.test'

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: $(zone_list), allow-transfer: any, allow-update: any}
		  unbound: {site: here, address: 192.0.2.51, secondary: {plain.test: {from: ours}}}
	END
	scenario_zones
} > "$dir/scenario.yaml"

cat > "$dir/unbound.conf" << END
server:
  interface: $unbound@$port
  outgoing-interface: $unbound
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: "$dir/unbound.pid"
  use-syslog: no
  num-threads: 1
  verbosity: 2
  trust-anchor-file: "$dir/$key.key"
  domain-insecure: odd.test
  domain-insecure: plain.test
  local-zone: test. nodefault
remote-control:
  control-enable: no
auth-zone:
  name: plain.test
  primary: $ours@$port
  allow-notify: $ours@$port
  zonefile: "$dir/plain.unbound"
  for-downstream: yes
  for-upstream: yes
stub-zone:
  name: odd.test
  stub-addr: $ours@$port
stub-zone:
  name: signed.test
  stub-addr: $ours@$port
END

start_ours ours "$dir/scenario.yaml" ours $ours --map unbound=$unbound:$port
must 'ours serves' await 10 serves $ours plain.test
start unbound unbound -d -c "$dir/unbound.conf"

# answer NAME TYPE: what Unbound says, with its flags.
answer() {
	dig "@$unbound" -p "$port" +tries=1 +time=3 +dnssec "$@" > "$dir/answer" 2>&1
}

has() {
	grep -q -- "$1" "$dir/answer"
}

must 'Unbound has fetched the zone' await 20 has_serial $unbound plain.test 1
n=1
while [ "$n" -le 10 ]; do
	update_plain $ours "$n"
	must 'Unbound follows NOTIFY' await 10 has_serial $unbound plain.test $((n + 1))
	n=$((n + 1))
done
say 'with differences' logged ours 'plain.test.: transfer out done, IXFR'
# Each name of the zone, at Unbound and at ours.
dump $ours plain.test "$dir/ours.records"
awk '$4 != "TYPE6" { print $1, $4 }' "$dir/ours.records" | sort -u > "$dir/names"
ask_all() { # ADDRESS
	dig +noall +answer +unknownformat +norec -p "$port" "@$1" -f "$dir/names" | plain | LC_ALL=C sort -u
}
ask_all $ours > "$dir/by_ours"
ask_all $unbound > "$dir/by_unbound"
say 'its names are asked' [ "$(wc -l < "$dir/by_ours")" -gt 1000 ]
say 'Unbound answers them as ours does' cmp -s "$dir/by_ours" "$dir/by_unbound"

answer a.odd.test A
say 'a name through the resolver' has '192.0.2.2'
answer txt.odd.test TXT
say 'a text' has 'two words'
answer gone.odd.test A
say 'a name that is not there' has 'status: NXDOMAIN'
answer unknown.odd.test TYPE65534
say 'an unknown type' has '0102030405'
answer dname.odd.test DNAME
say 'a DNAME' has 'elsewhere.example'
answer www.signed.test A
say 'a signed name is valid' has 'flags:.* ad[ ;]'
say 'and there' has '192.0.2.80'
answer alias.signed.test A
say 'a signed alias is valid' has 'flags:.* ad[ ;]'
answer x.wild.signed.test TXT
say 'a signed wildcard is valid' has 'flags:.* ad[ ;]'
answer www.signed.test AAAA
say 'a signed denial of a type is valid' has 'flags:.* ad[ ;]'
answer gone.signed.test A
say 'a signed denial of a name is valid' has 'flags:.* ad[ ;]'
say 'and one' has 'status: NXDOMAIN'
cat > "$dir/host.conf" << END
server:
  do-not-query-localhost: no
  local-zone: test. nodefault
  trust-anchor-file: "$dir/$key.key"
stub-zone:
  name: signed.test
  stub-addr: $ours@$port
END
unbound-host -C "$dir/host.conf" -v -t A www.signed.test > "$dir/answer" 2>&1
say 'unbound-host finds it secure' has '192.0.2.80 (secure)'
finish

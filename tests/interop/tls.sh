# Zone transfer over TLS (RFC 9103): our primary feeds NSD and BIND, dig and kdig; each of the two feeds
# ours. AXFR, then IXFR; whoever can't prove who he is gets or gives nothing. Knot DNS 3.2 knows none of it.
. tests/interop/common.sh

tls=$((port + 1))
from_nsd=127.0.0.32
from_bind=127.0.0.34
zone=plain.test

# ---- certificates for the others, from an authority of theirs --------------------------------

authority() {
	openssl req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=authority \
		-keyout "$dir/ca.key" -out "$dir/ca.pem" 2>> "$dir/openssl.log"
}

# certify FILE NAME
certify() {
	echo "subjectAltName=DNS:$2" > "$dir/san"
	openssl req -newkey ed25519 -nodes -subj "/CN=$2" -keyout "$dir/$1.key" -out "$dir/$1.csr" \
		2>> "$dir/openssl.log" &&
		openssl x509 -req -days 2 -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
			-CAcreateserial -extfile "$dir/san" -out "$dir/$1.pem" 2>> "$dir/openssl.log"
}

must 'there is an authority' authority
must 'there is a certificate' certify theirs theirs.example

# ---- the zone and the scenarios ------------------------------------------------------------

# version SERIAL: 3000 records, and one that tells the serial.
version() {
	echo "plain.test. 3600 SOA ns1.plain.test. hostmaster.plain.test. $1 86400 86400 1209600 300"
	echo 'plain.test. 3600 NS ns1.elsewhere.example.'
	echo "serial.plain.test. 300 TXT \"$1\""
	awk 'BEGIN { for (i = 0; i < 3000; i++) print "h" i ".plain.test. 300 TXT \"one of three thousand\"" }'
}
version 1 > "$dir/plain.test.zone"

# change ADDRESS SERIAL: from SERIAL to the next, by dynamic update.
change() {
	printf 'server %s %s\nzone plain.test.\nupdate delete serial.plain.test. TXT\nupdate add serial.plain.test. 300 TXT "%s"\nsend\n' \
		"$1" "$port" $(($2 + 1)) | nsupdate >> "$dir/nsupdate.log" 2>&1
}

head_of_scenario() {
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		zones: {plain.test: {file: $dir/plain.test.zone}}
		servers:
	END
}

{
	head_of_scenario
	echo "  ours: {site: here, address: 192.0.2.11, name: ours.example, primary: plain.test, allow-update: any,"
	echo "         allow-transfer: any, tls: {transfers: tls-only}}"
	for server in nsd bind; do
		echo "  $server: {site: here, address: $(scenario_address $server), secondary: {plain.test: {from: ours, tls: strict}}}"
	done
} > "$dir/from.yaml"
{
	head_of_scenario
	echo "  theirs: {site: here, address: 192.0.2.1, name: theirs.example, primary: plain.test, notify: ours, tls: {}}"
	echo "  ours: {site: here, address: 192.0.2.11, allow-transfer: any, tls: {},"
	echo "         secondary: {plain.test: {from: theirs, tls: strict}}}"
} > "$dir/to.yaml"

# ---- from ours -----------------------------------------------------------------------------

serve() { # ARGUMENT...
	start_ours ours "$dir/from.yaml" ours $ours --listen-tls "$ours:$tls" --state "$dir/state" \
		--map "nsd=$nsd:$port" --map "bind=$bind:$port" --ca "$dir/ca.pem" --write-ca "$dir/ours.pem" "$@"
}
serve
must 'ours serves' await 10 serves $ours $zone

# fetched TOOL ARGUMENT...: an AXFR over TLS of the whole zone.
fetched() {
	tool=$1
	shift
	"$tool" "@$ours" -p "$tls" "$@" +noall +answer plain.test AXFR > "$dir/answer" 2>&1
	[ "$(plain < "$dir/answer" | wc -l)" = 3004 ]
}
for tool in dig kdig; do
	say "$tool fetches the zone from whoever it is" fetched $tool +tls
	say "$tool fetches it from whom it trusts" fetched $tool "+tls-ca=$dir/ours.pem" +tls-hostname=ours.example +tls
	say "$tool finds that the name is another" not fetched $tool "+tls-ca=$dir/ours.pem" +tls-hostname=other.example +tls
	say "$tool gets nothing from a stranger" not fetched $tool "+tls-ca=$dir/ca.pem" +tls-hostname=ours.example +tls
done
dig "@$ours" -p "$port" +tcp plain.test AXFR > "$dir/answer" 2>&1
say 'in clear nobody gets the zone' grep -q 'Transfer failed' "$dir/answer"
say 'ours says how it gave the zone' logged ours 'plain.test.: transfer out done, AXFR, serial 1, bind, over TLS$'
say 'lines begin with the time, and none with an empty zone' \
	not grep -qv '^20[0-9-]*T[0-9:.]*Z [a-zA-Z]' "$dir/ours.log"
# hands VERSION: `openssl` shakes hands with ours by this version of TLS, and agrees on `dot`.
hands() {
	openssl s_client "-$1" -alpn dot -connect "$ours:$tls" < /dev/null > "$dir/hands" 2>&1
	grep -q 'ALPN protocol: dot' "$dir/hands"
}
say 'openssl agrees with ours on TLS 1.3 and dot' hands tls1_3
say 'and not on TLS 1.2' not hands tls1_2
# padded SIZE ARGUMENT...: our answer to such a question of kdig has SIZE octets.
padded() {
	size=$1
	shift
	kdig "@$ours" -p "$tls" +tls "$@" serial.plain.test TXT | grep -q "Received $size B"
}
say 'a padded question has a padded answer' padded 468 +padding
say 'another has none' not padded 468 +edns +nopadding
say 'a question is answered over TLS' [ "$(kdig "@$ours" -p "$tls" +tls +short serial.plain.test TXT)" = '"1"' ]

cat > "$dir/nsd.zones" <<- END
	server:
	  tls-cert-bundle: "$dir/ours.pem"
	tls-auth:
	  name: ours
	  auth-domain-name: "ours.example"
	  client-cert: "$dir/theirs.pem"
	  client-key: "$dir/theirs.key"
	tls-auth:
	  name: other
	  auth-domain-name: "other.example"
	zone:
	  name: "plain.test"
	  zonefile: "plain.test.nsd"
	  request-xfr: $ours@$tls NOKEY ours
	  allow-notify: $ours NOKEY
	  provide-xfr: 127.0.0.0/8 NOKEY
	  outgoing-interface: $nsd
END
start_nsd
cat > "$dir/bind.zones" <<- END
	tls ours {
	    ca-file "$dir/ours.pem"; remote-hostname "ours.example";
	    cert-file "$dir/theirs.pem"; key-file "$dir/theirs.key";
	};
	zone "plain.test" {
	    type secondary;
	    primaries { $ours port $tls tls ours; };
	    allow-notify { $ours; };
	    file "plain.test.bind";
	};
END
start_bind

# records_of SOURCE: as it sends them over TLS; NSD in clear, since dig wants ALPN, which NSD has from 4.11.1 on only.
records_of() {
	case $1 in
	ours) set -- "@$ours" "+tls-ca=$dir/ours.pem" +tls-hostname=ours.example ;;
	bind) set -- "@$bind" "+tls-ca=$dir/ca.pem" +tls-hostname=theirs.example ;;
	nsd) dump $nsd $zone "$dir/source.records" && return ;;
	esac
	dig_transfer -p $tls +tls "$@" "+tls-certfile=$dir/theirs.pem" "+tls-keyfile=$dir/theirs.key" \
		+onesoa $zone AXFR | LC_ALL=C sort > "$dir/source.records"
}

# follows SERVER SERIAL SOURCE: it has all of this version, record by record as the source has it.
follows() {
	await 20 has_serial "$(address_of "$1")" $zone "$2" && dump "$(address_of "$1")" $zone "$dir/$1.records"
	records_of "$3"
	[ "$(wc -l < "$dir/$1.records")" = 3003 ] && cmp "$dir/$1.records" "$dir/source.records"
}
for server in nsd bind; do say "$server has the zone over TLS" follows $server 1 ours; done
must 'ours is changed' change $ours 1
for server in nsd bind; do
	say "$server follows NOTIFY over TLS" follows $server 2 ours
	say "$server took differences" logged ours "transfer out done, IXFR,.* $server, over TLS"
done

# With certificates on both sides.
stop ours
serve --set servers/ours/tls/transfers=mutual-tls
must 'ours starts again' await 10 has_serial $ours $zone 2
must 'ours is changed again' change $ours 2
for server in nsd bind; do say "$server shows its certificate" follows $server 3 ours; done
say 'who shows none gets nothing' not fetched kdig +tls

# One that has run out.
stop ours
: > "$dir/ours.log"
serve --set servers/ours/tls/inception=91d
must 'ours starts with an old certificate' await 10 has_serial $ours $zone 3
say 'it says that it is old' logged ours 'certificate, good until .*: it has expired'
say 'dig does not take it' not fetched dig "+tls-ca=$dir/ours.pem" +tls-hostname=ours.example +tls
say 'ours says so' await 10 logged ours 'Z TLS failed, bind: '
stop nsd
stop bind
stop ours

# ---- to ours -------------------------------------------------------------------------------

without_alpn=
fetch_from() { # SERVER ARGUMENT...
	server=$1
	shift
	start_ours "from_$server" "$dir/to.yaml" ours "$(address_of "from_$server")" --ca "$dir/ca.pem" \
		--listen-tls "$(address_of "from_$server"):$tls" --map-tls "theirs=$(address_of "$server"):$tls" \
		--map "theirs=$(address_of "$server"):$port" $([ "$server" = bind ] || echo $without_alpn) "$@"
}

version 1 > "$dir/nsd/plain.test.zone"
cat > "$dir/nsd.zones" <<- END
	server:
	  ip-address: $nsd@$tls
	  tls-port: $tls
	  tls-service-key: "$dir/theirs.key"
	  tls-service-pem: "$dir/theirs.pem"
	zone:
	  name: "plain.test"
	  zonefile: "plain.test.zone"
	  notify: $from_nsd@$port NOKEY
	  provide-xfr: 127.0.0.0/8 NOKEY
	  outgoing-interface: $nsd
	  store-ixfr: yes
	  create-ixfr: yes
END
start_nsd
version 1 > "$dir/bind/plain.test.zone"
echo "listen-on port $tls tls here { $bind; };" > "$dir/bind.options"
cat > "$dir/bind.zones" <<- END
	tls here { cert-file "$dir/theirs.pem"; key-file "$dir/theirs.key"; };
	zone "plain.test" {
	    type primary;
	    file "plain.test.zone";
	    also-notify { $from_bind port $port; };
	    allow-update { 127.0.0.0/8; };
	    allow-transfer transport tls { any; };
	};
END
start_bind
if nsd -v 2>&1 | head -1 | grep -qE ' 4\.([0-9]|10|11\.0)(\.|$)'; then
	must 'nsd serves' await 20 serves $nsd $zone
	fetch_from nsd
	say 'ours finds that this NSD knows no ALPN' await 10 logged from_nsd 'has not agreed on DNS over TLS (ALPN)'
	say 'and takes no zone from it' not has_serial $from_nsd $zone 1
	stop from_nsd
	without_alpn='--set servers/ours/secondary/plain.test/alpn=optional'
fi
for server in nsd bind; do
	must "$server serves" await 20 serves "$(address_of $server)" $zone
	fetch_from $server
	say "ours has the zone of $server" follows "from_$server" 1 $server
done
must 'bind is changed' change $bind 1
say 'ours follows bind' follows from_bind 2 bind
say 'with differences' logged from_bind 'transfer in done, IXFR'
version 2 > "$dir/nsd/plain.test.zone"
nsd-control -c "$dir/nsd.conf" reload plain.test >> "$dir/nsd-control.log" 2>&1
say 'ours follows nsd' follows from_nsd 2 nsd
say 'with differences' logged from_nsd 'transfer in done, IXFR'

for server in nsd bind; do
	stop "from_$server"
	fetch_from $server --set servers/theirs/name=other.example
	say "ours finds that $server bears another name" await 10 logged "from_$server" 'the certificate is for another name'
	stop "from_$server"
	cp "$dir/ours.pem" "$dir/stranger.pem"
	start_ours "from_$server" "$dir/to.yaml" ours "$(address_of "from_$server")" \
		--map-tls "theirs=$(address_of "$server"):$tls"
	say "ours finds $server a stranger" await 10 logged "from_$server" 'from nobody who is trusted'
done
: > "$dir/from_nsd.log"
nsd-control -c "$dir/nsd.conf" notify plain.test >> "$dir/nsd-control.log" 2>&1
say 'one that is only mapped for TLS is heard' await 10 logged from_nsd 'NOTIFY received, .*theirs'
finish

#!/bin/sh
# Signatures and dynamic update: dig, kdig, nsupdate and knsupdate against our name server.
. tests/interop/common.sh

cat > "$dir/tsig.yaml" << END
name: tsig
duration: 1h
sites:
  here: {location: [0, 0]}
keys:
  md5: {algorithm: hmac-md5, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  sha1: {algorithm: hmac-sha1, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  sha224: {algorithm: hmac-sha224, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  sha256: {algorithm: hmac-sha256, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  sha384: {algorithm: hmac-sha384, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  sha512: {algorithm: hmac-sha512, secret: c2VjcmV0IG9mIHRoZSB0d28=}
  admin: {secret: dGhlIGFkbWluIGFsb25l}
zones:
  example.com: {file: $dir/example.com.zone}
servers:
  ns1: {site: here, primary: [example.com], allow-update: [admin],
        allow-transfer: [md5, sha1, sha224, sha256, sha384, sha512]}
  ns2: {site: here, secondary: {example.com: {from: [ns1], key: sha256}}}
  wrong: {site: here, clock-offset: 400s, secondary: {example.com: {from: [ns1], key: sha256}}}
hierarchy: none
END
{
	echo '$TTL 300'
	echo '@ SOA ns1 hostmaster 1 3600 900 604800 300'
	echo '@ NS ns1'
	echo 'ns1 A 192.0.2.1'
	awk 'BEGIN { for (i = 0; i < 20000; i++) print "h" i " A 192.0.2.7" }'
} > "$dir/example.com.zone"

secret=c2VjcmV0IG9mIHRoZSB0d28=
admin=hmac-sha256:admin:dGhlIGFkbWluIGFsb25l
second=127.0.0.14

# ask TOOL ARGUMENT...: the answer goes to $dir/answer.
ask() {
	tool=$1
	shift
	"$tool" "@$ours" -p "$port" +retry=0 +timeout=3 +norecurse "$@" > "$dir/answer" 2>&1
}

# has TEXT: in the last answer.
has() {
	grep -q -- "$1" "$dir/answer"
}

answers() {
	ask dig example.com SOA && has 'status: NOERROR'
}

# update TOOL SIGNATURE LINE...
update() {
	tool=$1 signature=$2
	shift 2
	{
		echo "server $ours $port"
		echo 'zone example.com.'
		for line; do echo "$line"; done
		echo send
		echo answer
	} > "$dir/update"
	"$tool" ${signature:+-y "$signature"} "$dir/update" > "$dir/answer" 2>&1
}

# serial ADDRESS NUMBER
serial() {
	[ "$(dig "@$1" -p "$port" +short +tries=1 example.com SOA | cut -d ' ' -f 3)" = "$2" ]
}

start_ours ns1 "$dir/tsig.yaml" ns1 "$ours" --map "ns2=$second:$port"
must 'our server answers' await 10 answers

for algorithm in md5 sha1 sha224 sha256 sha384 sha512; do
	key=hmac-$algorithm:$algorithm:$secret
	for tool in dig kdig; do
		ask "$tool" -y "$key" example.com SOA
		say "$tool takes an answer signed with $algorithm" has 'status: NOERROR'
		say "and finds nothing wrong" not has "^;; *\\(Couldn't verify\\|WARNING\\|ERROR\\)"
		ask "$tool" -y "$key" +noedns example.com AXFR
		say "$tool transfers the zone signed with $algorithm" has h19999.example.com
		say "and finds nothing wrong" not has "^;; *\\(Couldn't verify\\|WARNING\\|ERROR\\)"
	done
done
ask dig -y "hmac-sha256:sha256:$secret" +tcp example.com ANY
say 'dig takes a signed answer over TCP' has 'status: NOERROR'
ask dig -y "hmac-sha256:nobody:$secret" example.com SOA
say 'an unknown key is BADKEY' has BADKEY
ask dig -y hmac-sha256:sha256:b3RoZXI= example.com SOA
say 'another secret is BADSIG' has BADSIG
say 'and dig says so' has "^;; *\\(Couldn't verify\\|WARNING\\|ERROR\\)"
ask dig -y "hmac-sha256:sha512:$secret" example.com SOA
say 'another algorithm is BADKEY' has BADKEY
ask dig example.com AXFR
say 'who does not sign gets no zone' has 'Transfer failed'
ask dig -y "$admin" example.com AXFR
say 'nor does who signs with another key' has 'Transfer failed'

update nsupdate "$admin" 'update add new.example.com. 60 A 192.0.2.99'
say 'nsupdate adds a record' [ "$(dig "@$ours" -p "$port" +short new.example.com)" = 192.0.2.99 ]
say 'the serial grows' serial "$ours" 2
update nsupdate "$admin" 'prereq nxdomain new.example.com.' 'update delete new.example.com.'
say 'a prerequisite that is not met is YXDOMAIN' has YXDOMAIN
update nsupdate "$admin" 'prereq yxrrset new.example.com. A 192.0.2.99' \
	'update delete new.example.com. A 192.0.2.99' 'update add new.example.com. 60 TXT "hi"'
say 'one that is met lets the update through' \
	[ "$(dig "@$ours" -p "$port" +short new.example.com TXT)" = '"hi"' ]
say 'the serial grows' serial "$ours" 3
update nsupdate "$admin" 'update delete new.example.com. A'
say 'what changes nothing leaves the serial' serial "$ours" 3
update knsupdate "$admin" 'update add k.example.com. 60 A 192.0.2.98'
say 'knsupdate adds a record' [ "$(dig "@$ours" -p "$port" +short k.example.com)" = 192.0.2.98 ]
update nsupdate "$admin" 'update add www.example.org. 60 A 192.0.2.98'
say 'a record outside the zone is NOTZONE' has NOTZONE
update nsupdate '' 'update add no.example.com. 60 A 192.0.2.98'
say 'who does not sign is refused' has REFUSED
update nsupdate "hmac-sha256:sha256:$secret" 'update add no.example.com. 60 A 192.0.2.98'
say 'so is who signs with another key' has REFUSED
say 'and nothing has changed' serial "$ours" 4

start_ours ns2 "$dir/tsig.yaml" ns2 "$second" --map "ns1=$ours:$port"
say 'our secondary gets the zone, signed' await 10 serial "$second" 4
update nsupdate "$admin" 'update add later.example.com. 60 A 192.0.2.97'
say 'and after a signed NOTIFY the difference' await 10 serial "$second" 5
stop ns2
start_ours wrong "$dir/tsig.yaml" wrong "$second" --map "ns1=$ours:$port"
say 'a clock 400 s off gets nothing and says so' await 10 logged wrong 'TSIG: bad time'
finish

# Transfers signed with each algorithm (RFC 8945), from ours to NSD, Knot DNS and BIND and back; and
# none with an unknown key, another secret or a clock that is wrong. A zone for each.
. tests/interop/common.sh

behind=127.0.0.41
back=127.0.0.42
late=127.0.0.43
algorithms='md5 sha1 sha224 sha256 sha384 sha512'
secret=c2VjcmV0IG9mIHRoZSB0d28=
other=b3RoZXIgc2VjcmV0cw==

# Zones go out-... from ours to them and in-... to ours: one for each algorithm, one with a key that has
# another secret there, one with a key that is unknown there. late.test comes from a wrong clock.
zones_of() { # PREFIX
	for algorithm in $algorithms; do echo "$1-$algorithm.test"; done
}

zone_file() { # SERIAL
	printf '@ 3600 SOA ns1 hostmaster %s 86400 86400 1209600 300\n@ 3600 NS ns1\n' "$1"
	printf 'ns1 3600 A 192.0.2.1\n'
	awk 'BEGIN { for (i = 0; i < 3000; i++) print "h" i, "3600 A 192.0.2.7" }'
}

mkdir -p "$dir/nsd" "$dir/knot" "$dir/bind"
zone_file 1 > "$dir/zone"
cp "$dir/zone" "$dir/nsd/zone"
cp "$dir/zone" "$dir/bind/zone"
out_zones="$(zones_of out) out-wrong.test out-unknown.test"
in_zones="$(zones_of in) in-wrong.test in-unknown.test"

key_of() { # ZONE
	base=${1#*-}
	echo "${base%.test}"
}

algorithm_of() { # ZONE
	case $1 in
	*-wrong.test | *-unknown.test | late.test) echo hmac-sha256 ;;
	*) echo "hmac-$(key_of "$1")" ;;
	esac
}

# ---- ours: a primary, one whose clock is behind, a secondary of each, and those with a late clock ----

list() {
	printf '"%s", ' "$@"
}

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		keys:
		  wrong: {secret: $other}
		  unknown: {secret: $secret}
		  stranger: {secret: $secret}
	END
	for algorithm in $algorithms; do
		echo "  $algorithm: {algorithm: hmac-$algorithm, secret: $secret}"
	done
	echo 'zones:'
	for zone in $out_zones $in_zones late.test; do echo "  $zone: {file: $dir/zone}"; done
	cat <<- END
		servers:
		  ours: {site: here, primary: [$(list $out_zones)], notify: none, allow-update: any,
		         allow-transfer: [md5, sha1, sha224, sha256, sha384, sha512, wrong]}
		  behind: {site: here, primary: [late.test], notify: none, allow-transfer: [sha256],
		           clock-offset: -400s}
		  theirs: {site: here, address: 192.0.2.1, primary: [$(list $in_zones)]}
		  back:
		    site: here
		    secondary:
	END
	for zone in $in_zones; do echo "      $zone: {from: theirs, key: $(key_of "$zone")}"; done
	echo '  late:'
	printf '    site: here\n    clock-offset: 400s\n    secondary: {in-sha256.test: {from: theirs, key: sha256}}\n'
} > "$dir/keys.yaml"

# ---- theirs ---------------------------------------------------------------------------------------

their_keys() {
	for algorithm in $algorithms; do echo "$algorithm hmac-$algorithm $secret"; done
	echo "wrong hmac-sha256 $secret"
	echo "nobody hmac-sha256 $secret"
}

# their_key ZONE: what they sign with, or want, for it.
their_key() {
	case $1 in
	*-unknown.test) echo nobody ;;
	late.test) echo sha256 ;;
	*) key_of "$1" ;;
	esac
}

source_of() { # ZONE
	case $1 in late.test) echo $behind ;; *) echo $ours ;; esac
}

{
	their_keys | awk '{ printf "key:\n  name: %s\n  algorithm: %s\n  secret: \"%s\"\n", $1, $2, $3 }'
	for zone in $out_zones late.test; do
		cat <<- END
			zone:
			  name: "$zone"
			  zonefile: "$zone.nsd"
			  request-xfr: $(source_of "$zone")@$port $(their_key "$zone")
			  provide-xfr: 127.0.0.0/8 NOKEY
			  outgoing-interface: $nsd
		END
	done
	for zone in $in_zones; do
		cat <<- END
			zone:
			  name: "$zone"
			  zonefile: zone
			  notify: $back@$port $(their_key "$zone")
			  provide-xfr: 127.0.0.42 $(their_key "$zone")
			  provide-xfr: 127.0.0.43 $(their_key "$zone")
			  provide-xfr: 127.0.0.1 NOKEY
			  outgoing-interface: $nsd
		END
	done
} > "$dir/nsd.zones"

{
	echo 'key:'
	their_keys | awk '{ printf "  - id: %s\n    algorithm: %s\n    secret: %s\n", $1, $2, $3 }'
	echo 'remote:'
	for zone in $out_zones late.test; do
		printf '  - id: "%s"\n    address: %s@%s\n    key: %s\n    via: %s\n' "$zone" \
			"$(source_of "$zone")" "$port" "$(their_key "$zone")" $knot
	done
	echo 'acl:'
	their_keys | awk '{ printf "  - id: %s\n    action: transfer\n    key: %s\n", $1, $1 }'
	printf '  - id: all\n    address: 127.0.0.1\n    action: transfer\n'
	echo 'zone:'
	for zone in $out_zones late.test; do
		printf '  - domain: "%s"\n    storage: %s/knot\n    master: "%s"\n    acl: all\n' \
			"$zone" "$dir" "$zone"
	done
	for zone in $in_zones; do
		printf '  - domain: "%s"\n    file: %s/zone\n    zonefile-sync: -1\n    acl: [all, %s]\n' \
			"$zone" "$dir" "$(their_key "$zone")"
	done
} > "$dir/knot.zones"

{
	their_keys | awk '{ printf "key %s { algorithm %s; secret \"%s\"; };\n", $1, $2, $3 }'
	for zone in $out_zones late.test; do
		cat <<- END
			zone "$zone" {
			    type secondary;
			    primaries port $port { $(source_of "$zone") key $(their_key "$zone"); };
			    file "$zone.bind";
			};
		END
	done
	for zone in $in_zones; do
		cat <<- END
			zone "$zone" {
			    type primary;
			    file "zone";
			    allow-transfer { $bind; key $(their_key "$zone"); };
			};
		END
	done
} > "$dir/bind.zones"

start_ours ours "$dir/keys.yaml" ours $ours
start_ours behind "$dir/keys.yaml" behind $behind
must 'ours serves' await 10 serves $ours out-md5.test
must 'so does the one with the wrong clock' await 10 serves $behind late.test
start_nsd
start_knot
start_bind

# ---- from ours --------------------------------------------------------------------------------------

for server in nsd knot bind; do
	address=$(address_of $server)
	for zone in $(zones_of out); do
		must "$server fetches $zone" await 20 serves "$address" "$zone"
		dump "$address" "$zone" "$dir/fetched.records"
		say "$server has all of $zone" [ "$(wc -l < "$dir/fetched.records")" = 3003 ]
	done
done
for zone in out-wrong.test out-unknown.test; do
	say "BIND hears of an error in $zone" await 10 logged bind "$zone/IN: refresh.*tsig indicates error"
	say "so does Knot DNS" await 10 logged knot "$zone.*\(BADSIG\|BADKEY\|TSIG\)"
	say "so does NSD" await 10 logged nsd "$zone.*tsig error"
done
say 'BIND does not believe the clock' await 10 logged bind 'late.test/IN: refresh.*unsynchronized'
say 'nor does Knot DNS' await 10 logged knot 'late.test.*BADTIME'
say 'nor does NSD' await 10 logged nsd 'late.test.*tsig error (Bad Time)'
for server in nsd knot bind; do
	for zone in out-wrong.test out-unknown.test late.test; do
		say "$server gets no $zone" not serves "$(address_of $server)" "$zone"
	done
done
say 'ours says which key it was' logged ours 'out-sha256.test.: transfer out done,.*, key sha256'
say 'ours refuses another secret' logged ours 'out-wrong.test.: transfer out refused.*TSIG: bad signature'
say 'ours refuses an unknown key' logged ours 'out-unknown.test.: transfer out refused.*TSIG: unknown key'
say 'ours refuses a wrong clock' logged behind 'late.test.: transfer out refused.*TSIG: bad time'

# ---- to ours ------------------------------------------------------------------------------------------

for server in nsd knot bind; do
	map="--map theirs=$(address_of $server):$port"
	# shellcheck disable=SC2086 # two words
	start_ours back "$dir/keys.yaml" back $back $map
	for zone in $(zones_of in); do
		must "ours fetches $zone from $server" await 20 serves $back "$zone"
	done
	say "ours gets nothing with another secret from $server" not serves $back in-wrong.test
	say "nor with a key that $server does not know" not serves $back in-unknown.test
	say 'and says why' await 10 logged back 'in-unknown.test.*TSIG: the peer does not know the key'
	say 'and why' await 10 logged back 'in-wrong.test.*TSIG: the peer found a bad signature'
	# shellcheck disable=SC2086
	start_ours late "$dir/keys.yaml" late $late $map
	say "ours gets nothing from $server with a clock that is wrong" \
		await 10 logged late 'in-sha256.test.*TSIG: bad time'
	stop back
	stop late
	mv "$dir/back.log" "$dir/back_$server.log"
	mv "$dir/late.log" "$dir/late_$server.log"
done
finish

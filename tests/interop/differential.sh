# The same questions to ours, NSD, Knot DNS and BIND, which hold the same zones: every difference
# must be one that docs/differences.md lists.
#   QUESTIONS=N  how many
. tests/interop/common.sh
. tests/interop/zones.sh

# answers_zone ORIGIN: the zone with its names made absolute.
answers_zone() {
	sed "1i \$ORIGIN $1." "$here/answers.zone"
}

# All lie below arpa, which the root zone has: NSD takes what lies above a zone of its own for an
# empty non-terminal of the root.
# sign ORIGIN OPTION...: with a key that is made for it.
sign() {
	origin=$1
	shift
	answers_zone "$origin" > "$dir/$origin.unsigned"
	key=$(cd "$dir" && ldns-keygen -a ED25519 -r /dev/urandom "$origin")
	(cd "$dir" && ldns-signzone -i 20200101000000 -e 20900101000000 "$@" \
		-f "$origin.zone" "$origin.unsigned" "$key")
}

answers_zone answers.arpa > "$dir/answers.arpa.zone"
{
	echo '$ORIGIN hosted.answers.arpa.'
	echo '@ 3600 SOA ns1 hostmaster 1 86400 86400 1209600 300'
	echo '@ 3600 NS ns1.answers.arpa.'
	echo 'www 3600 A 192.0.2.12'
} > "$dir/hosted.answers.arpa.zone"
sed '1i $ORIGIN odd.arpa.' "$here/zones/odd.test.zone" > "$dir/odd.arpa.zone"
zones="answers.arpa hosted.answers.arpa odd.arpa nsec.arpa nsec3.arpa optout.arpa"
sign nsec.arpa
sign nsec3.arpa -n -a 1 -t 3 -s 00ff00ff
sign optout.arpa -n -p -t 0
root=$PWD/../shared/data/root.zone
zones="$zones ."
if [ -r "$root" ]; then
	awk '$4 == "SOA" && seen++ { next } { print }' "$root" > "$dir/root.zone"
else
	echo "$name: no root zone in ${root%/*}, so one that is made up"
	{
		echo '. 86400 SOA a.root. b.root. 1 1800 900 604800 86400'
		printf '%s 86400 NS a.root.\n' . arpa. example. org.
		echo 'a.root. 86400 A 192.0.2.1'
	} > "$dir/root.zone"
fi

# Knot DNS does not read all mnemonics of odd.arpa, so it gets its RDATA in octets, from BIND.
for zone in $zones; do
	cat <<- END
		zone "$zone" {
		    type primary;
		    file "$(file_of "$zone")";
		};
	END
done > "$dir/bind.zones"
start_bind
must 'bind serves odd.arpa' await 20 serves $bind odd.arpa
dump $bind odd.arpa "$dir/odd.records"
sed 's/ CLASS1 / IN /' "$dir/odd.records" > "$dir/odd.knot"

for zone in $zones; do
	cat <<- END
		zone:
		  name: "$zone"
		  zonefile: "$(file_of "$zone")"
		  provide-xfr: 127.0.0.0/8 NOKEY
	END
done > "$dir/nsd.zones"
start_nsd

{
	printf 'template:\n  - id: default\n    semantic-checks: off\n    zonefile-sync: -1\nzone:\n'
	for zone in $zones; do
		file=$(file_of "$zone")
		[ "$zone" = odd.arpa ] && file=$dir/odd.knot
		printf '  - domain: "%s"\n    file: "%s"\n' "$zone" "$file"
	done
} > "$dir/knot.zones"
start_knot

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, primary: $(zone_list), allow-transfer: any}
	END
	scenario_zones
} > "$dir/scenario.yaml"
start_ours ours "$dir/scenario.yaml" ours $ours

for zone in $zones; do
	for server in ours nsd knot bind; do
		must "$server serves $zone" await 20 serves "$(address_of $server)" "$zone"
	done
	dig_transfer +onesoa @$ours "$zone" AXFR
done > "$dir/records"

say 'all answer the same but for what the RFCs allow' \
	"$build/tests/interop/ask" "${QUESTIONS:-20000}" ours=$ours:$port nsd=$nsd:$port \
	knot=$knot:$port bind=$bind:$port < "$dir/records"
finish

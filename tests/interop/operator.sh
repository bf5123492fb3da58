# What an operator tells ours while it serves, from the timeline of its scenario: as a primary in
# front of Knot DNS, and as a secondary of BIND, which sends no NOTIFY. What is to be seen between
# two actions has 12 s and more, since machines may be slow.
. tests/interop/common.sh
. tests/interop/zones.sh

zone=plain.test

# ---- a primary ------------------------------------------------------------------------------

{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		zones:
		  plain.test: {file: $dir/plain.test.zone}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: plain.test, allow-transfer: any, allow-update: any}
		  knot: {site: here, address: 192.0.2.13, secondary: {plain.test: {from: ours}}}
		timeline:
		  - {at: 3s, freeze: plain.test}
		  - {at: 4s, change: plain.test, add: "first 300 A 192.0.2.91"}
		  - {at: 5s, change: plain.test, add: "second 300 A 192.0.2.92"}
		  - {at: 15s, thaw: plain.test}
		  - {at: 30s, freeze: plain.test}
		  - {at: 30s, reload: plain.test, file: $dir/edited.zone}
		  - {at: 30s, thaw: plain.test}
		  - {at: 45s, notify: plain.test}
	END
} > "$dir/primary.yaml"
soa $zone. 1 > "$dir/plain.test.zone"
{
	soa $zone. 50
	echo 'third.plain.test. 300 A 192.0.2.93'
} > "$dir/edited.zone"
{
	knot_remote ours
	knot_template 'master: ours'
	echo "  - domain: $zone"
} > "$dir/knot.zones"

# address ADDRESS NAME: what it says.
address() {
	dig +short +norec +tries=1 +time=1 -p "$port" "@$1" "$2.$zone" A 2> /dev/null
}

# update_refused: by ours, while it is frozen.
update_refused() {
	printf 'server %s %s\nzone %s\nupdate add no.%s 300 A 192.0.2.99\nsend\n' $ours "$port" $zone $zone |
		nsupdate 2>&1 | grep -q REFUSED
}

told() {
	await 30 logged ours "operator's command, $1"
}

# heard N: Knot has heard NOTIFY so many times.
heard() {
	[ "$(grep -c 'notify, incoming' "$dir/knot.log")" -ge "$1" ]
}

start_knot
start_ours ours "$dir/primary.yaml" ours $ours --map knot=$knot:$port
must 'Knot has the zone' await 15 has_serial $knot $zone 1
must 'ours is frozen' told freeze
say 'updates are refused' update_refused
say 'changes wait' await 10 logged ours 'change waits for a thaw'
say 'nobody sees them' has_serial $ours $zone 1
must 'it is thawed' told thaw
say 'what waited is one version' await 10 has_serial $ours $zone 3
say 'Knot follows' await 10 has_serial $knot $zone 3
say 'with all that waited' [ "$(address $knot first) $(address $knot second)" = '192.0.2.91 192.0.2.92' ]
must 'the file is read again' told reload
say 'its serial is taken' await 10 has_serial $ours $zone 50
say 'Knot follows again' await 10 has_serial $knot $zone 50
say 'and has what the file has' [ "$(address $knot first) $(address $knot third)" = ' 192.0.2.93' ]
heard_before=$(grep -c 'notify, incoming' "$dir/knot.log")
must 'NOTIFY is wanted' told notify
say 'Knot hears it, though nothing is new' await 10 heard $((heard_before + 1))
stop ours
stop knot

# ---- a secondary ----------------------------------------------------------------------------

cat > "$dir/secondary.yaml" << END
duration: 1h
hierarchy: none
sites: {here: {location: [0, 0]}}
zones:
  plain.test: {file: $dir/plain.test.zone}
servers:
  bind: {site: here, address: 192.0.2.1, primary: plain.test}
  ours: {site: here, address: 192.0.2.11, secondary: {plain.test: {from: bind}}}
timeline:
  - {at: 12s, transfer: plain.test, on: ours}
  - {at: 25s, refresh: plain.test, on: ours}
END
mkdir -p "$dir/bind"
cp "$dir/plain.test.zone" "$dir/bind/"
cat > "$dir/bind.zones" << 'END'
zone "plain.test" {
    type primary;
    file "plain.test.zone";
    allow-update { 127.0.0.0/8; };
    notify no;
};
END

# fetched N: ours has fetched the whole zone so many times.
fetched() {
	[ "$(grep -c 'transfer in done, AXFR' "$dir/ours.log")" = "$1" ]
}

start_bind
must 'BIND serves' await 15 has_serial $bind $zone 1
: > "$dir/ours.log"
start_ours ours "$dir/secondary.yaml" ours $ours --map bind=$bind:$port
must 'ours has the zone' await 10 has_serial $ours $zone 1
say 'it was fetched once' fetched 1
must 'a transfer is forced' told transfer
say 'it is fetched again, though its serial is the same' await 10 fetched 2
printf 'server %s %s\nzone %s\nupdate add new.%s 300 A 192.0.2.99\nsend\n' $bind "$port" $zone $zone | nsupdate
must 'BIND has another version' has_serial $bind $zone 2
say 'ours does not know of it' has_serial $ours $zone 1
must 'a refresh is wanted' told refresh
say 'ours follows' await 10 has_serial $ours $zone 2
finish

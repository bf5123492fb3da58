# Zones and scenarios for the scripts of tests/interop/; read after common.sh.

soa() {
	printf '%s 3600 SOA ns1.%s hostmaster.%s %s 86400 86400 1209600 300\n' "$1" "$1" "$1" "$2"
	printf '%s 3600 NS ns1.elsewhere.example.\n' "$1"
}

# The zone that changes: version 1, and what the changes are.
write_plain() {
	awk -f "$here/changes.awk" > "$dir/changes"
	{
		soa plain.test. 1
		awk '$1 == 0 { print substr($0, 5) }' "$dir/changes"
	} > "$dir/plain.test.zone"
}

# plain_version N: the zone file after N changes, serial N + 1.
plain_version() {
	soa plain.test. $(($1 + 1))
	awk -v n="$1" '
		$1 <= n { line = substr($0, length($1) + 4)
		          if ($2 == "+") here[line] = 1; else delete here[line] }
		END { for (line in here) print line }' "$dir/changes"
}

# write_big N: a zone of N records, addresses mostly.
write_big() {
	{
		soa big.test. 1
		awk -v n="$1" 'BEGIN {
			for (i = 0; i < n - 2; i++) {
				owner = "host-" int(i / 3) ".r" int(i / 3) % 97 ".big.test."
				if (i % 3 == 0)
					print owner, 3600, "A", "10." int(i / 65536) % 256 "." int(i / 256) % 256 "." i % 256
				else if (i % 3 == 1)
					print owner, 3600, "AAAA", sprintf("2001:db8::%x:%x", i / 65536, i % 65536)
				else
					print owner, 3600, "TXT", "\"record " i "\""
			}
		}'
	} > "$dir/big.test.zone"
}

# Every zone into $dir; their names are in $zones.
write_zones() {
	write_plain
	write_big 100000
	cp "$here"/zones/*.zone "$dir"
	zones="plain.test big.test $(cd "$here/zones" && ls *.zone | sed 's/\.zone$//')"
	root=$PWD/../shared/data/root.zone
	if [ -r "$root" ]; then
		# With neither comments nor the final SOA that a transfer has left there.
		awk '$4 == "SOA" && seen++ { next } { print }' "$root" > "$dir/root.zone"
		zones="$zones ."
	else
		echo "$name: no root zone in ${root%/*}, so without it"
	fi
}

file_of() {
	case $1 in .) echo "$dir/root.zone" ;; *) echo "$dir/$1.zone" ;; esac
}

# scenario_zones: the zones clause of a scenario.
scenario_zones() {
	echo 'zones:'
	for zone in $zones; do echo "  \"$zone\": {file: $(file_of "$zone")}"; done
}

zone_list() {
	printf '["%s"]' "$(echo "$zones" | sed 's/ /", "/g')"
}

secondary_of() { # SOURCE
	for zone in $zones; do printf '"%s": {from: %s}, ' "$zone" "$1"; done
}

# changes_timeline SECONDS: the changes, a line each, from then on.
changes_timeline() {
	awk -v at="$1" '
		function end() { if (n) print "  - {at: " at * 1000 + n * 100 "ms, change: plain.test" \
			remove "]" add "]}" }
		$1 > 0 && $1 != n { end(); n = $1; remove = ", remove: ["; add = ", add: [" }
		$1 > 0 { line = substr($0, length($1) + 4); gsub(/"/, "\\\"", line)
		         if ($2 == "+") add = add "\"" line "\", "; else remove = remove "\"" line "\", " }
		END { end() }' "$dir/changes"
}

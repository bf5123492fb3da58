# Zones and scenarios for the scripts of tests/interop/; read after common.sh.

soa() {
	printf '%s 3600 SOA ns1.%s hostmaster.%s %s 86400 86400 1209600 300\n' "$1" "$1" "$1" "$2"
	printf '%s 3600 NS ns1.elsewhere.example.\n' "$1"
}

# The zone that changes: version 1, and what the changes are.
write_plain() {
	awk -f "$here/changes.awk" > "$dir/changes"
	awk -v single=1 -f "$here/changes.awk" > "$dir/changes.single"
	{
		soa plain.test. 1
		awk '$1 == 0 { print substr($0, 5) }' "$dir/changes"
	} > "$dir/plain.test.zone"
}

# plain_version N [CHANGES]: the zone file after N changes, serial N + 1.
plain_version() {
	soa plain.test. $(($1 + 1))
	awk -v n="$1" '
		$1 <= n { line = substr($0, length($1) + 4)
		          if ($2 == "+") here[line] = 1; else delete here[line] }
		END { for (line in here) print line }' "${2:-$dir/changes}"
}

# update_plain ADDRESS N: change N, by dynamic update, signed with $update_key if there is one.
update_plain() {
	{
		echo "server $1 $port"
		echo 'zone plain.test.'
		awk -v n="$2" '$1 == n { line = substr($0, length($1) + 4)
			if ($2 == "+") print "update add " line
			else { sub(/ [0-9]+ /, " ", line); print "update delete " line } }' "$dir/changes"
		echo send
	} | nsupdate ${update_key:+-y "$update_key"} >> "$dir/nsupdate.log" 2>&1
}

# update_big ADDRESS N [NETWORK]: N changes of big.test by dynamic update, in each of them 400
# addresses of NETWORK instead of others.
update_big() {
	awk -v server="server $1 $port" -v n="$2" -v network="${3:-192.0.2}" 'BEGIN {
		print server
		for (change = 0; change < n; change++) {
			print "zone big.test."
			for (i = change * 1200; i < (change + 1) * 1200; i += 3) {
				owner = "host-" int(i / 3) ".r" int(i / 3) % 97 ".big.test."
				print "update delete", owner, "A"
				print "update add", owner, 300, "A", network "." i % 256
			}
			print "send"
		}
	}' | nsupdate >> "$dir/nsupdate.log" 2>&1
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

# changes_timeline SECONDS: the first fifty changes, a line each, from then on.
changes_timeline() {
	awk -v at="$1" '
		function end() { if (n) print "  - {at: " at * 1000 + n * 100 "ms, change: plain.test" \
			remove "]" add "]}" }
		$1 > 50 { exit }
		$1 > 0 && $1 != n { end(); n = $1; remove = ", remove: ["; add = ", add: [" }
		$1 > 0 { line = substr($0, length($1) + 4); gsub(/"/, "\\\"", line)
		         if ($2 == "+") add = add "\"" line "\", "; else remove = remove "\"" line "\", " }
		END { end() }' "$dir/changes"
}

# When NSD, Knot DNS, BIND and PowerDNS ask, whom, and over what: each has a scripted primary that keeps a diary
# of it (play.h), with short SOA timers; what the diary tells must be what ours does with the row of
# that name in virtual time, with some seed or other. First for LENGTH seconds from a start without
# anything, then after a restart.
. tests/interop/common.sh
ask=$PWD/$build/tests/interop/ask
length=42
after_restart=8
knot_workers=10
nsd_writes=3600

servers='nsd knot bind pdns'
asking='silent refused news refresh denied mute disk'

# The two addresses of the primary that a server has.
primary_of() {
	case $1 in
	nsd) echo 127.0.0.51 127.0.0.52 ;;
	knot) echo 127.0.0.53 127.0.0.54 ;;
	bind) echo 127.0.0.55 127.0.0.56 ;;
	pdns) echo 127.0.0.57 127.0.0.58 ;;
	esac
}

# sources_of SERVER ZONE
sources_of() {
	if [ "$2" = news ]; then primary_of "$1"; else primary_of "$1" | cut -d ' ' -f 1; fi
}

# each FORMAT SERVER ZONE: FORMAT with each of the sources.
each() {
	# shellcheck disable=SC2059,SC2046 # a format, a list of words
	printf "$1" $(sources_of "$2" "$3")
}

mkdir -p "$dir/nsd" "$dir/knot/db" "$dir/bind"
for server in nsd knot bind; do "$ask" zone told.test. 1 > "$dir/$server/told.zone"; done

for zone in $asking; do
	printf 'zone:\n  name: %s.test\n  zonefile: %s.zone\n  outgoing-interface: %s\n' \
		$zone $zone $nsd
	each "  request-xfr: %s@$port NOKEY\n" nsd $zone
	each '  allow-notify: %s NOKEY\n' nsd $zone
done > "$dir/nsd.zones"
cat >> "$dir/nsd.zones" << END
zone:
  name: told.test
  zonefile: told.zone
  notify: $(sources_of nsd told)@$port NOKEY
END

{
	echo 'remote:'
	for address in $(primary_of knot); do
		printf '  - id: at%s\n    address: %s@%s\n' "${address##*.}" "$address" "$port"
	done
	printf 'acl:\n  - id: all\n    address: 127.0.0.0/8\n    action: notify\nzone:\n'
	for zone in $asking; do
		list=$(sources_of knot $zone | sed 's/127\.0\.0\./at/g; s/ /, /')
		printf '  - domain: %s.test\n    storage: %s/knot\n    acl: all\n    master: [%s]\n' \
			$zone "$dir" "$list"
	done
	printf '  - domain: told.test\n    storage: %s/knot\n    file: told.zone\n    notify: at%s\n' \
		"$dir" "$(sources_of knot told | sed 's/.*\.//')"
} > "$dir/knot.zones"

echo 'min-refresh-time 1; min-retry-time 1; use-alt-transfer-source no;
      transfers-per-ns 10;' > "$dir/bind.options"
for zone in $asking; do
	printf 'zone "%s.test" { type secondary; file "%s.zone"; primaries port %s { ' $zone $zone "$port"
	each '%s; ' bind $zone
	echo '}; };'
done > "$dir/bind.zones"
cat >> "$dir/bind.zones" << END
zone "told.test" { type primary; file "told.zone"; notify explicit;
                   also-notify port $port { $(sources_of bind told); }; };
END

echo 'xfr-cycle-interval=4' > "$dir/pdns.options"
configure_pdns
for zone in $asking; do
	# shellcheck disable=SC2046 # a list of words
	pdns_do create-secondary-zone $zone.test $(each "%s:$port " pdns $zone)
done
pdns_do load-zone told.test "$dir/nsd/told.zone"
pdns_do set-kind told.test primary
pdns_do set-meta told.test ALSO-NOTIFY "$(sources_of pdns told):$port"

row_of() {
	case $1 in
	nsd) echo nsd-4 ;;
	knot) echo knot-3 ;;
	pdns) echo pdns-auth-4 ;;
	bind) if named -v | grep -q '^BIND 9\.1'; then echo bind-9.18; else echo bind-9.20; fi ;;
	esac
}

# listen_to NAME SERVER SECONDS ARGUMENT...
listen_to() {
	diary=$1 server=$2 seconds=$3
	shift 3
	# shellcheck disable=SC2046 # a list of words
	start "$diary" "$ask" listen "$seconds" "$port" "$(address_of "$server")" \
		$(primary_of "$server") "$@"
}

over() {
	grep -q ' end$' "$dir/$1.log"
}

# Knot DNS before 3.4 adds up to 30 s to each wait without a version, and asks the next source also
# after a transfer. PowerDNS acts on no answer before each zone of a look has one or 3 s are over, and
# looks 4 s apart: one that is silent holds up all.
later_by() {
	case $1-$2 in
	knot-silent | knot-refused) [ -z "$old_knot" ] || echo 30 ;;
	pdns-told) ;;
	pdns-*) echo 7 ;;
	esac
}

without_oddities() {
	if [ "$1$old_knot" = knotyes ]; then sed '/ news.test. 1 tcp SOA/{x;s/^/x/;/^x$/{x;d};x}'; else cat; fi
}

# like_the_row DIARY SERVER ZONE ARGUMENT...
like_the_row() {
	without_oddities "$2" < "$dir/$1.log" > "$dir/diary"
	"$ask" beside "$(row_of "$2")" "$3.test." "$dir/diary" "$(later_by "$2" "$3")" ${4:-} \
		> "$dir/beside"
	result=$?
	if [ $result != 0 ] || [ -n "${VERBOSE:-}" ]; then cat "$dir/beside"; fi
	return $result
}

old_knot=
knotd --version | grep -q ' 3\.[0-3]\.' && old_knot=yes

for server in $servers; do
	listen_to first_$server $server $length
	start_$server
done
for server in $servers; do
	must "the primary of $server has listened" await $((length + 20)) over first_$server
done
nsd-control -c "$dir/nsd.conf" write > "$dir/nsd-control.log" 2>&1
for server in $servers; do
	stop $server
	listen_to again_$server $server $after_restart restarted
	start_$server
done
for server in $servers; do
	must "the primary of $server has listened again" await $((after_restart + 20)) over again_$server
done
for server in $servers; do
	for zone in $asking told; do
		say "$server asks about $zone.test as its row says" like_the_row first_$server $server $zone
	done
	for zone in disk told; do
		say "$server asks about $zone.test after a restart as its row says" \
			like_the_row again_$server $server $zone restarted
	done
done
finish

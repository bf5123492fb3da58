# What the scripts of tests/interop/ share; they read it with "." after cd to the top. Every server
# has a loopback address of its own and the same port, keeps its files below $dir, and is stopped
# by its process id. BIND listens only on addresses that an interface has, so it gets 127.0.0.1.
# Nothing waits longer than it must: await asks again and again.
#   $1  the build directory
build=$1
understudy=$PWD/$build/understudy
here=$PWD/tests/interop
name=$(basename "$0" .sh)
dir=$(mktemp -d)
port=$((20000 + $$ % 10000))
ours=127.0.0.11
nsd=127.0.0.12
knot=127.0.0.13
bind=127.0.0.1
pdns=127.0.0.18
passed=0
failed=0
pids=
PATH=$PATH:/usr/sbin

stop_all() {
	for pid in $pids; do kill "$pid" 2> /dev/null; done
	for pid in $pids; do wait "$pid" 2> /dev/null; done
	[ -n "${KEEP:-}" ] && echo "$name: files are in $dir" || rm -rf "$dir"
}
trap stop_all EXIT
trap 'exit 1' HUP INT TERM

# say CLAIM COMMAND...: runs COMMAND, which must succeed for the claim to hold.
say() {
	claim=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		[ -z "${VERBOSE:-}" ] || echo "  ok: $claim"
	else
		failed=$((failed + 1))
		echo "  FAILED: $claim"
	fi
}

# As say; without it nothing that follows makes sense.
must() {
	say "$@"
	[ "$failed" = 0 ] || finish
}

finish() {
	[ "$failed" = 0 ] || tail -n 12 "$dir"/*.log
	echo "$name: $passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

# await SECONDS COMMAND...: until COMMAND succeeds; false when it has not in time.
await() {
	tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

not() {
	! "$@"
}

# ---- servers ------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, logging to NAME.log; its pid is in NAME.pid.
start() {
	log=$1
	shift
	"$@" >> "$dir/$log.log" 2>&1 &
	pids="$pids $!"
	echo $! > "$dir/$log.pid"
}

stop() {
	read -r pid < "$dir/$1.pid"
	kill "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	remaining=
	for other in $pids; do [ "$other" = "$pid" ] || remaining="$remaining $other"; done
	pids=$remaining
}

# start_ours NAME SCENARIO NODE ADDRESS ARGUMENT...
start_ours() {
	log=$1 scenario=$2 node=$3 address=$4
	shift 4
	start "$log" "$understudy" serve "$scenario" "$node" --listen "$address:$port" "$@"
}

# Each takes the clauses of its zones from $dir/NAME.zones, BIND more options from bind.options. No part of a pipeline: what is started
# in a subshell is not known here, and so would never be stopped.
start_nsd() {
	mkdir -p "$dir/nsd"
	{
		cat <<- END
			server:
			  ip-address: $nsd@$port
			  username: ""
			  zonesdir: "$dir/nsd"
			  database: ""
			  pidfile: "$dir/nsd/nsd.pid"
			  xfrdfile: "$dir/nsd/xfrd.state"
			  xfrdir: "$dir/nsd"
			  zonelistfile: "$dir/nsd/zone.list"
			  zonefiles-write: ${nsd_writes:-0}
			  verbosity: 1
			  server-count: 1
			  xfrd-reload-timeout: 0
			  rrl-ratelimit: 0
			  minimal-responses: yes
			remote-control:
			  control-enable: yes
			  control-interface: "$dir/nsd/control"
		END
		cat "$dir/nsd.zones"
	} > "$dir/nsd.conf"
	start nsd nsd -d -c "$dir/nsd.conf"
}

knot_remote() { # NAME
	cat <<- END
		remote:
		  - id: $1
		    address: $(address_of "$1")@$port
		    via: $knot
	END
}

# knot_template LINE...: what all zones have in common, and LINEs; the zones come after it. Knot DNS by
# itself keeps 20 changes. A peer that falls further behind on a busy machine would rightly get
# the whole zone.
knot_template() {
	cat <<- END
		acl:
		  - id: anybody
		    address: 127.0.0.0/8
		    action: [notify, transfer]
		template:
		  - id: default
		    storage: $dir/knot
		    acl: anybody
		    journal-max-depth: 1000
	END
	for line; do echo "    $line"; done
	echo 'zone:'
}

start_knot() {
	mkdir -p "$dir/knot/db"
	{
		cat <<- END
			server:
			    rundir: "$dir/knot"
			    listen: $knot@$port
			    udp-workers: 1
			    tcp-workers: 1
			    background-workers: ${knot_workers:-1}
			database:
			    storage: "$dir/knot/db"
			    journal-db-max-size: 100M
			    timer-db-max-size: 10M
			    kasp-db-max-size: 10M
			log:
			  - target: stderr
			    any: info
		END
		cat "$dir/knot.zones"
	} > "$dir/knot.conf"
	start knot knotd -c "$dir/knot.conf"
}

# Debian's AppArmor profile, where it is enforced, knows named by its path and keeps it out of $dir.
start_bind() {
	mkdir -p "$dir/bind"
	cp "$(command -v named)" "$dir/bind/named"
	{
		cat <<- END
			options {
			    directory "$dir/bind";
			    pid-file "$dir/bind/named.pid";
			    session-keyfile "$dir/bind/session.key";
			    listen-on port $port { $bind; };
			    listen-on-v6 { none; };
			    recursion no;
			    dnssec-validation no;
			    querylog no;
			    minimal-responses yes;
			    zero-no-soa-ttl no;
			    minimal-any no;
			    max-udp-size 1232;
			    edns-udp-size 1232;
			    query-source address $bind;
			    transfer-source $bind;
			    notify-source $bind;
			    allow-transfer { any; };
			    notify explicit;
			    startup-notify-rate 1000;
			    notify-rate 1000;
			    notify-delay 0;
			    serial-query-rate 1000;
			    masterfile-format text;
			    check-names primary ignore;
			    check-names secondary ignore;
			    check-integrity no;
		END
		[ ! -f "$dir/bind.options" ] || cat "$dir/bind.options"
		cat <<- END
			};
			controls { };
		END
		cat "$dir/bind.zones"
	} > "$dir/bind.conf"
	start bind "$dir/bind/named" -g -n 1 -U 1 -D interop -c "$dir/bind.conf"
}

# PowerDNS keeps its zones in a database that configure_pdns makes; whoever it tells of changes, and
# how often it looks for some, stands in pdns.options.
configure_pdns() {
	mkdir -p "$dir/pdns"
	sqlite3 "$dir/pdns/zones.db" < /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
	{
		cat <<- END
			launch=gsqlite3
			gsqlite3-database=$dir/pdns/zones.db
			gsqlite3-pragma-synchronous=0
			local-address=$pdns
			local-port=$port
			query-local-address=$pdns
			socket-dir=$dir/pdns
			guardian=no
			daemon=no
			disable-syslog=yes
			write-pid=no
			receiver-threads=1
			primary=yes
			secondary=yes
			allow-axfr-ips=127.0.0.0/8
			only-notify=
			cache-ttl=0
			query-cache-ttl=0
			negquery-cache-ttl=0
			zone-cache-refresh-interval=0
			zone-metadata-cache-ttl=0
			consistent-backends=yes
		END
		[ ! -f "$dir/pdns.options" ] || cat "$dir/pdns.options"
	} > "$dir/pdns/pdns.conf"
}

start_pdns() {
	start pdns pdns_server --config-dir="$dir/pdns"
}

# pdns_do COMMAND ARGUMENT...: of pdnsutil.
pdns_do() {
	pdnsutil --config-dir="$dir/pdns" "$@" >> "$dir/pdnsutil.log" 2>&1
}

address_of() {
	eval echo "\$$1"
}

# The scenario knows them by addresses of the documentation's network.
scenario_address() {
	address_of "$1" | sed 's/^127.0.0/192.0.2/'
}

# ---- questions ----------------------------------------------------------------------------

# serial ADDRESS ZONE: nothing if there is none.
serial() {
	dig +short +norec +tries=1 +time=1 -p "$port" "@$1" "$2" SOA 2> /dev/null |
		awk '$1 != ";;" { print $3 }'
}

# has_serial ADDRESS ZONE SERIAL
has_serial() {
	[ "$(serial "$1" "$2")" = "$3" ]
}

serves() {
	[ -n "$(serial "$1" "$2")" ]
}

# Lines of owner, TTL, class, type and RDATA in octets; names of owners in lower case.
plain() {
	awk '$1 !~ /^;/ && NF > 4 { $1 = tolower($1); print }'
}

dig_transfer() {
	dig +noall +answer +unknownformat +norec +tries=1 +time=60 -p "$port" "$@" | plain
}

# dump ADDRESS ZONE FILE: all records by AXFR, sorted, the SOA once.
dump() {
	dig_transfer +onesoa "@$1" "$2" AXFR | LC_ALL=C sort > "$3"
	[ -s "$3" ]
}

# same ADDRESS ADDRESS ZONE: both give the same records.
same() {
	dump "$1" "$3" "$dir/a.records" && dump "$2" "$3" "$dir/b.records" || return 1
	cmp -s "$dir/a.records" "$dir/b.records" && return
	diff "$dir/a.records" "$dir/b.records" | cut -c 1-200 | head -n 6
	return 1
}

# The IXFR on standard input (RFC 1995 section 4), made to the records of FILE.
apply_ixfr() {
	LC_ALL=C awk -v file="$1" '
		BEGIN { while ((getline line < file) > 0) here[line] = 1 }
		{ if ($4 == "TYPE6") { soas++; last = $0 }
		  if (soas == 1) { next }
		  if (soas % 2 == 0) delete here[$0]; else here[$0] = 1 }
		END { if (soas % 2 == 0) here[last] = 1
		      for (line in here) print line }' | LC_ALL=C sort
}

# ixfr_leads ADDRESS ZONE OLDFILE OLDSERIAL: the IXFR makes of the old records those of AXFR.
ixfr_leads() {
	dump "$1" "$2" "$dir/new.records" || return 1
	dig_transfer "@$1" "$2" "IXFR=$4" > "$dir/ixfr.records"
	awk '$4 == "TYPE6"' "$dir/ixfr.records" | uniq | wc -l | grep -qv '^[12]$' || return 1
	apply_ixfr "$3" < "$dir/ixfr.records" | cmp -s - "$dir/new.records"
}

# logged NAME WORDS: the server's log has a line with WORDS (a basic regular expression). What was
# just started may not have one yet.
logged() {
	grep -qs -e "$2" "$dir/$1.log"
}

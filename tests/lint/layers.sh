#!/bin/sh
# Fails where a folder includes, calls or computes what its layer may not.
#   layers.sh BUILD     BUILD holds the objects of sim/ and nodes/
# Two rooms touch the real world on purpose: scenarios/live/ and sim/external/.
build=$1
bad=0

# MESSAGE; the offending lines on standard input.
forbid() {
	lines=$(grep -v '^sim/external/')
	[ -z "$lines" ] && return
	printf 'lint: %s\n%s\n' "$1" "$lines" >&2
	bad=1
}

# FOLDER ALLOWED: our includes in FOLDER that do not match the pattern ALLOWED.
includes() {
	[ -d "$1" ] || return
	grep -rnE --include='*.[ch]' '^# *include +"' "$1" | grep -vE "include +\"($2)"
}

# NAMES: who in sim/ and nodes/ calls one of these.
calls() {
	find sim nodes -name '*.c' | sort | while read -r source; do
		object=$build/${source%.c}.o
		[ -f "$object" ] || continue
		nm -u "$object" | awk '{ print $2 }' | grep -xE "($1)" | sed "s|^|$source: |"
	done
}

includes sim/base 'sim/base/' |
	forbid 'sim/base/ includes only itself'
includes nodes 'nodes/|sim/base/' |
	forbid 'nodes/ includes only nodes/ and sim/base/'
includes sim 'sim/|nodes/host\.h"' |
	forbid 'sim/ includes only sim/ and nodes/host.h'
includes reports 'reports/|sim/base/|sim/(trace|packet)\.h"|nodes/(host|note)\.h"|nodes/dns/' |
	forbid 'reports/ includes only the trace and packets of sim/, and of nodes/ what decodes them'
grep -rnE --include='*.[ch]' '^# *include +<(graphviz/|gvc|cgraph|pcap)' sim nodes scenarios |
	forbid 'libpcap and Graphviz are used in reports/ only'
grep -rnE --include='*.[ch]' '^# *include +<uv\.h' sim nodes scenarios reports |
	grep -v '^scenarios/live/' | forbid 'libuv is used in scenarios/live/ only'

calls 'time|clock|gettimeofday|clock_gettime|timespec_get|localtime(_r)?|mktime|(u|nano)?sleep' |
	forbid 'no clock: time comes with the events'
calls 's?rand(om)?(_r)?|[dejlmn]rand48|getrandom|getentropy|arc4random.*|RAND_(priv_)?bytes(_ex)?' |
	forbid 'no randomness but sim/base/random.h'
calls 'socket|bind|connect|listen|accept4?|send(to|msg)?|recv(from|msg)?|p?poll|p?select|getaddrinfo|gethostby.*' |
	forbid 'no sockets: the network is simulated'
calls '(secure_)?getenv|setlocale|pthread_create|thrd_create|fork|system|popen|exec.*|signal|sigaction' |
	forbid 'no environment, threads, processes or signals'
calls '(log|exp|pow|sqrt|sin|cos|tan|asin|acos|atan2?|floor|ceil|round)f?' |
	forbid 'no floating-point mathematics: sim/base/fixed.h'
# Comments are cut off first, as far as they show on a line.
grep -rnwE --include='*.[ch]' 'double|float' sim nodes |
	sed 's|/\*.*||; s|^\([^:]*:[0-9]*:\) *\*.*|\1|' | grep -wE 'double|float' |
	forbid 'no floating point in what decides'
exit $bad

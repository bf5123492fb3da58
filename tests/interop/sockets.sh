# Sockets of ours when things go wrong: the kernel says by ICMP that nobody listens at a port, so ours
# turns to the next source at once; one address is for both families; descriptors run out.
. tests/interop/common.sh

first=127.0.0.41
second=127.0.0.42
dead=127.0.0.43

cat > "$dir/scenario.yaml" << 'END'
duration: 1h
hierarchy: none
sites: {here: {location: [0, 0]}}
zones:
  plain.test: {records: "@ 3600 SOA ns1 hostmaster 1 86400 86400 1209600 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.41\n"}
servers:
  dead: {site: here, address: 192.0.2.43, primary: plain.test}
  first: {site: here, address: 192.0.2.41, primary: plain.test, notify: second, allow-transfer: any, allow-update: any}
  second: {site: here, address: 192.0.2.42, secondary: {plain.test: {from: [dead, first]}}}
END

# is_served PORT ADDRESS
is_served() {
	[ "$(dig +short +norec +tries=1 +time=1 -p "$1" "@$2" plain.test SOA 2> /dev/null | wc -l)" = 1 ]
}

# serve_pair FAMILY FIRST SECOND DEAD: each an address and port.
serve_pair() {
	start "first$1" "$understudy" serve "$dir/scenario.yaml" first --listen "$2" --map "second=$3"
	must "the first serves over IPv$1" await 10 logged "first$1" 'first serves on'
	say "NOTIFY is given up at once, over IPv$1" await 10 logged "first$1" 'NOTIFY not answered, serial 1, second'
	start "second$1" "$understudy" serve "$dir/scenario.yaml" second --listen "$3" --map "dead=$4" --map "first=$2"
	say "the dead one is found so at once, over IPv$1" await 10 logged "second$1" 'refresh failed, dead: port unreachable'
	say "the zone comes from the next, over IPv$1" await 10 logged "second$1" 'transfer in done, AXFR, serial 1, first'
}

serve_pair 4 $first:$port $second:$port $dead:$port
say 'the secondary answers' is_served "$port" $second
serve_pair 6 "[::1]:$port" "[::1]:$((port + 1))" "[::1]:$((port + 2))"
say 'the secondary answers over IPv6' is_served $((port + 1)) ::1
stop first4
stop second4

# ---- both families ----------------------------------------------------------------------------

start both "$understudy" serve "$dir/scenario.yaml" first --listen "[::]:$((port + 3))"
say 'the address :: answers over IPv4' await 10 is_served $((port + 3)) 127.0.0.1
say 'and over IPv6' is_served $((port + 3)) ::1
start second "$understudy" serve "$dir/scenario.yaml" second --listen "[::]:$((port + 4))" \
	--map "dead=127.0.0.1:$((port + 5))" --map "first=127.0.0.1:$((port + 3))"
say 'from there it can fetch over IPv4' await 10 is_served $((port + 4)) ::1
say 'and hears of a closed port' logged second 'refresh failed, dead: port unreachable'
stop second
stop both

# ---- few descriptors --------------------------------------------------------------------------

(
	ulimit -n 40
	exec "$understudy" serve "$dir/scenario.yaml" first --listen $first:$port --map second=$second:$port \
		--state "$dir/state"
) >> "$dir/few.log" 2>&1 &
few=$!
pids="$pids $few"
must 'a server with few descriptors serves' await 10 is_served "$port" $first
start third "$understudy" serve "$dir/scenario.yaml" second --listen $second:$port --map dead=$dead:$port \
	--map first=$first:$port
must 'so does its secondary' await 10 has_serial $second plain.test 1
start hold "$build/tests/interop/ask" hold "first=$first:$port" 100
must 'a hundred connections are held' await 10 logged hold held
update() { # N
	printf 'server %s %s\nzone plain.test\nupdate add n%s.plain.test 300 A 192.0.2.99\nsend\n' $first "$port" "$1" |
		nsupdate >> "$dir/nsupdate.log" 2>&1
}
for n in 1 2 3; do
	say 'an update comes through all the same' update "$n"
done
say 'NOTIFY does not' await 10 logged few 'no socket to ask from: too many open files'
stop hold
must 'there is life after it' await 10 is_served "$port" $first
say 'an update comes through' update 4
say 'and reaches the secondary' await 10 has_serial $second plain.test 5
kill "$few"
wait "$few"
say 'it ends in order, with nothing unwritten' [ $? = 0 ]
start few "$understudy" serve "$dir/scenario.yaml" first --listen $first:$port --state "$dir/state"
say 'all of it is there again' await 10 has_serial $first plain.test 5
finish

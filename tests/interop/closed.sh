# Nobody listens at a port, and the kernel says so by ICMP: ours turns to the next source at once, over
# IPv4 and over IPv6, and goes on answering others.
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
  first: {site: here, address: 192.0.2.41, primary: plain.test, notify: second, allow-transfer: any}
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
	say "NOTIFY is given up at once, over IPv$1" await 2 logged "first$1" 'NOTIFY not answered, serial 1, second'
	start "second$1" "$understudy" serve "$dir/scenario.yaml" second --listen "$3" --map "dead=$4" --map "first=$2"
	say "the dead one is found so at once, over IPv$1" await 2 logged "second$1" 'refresh failed, dead: port unreachable'
	say "the zone comes from the next, over IPv$1" await 2 logged "second$1" 'transfer in done, AXFR, serial 1, first'
}

serve_pair 4 $first:$port $second:$port $dead:$port
say 'the secondary answers' is_served "$port" $second
serve_pair 6 "[::1]:$port" "[::1]:$((port + 1))" "[::1]:$((port + 2))"
say 'the secondary answers over IPv6' is_served $((port + 1)) ::1
finish

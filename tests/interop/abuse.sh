# Bad clients, and many: connections that send junk, stop, do not read or close half, while dnsperf
# floods with questions. Ours goes on answering, sends a whole zone in the end and leaves in order.
. tests/interop/common.sh
. tests/interop/zones.sh

write_plain
write_big 100000
zones='plain.test big.test'
{
	cat <<- END
		duration: 1h
		hierarchy: none
		sites: {here: {location: [0, 0]}}
		servers:
		  ours: {site: here, address: 192.0.2.11, primary: $(zone_list), allow-transfer: any, allow-update: any}
		  second: {site: here, address: 192.0.2.14, allow-transfer: any, secondary: {$(secondary_of ours)}}
	END
	scenario_zones
} > "$dir/scenario.yaml"
second=127.0.0.14

# memory NAME: KiB that the server has in use.
memory() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$dir/$1.pid")/status"
}

start_ours ours "$dir/scenario.yaml" ours $ours --map second=$second:$port --state "$dir/state"
must 'ours serves' await 30 serves $ours big.test
start_ours second "$dir/scenario.yaml" second $second --map ours=$ours:$port
must 'so does a secondary' await 30 serves $second big.test

# Questions that dnsperf repeats: names that exist and that do not, every kind of type.
awk 'BEGIN { split("A AAAA TXT MX SOA NS ANY DS RRSIG AXFR IXFR", types)
	for (i = 0; i < 5000; i++) print (i % 3 ? "h" i : "nothing" i) ".plain.test", types[i % 11 + 1] }' \
	> "$dir/questions"
before=$(memory ours)
floods=
if command -v dnsperf > /dev/null; then
	for mode in udp tcp; do
		dnsperf -m $mode -s $ours -p "$port" -d "$dir/questions" -l 6 -c 20 > "$dir/dnsperf.$mode" 2>&1 &
		floods="$floods $!"
	done
else
	echo "$name: no dnsperf, so without a flood"
fi
bear() { # SERVER
	"$build/tests/interop/ask" abuse "$1=$(address_of "$1"):$port" big.test 200 > "$dir/$1.abuse"
}
say 'three times 200 bad connections are borne' bear ours
say 'one at a time can ask all the same' serves $ours plain.test
update_plain $ours 1
say 'an update comes through' await 10 has_serial $ours plain.test 2
say 'and reaches the secondary' await 20 has_serial $second plain.test 2
# shellcheck disable=SC2086 # a list of pids
[ -z "$floods" ] || wait $floods
for mode in ${floods:+udp tcp}; do
	say "dnsperf gets its answers over $mode" awk '/Queries completed/ { some = $3 > 0 }
		/Queries lost/ { few = $3 <= 200 } END { exit !(some && few) }' "$dir/dnsperf.$mode"
done
say 'the secondary bears them too' bear second
say 'ours sends a whole zone' same $ours $second big.test
say 'and has not grown beyond bounds' [ "$(memory ours)" -lt $((before + 200000)) ]
for server in ours second; do
	read -r pid < "$dir/$server.pid"
	kill "$pid"
	wait "$pid"
	say "$server ends in order" [ $? = 0 ]
	say "$server has nothing to complain of" not logged $server 'Sanitizer\|runtime error\|Assertion'
done
finish

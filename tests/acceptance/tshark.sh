#!/bin/sh
# tshark, which knows nothing of us, reads every capture: no packet is malformed, every checksum is
# good, and where nothing was lost its TCP analysis has nothing to say.
. tests/acceptance/common.sh

if ! command -v tshark > /dev/null; then
	skip 'no tshark here'
	pass
	conclude
fi

shark() {
	tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		"$@" 2> "$work/stderr"
}

# Whatever is not as it should be. ICMP quotes the beginning of another packet, whose checksum
# can't be verified.
wrong='_ws.malformed || _ws.short || _ws.unreassembled || _ws.expert.severity == 8388608
	|| (ip && !(ip.checksum.status == 1))
	|| (udp && !icmp && !icmpv6 && !(udp.checksum.status == 1))
	|| (tcp && !icmp && !icmpv6 && !(tcp.checksum.status == 1))
	|| (icmp && !(icmp.checksum.status == 1)) || (icmpv6 && !(icmpv6.checksum.status == 1))'
wrong=$(echo "$wrong" | tr -d '\n\t')

# complaints FILE [TCP]: with TCP, those of its analysis too.
complaints() {
	shark -r "$1" -Y "$wrong${2:+ || tcp.analysis.flags}" || cat "$work/stderr"
}

reads() {
	found=$(complaints "$@")
	if [ -z "$found" ]; then
		pass
	else
		fail "tshark finds fault with ${1#"$work"/}"
		echo "$found" | head -5
	fi
}

# Header alone: the capture of a host that nobody spoke to.
has_packets() {
	[ "$(wc -c < "$1")" -gt 24 ]
}

# readable DIRECTORY [TCP]
readable() {
	claim "capinfos reads all of $1" capinfos -TmcK "$1"/capture/*.pcap > "$work/capinfos"
	for file in "$1"/capture.pcapng "$1"/capture/*.pcap; do
		if has_packets "$file"; then reads "$file" "${2:-}"; fi
	done
}

run() {
	exits 0 "$1 runs" "$program" run "$@" -q
}

for scenario in $(shipped); do
	out=$work/$(scenario_name "$scenario")
	run "$scenario" -o "$out"
	lost=$(sed -n 's/.*"lost": \([0-9]*\)}.*/\1/p' "$out/summary.json")
	readable "$out" "$([ "$lost" != 0 ] || echo tcp)"
	sent=$(sed -n 's/.*"packets": {"sent": \([0-9]*\),.*/\1/p' "$out/summary.json")
	shark -r "$out/capture.pcapng" -T fields -e frame.comment -e frame.interface_name > "$work/frames"
	claim "capture.pcapng has every packet once" [ "$(wc -l < "$work/frames")" = "$sent" ]
	claim "a comment on each lost packet" [ "$(grep -cE "^(lost|dropped|no route)" "$work/frames")" = "$lost" ]
	claim "an interface for each packet" [ "$(grep -c '	..*' "$work/frames")" = "$sent" ]
	rm -rf "$out"
done

# ---- nothing lost: a long zone transfer, an incremental one, ICMP, IPv6 ------------------------
cp tests/acceptance/mixed.yaml "$work"
awk 'BEGIN {
	print "$ORIGIN mixed.example.\n$TTL 300\n@ SOA ns1 hostmaster 1 1800 300 604800 300"
	for (i = 1; i <= 3; i++) {
		printf "@ NS ns%d\nns%d AAAA 2001:db8::%d\n", i, i, i
		if (i < 3) printf "ns%d A 192.0.2.%d\n", i, i
	}
	for (i = 0; i < 2000; i++) printf "host%d TXT \"record number %d of two thousand\"\n", i, i
	for (i = 0; i < 60; i++) printf "long TXT \"part %d of an answer that does not fit into UDP\"\n", i
}' > "$work/mixed.zone"
run "$work/mixed.yaml" -o "$work/mixed"
claim 'nothing is lost' grep -q '"lost": 0}' "$work/mixed/summary.json"
readable "$work/mixed" tcp
capture=$work/mixed/capture.pcapng

count() {
	shark -r "$capture" -Y "$1" | wc -l
}
for kind in 'dns.flags.opcode == 4' 'dns.qry.type == 252' 'dns.qry.type == 251' 'dns.flags.truncated == 1' \
	'icmp.code == 3' 'icmpv6.type == 1' 'ipv6 && tcp' 'ipv6 && udp'; do
	claim "the capture has $kind" [ "$(count "$kind")" -gt 0 ]
done

# The first AXFR of ns2, as tshark puts it together: each record of the zone, and the SOA again.
axfr=$(shark -r "$work/mixed/capture/ns2.pcap" -Y 'dns.qry.type == 252 && dns.flags.response == 0' \
	-T fields -e tcp.stream | head -1)
records=$(shark -r "$work/mixed/capture/ns2.pcap" -T fields -e dns.count.answers \
	-Y "tcp.stream == $axfr && dns.flags.response == 1" | awk '{ sum += $1 } END { print sum }')
claim "the AXFR has $records records, the zone and its SOA again" \
	[ "$records" = $(($(grep -c . "$work/mixed.zone") - 2 + 1)) ]

# ---- inside TLS: zone transfers are read with the keys that lie beside them, and only so ---------
run tests/acceptance/tls.yaml -o "$work/tls"
keys="-o tls.keylog_file:$work/tls/capture/tls-keys.log"

# transfers TYPE ARGUMENT...: how many answers to AXFR (252) or IXFR (251) tshark sees inside TLS.
transfers() {
	type=$1
	shift
	shark "$@" -Y "tls && dns.qry.type == $type && dns.flags.response == 1 && dns.flags.rcode == 0" | wc -l
}
claim 'whole zones are in capture.pcapng' [ "$(transfers 252 -r "$work/tls/capture.pcapng")" = 3 ]
# 15 records and the SOA again, each time, with nothing but the one file.
claim 'with all their records' [ "$(shark -r "$work/tls/capture.pcapng" -T fields -e dns.count.answers \
	-Y 'tls && dns.qry.type == 252 && dns.flags.response == 1 && dns.flags.rcode == 0' | sort | uniq -c | awk '{ print $1, $2 }')" = '3 16' ]
shark -r "$work/tls/capture.pcapng" -Y 'tls && dns.qry.type == 252 && dns.flags.response == 1' -V > "$work/inside"
claim 'and what these say' [ "$(grep -c 'TXT: one of seven lines' "$work/inside")" = 21 ]
claim 'differences too' [ "$(transfers 251 -r "$work/tls/capture.pcapng")" -ge 3 ]
claim 'the files of nodes open with the keys' [ "$(transfers 252 $keys -r "$work/tls/capture/ns1.pcap")" = 2 ]
claim 'and not without' [ "$(transfers 252 -r "$work/tls/capture/ns1.pcap")" = 0 ]
claim 'each key is there once' [ -z "$(sort "$work/tls/capture/tls-keys.log" | uniq -d)" ]
claim 'nothing is wrong inside' [ -z "$(complaints "$work/tls/capture.pcapng" tcp)" ]

# With a filter, the keys of what it lets through and no others.
run tests/acceptance/tls.yaml -o "$work/tls-ns4" --capture 'tcp and host ns4'
sessions=$(shark -r "$work/tls-ns4/capture.pcapng" -T fields -e tls.handshake.random -Y 'tls.handshake.type == 1' | sort -u)
keys=$(cut -d ' ' -f 2 "$work/tls-ns4/capture/tls-keys.log" | sort -u)
claim 'a filter keeps the keys of the sessions that it keeps' [ "$keys" = "$sessions" ]
claim 'they open those' [ "$(transfers 252 -r "$work/tls-ns4/capture.pcapng")" = 1 ]
run tests/acceptance/tls.yaml -o "$work/tls-udp" --capture udp
claim 'without sessions no keys' absent "$work/tls-udp/capture/tls-keys.log"
claim 'where there is no TLS there are no keys' absent "$work/mixed/capture/tls-keys.log"

# ---- what capture.pcapng says beside the packets ----------------------------------------------
shark -r "$capture" -T fields -e frame.interface_name | sort -u > "$work/interfaces"
for node in ns1 ns2 ns3 isp direct users; do
	claim "an interface bears the name of $node" grep -qx "$node" "$work/interfaces"
done
tshark -N n -r "$capture" -T fields -e ip.src_host -e ipv6.src_host 2> "$work/stderr" | tr '\t' '\n' |
	sort -u > "$work/hosts"
for node in ns1 ns2 ns3 isp; do
	claim "addresses resolve to $node" grep -q "$node" "$work/hosts"
done
claim 'no address is left without a name' [ -z "$(grep -E '^[0-9.]+$|::' "$work/hosts")" ]
capinfos "$capture" > "$work/capinfos"
claim 'the section header tells the seed' grep -q 'seed 1; understudy run mixed.yaml' "$work/capinfos"

# ---- none of this is worth anything if tshark could not complain ------------------------------
spoilt=$work/spoilt.pcap
{
	head -c -1 "$work/mixed/capture/direct.pcap"
	printf '\377'
} > "$spoilt"
claim 'a spoilt octet is noticed' [ -n "$(complaints "$spoilt")" ]
tshark -r "$work/mixed/capture/ns2.pcap" -Y 'frame.number < 40 && frame.number != 20' \
	-w "$spoilt" 2> "$work/stderr"
claim 'a missing segment is noticed' [ -n "$(complaints "$spoilt" tcp)" ]
conclude

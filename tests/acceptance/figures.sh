#!/bin/sh
# The figures of summary.json, found again from the captures by tshark's decoder and awk: what the
# clients felt, and when each server could serve a change. Equal to the last digit.
. tests/acceptance/common.sh

if ! command -v tshark > /dev/null; then
	skip 'no tshark here'
	pass
	conclude
fi

# fields FILE FILTER FIELD...
fields() {
	file=$1 filter=$2
	shift 2
	for field; do set -- "$@" -e "$field"; shift; done
	tshark -n -r "$file" -Y "$filter" -T fields "$@" 2> "$work/stderr"
}

# start_of SCENARIO, in seconds since 1970
start_of() {
	start=$(sed -n 's/^start: *\([^ ]*\).*/\1/p' "$1")
	date -u -d "${start:-2026-01-01T00:00:00Z}" +%s
}

# Look-ups out of a group's packets, in order of time: "OUTCOME LATENCY_NS START_NS" for each, where a socket
# of a client has one look-up at a time. The clients have one server each and ask it twice, waiting
# five seconds (glibc); SERVFAIL, REFUSED and NOTIMP make them ask again at once.
# Times are nanoseconds since the start, so that they fit into awk's numbers.
look_ups() {
	awk -F '\t' -v start="$1" -v end="$2" '
	function finish(key, outcome, at) {
		printf "%s %.0f %.0f\n", outcome, at - began[key], began[key]
		delete began[key]
	}
	function give_up(key) {
		finish(key, useless[key] == "" ? "timeout" : named(useless[key]), 0)
	}
	function named(rcode) {
		return rcode == 0 ? "answered" : rcode == 3 ? "nxdomain" : rcode == 2 ? "servfail" : "other"
	}
	{
		split($1, time, ".")
		now = (time[1] - start) * 1000000000 + time[2]
	}
	$6 == 0 {
		key = $2 " " $3
		if (key in began && id[key] != $7)
			give_up(key)
		if (!(key in began)) {
			print "queries", 0
			began[key] = now
			id[key] = $7
			useless[key] = ""
			asked[key] = 0
		}
		asked[key]++
		last[key] = now
	}
	$6 == 1 {
		key = $4 " " $5
		if (!(key in began) || id[key] != $7)
			next
		if ($8 != 2 && $8 != 4 && $8 != 5)
			finish(key, named($8), now)
		else {
			useless[key] = $8
			if (asked[key] == 2)
				finish(key, named($8), now)
		}
	}
	END {
		for (key in began)
			if (asked[key] == 2 && last[key] + 5000000000 <= end)
				give_up(key)
	}'
}

# The figures of a group out of its look-ups, as numbers: ppb and nanoseconds.
figures() {
	sort -k 2,2n | awk '
	{ count[$1]++ }
	$1 == "answered" || $1 == "nxdomain" { latency[++n] = $2; sum += $2 }
	$1 == "servfail" || $1 == "other" || $1 == "timeout" {
		if (!failures++ || $3 < first) first = $3
		if ($3 > last) last = $3
	}
	function rank(percent) {
		return latency[int((n * percent + 99) / 100)]
	}
	END {
		split("queries answered nxdomain servfail other timeout", names, " ")
		for (i = 1; i <= 6; i++) {
			print names[i], count[names[i]] + 0
			if (i > 1) finished += count[names[i]]
		}
		if (finished) printf "availability %.0f\n", int(n * 1000000000 / finished)
		if (failures) printf "first_failure %.0f\nlast_failure %.0f\n", first, last
		if (n) {
			printf "mean %.0f\n", int((sum + int(n / 2)) / n)
			split("50 90 95 99 100", percents, " ")
			for (i = 1; i <= 5; i++)
				printf "%s %.0f\n", i < 5 ? "p" percents[i] : "max", rank(percents[i])
		}
	}'
}

# The same out of summary.json.
told() {
	awk -v group="$1" '
	/^  "/ { part = $1 }
	part == "\"clients\":" && /^    "/ { inside = $1 == "\"" group "\":" }
	part == "\"clients\":" && inside && /^      "/ {
		gsub(/[",{}]/, "")
		if ($1 == "latency_ms:") {
			for (i = 2; i < NF; i += 2)
				if ($(i + 1) != "null") printf "%s %.0f\n", substr($i, 1, length($i) - 1), $(i + 1) * 1000000
		} else if ($1 == "availability:" || $1 ~ /_failure:$/) {
			if ($2 != "null")
				printf "%s %.0f\n", substr($1, 1, length($1) - 1), $2 * 1000000000
		} else if ($1 !~ /^(stale|first_failure|last_failure):$/)
			print substr($1, 1, length($1) - 1), $2
	}' "$2"
}

groups_of() {
	awk '/^  "/ { part = $1 } part == "\"clients\":" && /^    "/ { gsub(/[":{]/, ""); print $1 }' "$1"
}

for scenario in failover anycast load-balancing; do
	out=$work/$scenario
	exits 0 "$scenario runs" "$program" run scenarios/$scenario.yaml -q -o "$out"
	start=$(start_of scenarios/$scenario.yaml)
	end=$(awk '/^  "virtual_seconds"/ { printf "%.0f", $2 * 1000000000 }' "$out/summary.json")
	for group in $(groups_of "$out/summary.json"); do
		fields "$out/capture/$group.pcap" 'dns && udp && !icmp' frame.time_epoch ip.src udp.srcport \
			ip.dst udp.dstport dns.flags.response dns.id dns.flags.rcode |
			look_ups "$start" "$end" | figures > "$work/found"
		told "$group" "$out/summary.json" > "$work/told"
		claim "$scenario has figures of $group" [ "$(grep -c . "$work/told")" -ge 13 ]
		claim "the figures of $group in $scenario are those of its packets" \
			diff -u "$work/told" "$work/found"
	done
done

# ---- propagation ------------------------------------------------------------------------------
# served NODE SERIAL START: when the last message of the transfer that begins with SERIAL was there,
# by the capture of NODE, in seconds since the start.
served() {
	file=$out/capture/$1.pcap
	stream=$(fields "$file" 'tcp.srcport == 53 && (dns.qry.type == 251 || dns.qry.type == 252)' \
		tcp.stream dns.soa.serial_number ip.dst | awk -F '[\t,]' -v serial="$2" '$2 == serial { print $1; exit }')
	[ -n "$stream" ] || return
	fields "$file" "tcp.stream == $stream && dns.flags.response == 1" frame.time_epoch | tail -1 |
		awk -v start="$3" '{ split($1, time, "."); printf "%d.%s\n", time[1] - start, time[2] }'
}

# Without the zeros that JSON leaves away.
plain() {
	sed 's/\.\([0-9]*[1-9]\)*0*$/.\1/; s/\.$/.0/'
}

for scenario in failover secondary-chain; do
	out=$work/$scenario
	[ -d "$out" ] || exits 0 "$scenario runs" "$program" run scenarios/$scenario.yaml -q -o "$out"
	start=$(start_of scenarios/$scenario.yaml)
	published=$(sed -n 's/^{"t": \([0-9.]*\), "host": "\([^"]*\)", "event": "zone_published".*"serial": \([0-9]*\),.*/\1 \2 \3/p' \
		"$out/events.jsonl")
	set -- $published
	line=$(grep "\"zone\": \"example.com.\", \"serial\": $3, \"published\"" "$out/summary.json")
	claim "$scenario: published when the event says" [ "$(echo "$1" | plain)" = \
		"$(echo "$line" | sed 's/.*"published": \([0-9.]*\),.*/\1/')" ]
	echo "$line" | sed 's/.*"served": {\(.*\)}}.*/\1/; s/, /\n/g; s/[":]//g' > "$work/told"
	claim "$scenario: three servers or more" [ "$(wc -l < "$work/told")" -ge 3 ]
	while read -r node told; do
		if [ "$node" = "$2" ]; then found=$(echo "$1" | plain); else found=$(served "$node" "$3" "$start" | plain); fi
		claim "$scenario: $node served $3 at $told by its capture" [ "$found" = "$told" ]
	done < "$work/told"
done
conclude

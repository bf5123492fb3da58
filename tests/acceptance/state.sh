#!/bin/sh
# The state of each zone on each secondary in summary.json, found again from the lines of
# events.jsonl: transfers, the last of them, the last failure, what is behind, and signatures.
. tests/acceptance/common.sh

# by_events FILE: "HOST ZONE KEY VALUE" for each secondary, a line each.
by_events() {
	awk '
	# The value of KEY on this line, as it is written.
	function value(key, at, rest) {
		at = index($0, "\"" key "\": ")
		if (at == 0)
			return "null"
		rest = substr($0, at + length(key) + 4)
		if (substr(rest, 1, 1) == "\"")
			return substr(rest, 2, index(substr(rest, 2), "\"") - 1)
		match(rest, /^[^,}]*/)
		return substr(rest, 1, RLENGTH)
	}
	function seconds(text) {
		sub(/0+$/, "", text)
		return text ~ /\.$/ ? text "0" : text
	}
	{
		t = seconds(value("t"))
		host = value("host")
		zone = value("zone")
		event = value("event")
		on = host " " zone
	}
	event == "zone_published" {
		serial = value("serial")
		same = zone " " serial
		if (!(same in publisher) || publisher[same] == host) {
			publisher[same] = host
			number[same] = ++published[zone]
			when[zone, published[zone]] = t
		}
		is_primary[on] = 1
	}
	event == "zone_serving" && value("from_disk") == "false" {
		same = zone " " value("serial")
		if (same in number)
			has[on] = number[same]
		until[on] = "null"
	}
	event == "zone_signatures" { until[on] = seconds(value("until")) }
	event == "transfer_done" {
		count[on, value("kind")]++
		octets[on] += value("bytes")
		last[on] = value("kind") " " t " " value("peer") " " value("serial") " " value("bytes") \
			" " value("messages") " " value("duration")
		secondary[on] = zone
	}
	event == "transfer_failed" || event == "refresh_failed" {
		failed[on] += event == "transfer_failed"
		why[on] = value("why")
		failed_at[on] = t
		failed_from[on] = value("peer")
		secondary[on] = zone
	}
	END {
		for (on in secondary) {
			zone = secondary[on]
			print on, "transfers", count[on, "axfr"] + 0, count[on, "ixfr"] + 0, \
				count[on, "fallback"] + 0, failed[on] + 0, octets[on] + 0
			print on, "last_transfer", on in last ? last[on] : "null"
			print on, "last_failure", on in why ? why[on] : "null"
			print on, "last_failure_at", on in why ? failed_at[on] : "null"
			print on, "last_failure_from", on in why ? failed_from[on] : "null"
			print on, "signatures_until", on in until ? until[on] : "null"
			if (on in last) {
				behind = published[zone] - has[on]
				print on, "behind_versions", behind
				print on, "behind_since", (behind > 0) ? when[zone, has[on] + 1] : "null"
			}
		}
	}' "$1" | sort
}

# by_summary FILE: the same as it is told.
by_summary() {
	awk '
	/^  "/ { part = $1 }
	part != "\"servers\":" { next }
	/^    "/ { host = $1; gsub(/[":]/, "", host) }
	/^        "/ { zone = $1; gsub(/[":]/, "", zone); role = "" }
	/^          "role": "secondary"/ { role = "secondary" }
	/^          "/ && role == "secondary" {
		key = $1
		gsub(/[":]/, "", key)
		rest = $0
		sub(/^ *"[^"]*": /, "", rest)
		sub(/,$/, "", rest)
		if (key == "transfers" || key == "last_transfer")
			gsub(/"[a-z_]*": |[{},]/, "", rest)
		gsub(/"/, "", rest)
		if (key ~ /^(transfers|last_.*|signatures_until|behind_versions|behind_since)$/ && \
			key != "last_contact")
			if (rest != "null" || key !~ /^behind/)
				print host, zone, key, rest
			else if (key == "behind_since" && known[host, zone])
				print host, zone, key, rest
		if (key == "behind_versions")
			known[host, zone] = rest != "null"
	}' "$1" | sort
}

for scenario in frozen-zone serial-forgotten serial-backwards stale-signatures expire tcp-blocked \
	ixfr-fallback tsig-skew; do
	out=$work/$scenario
	exits 0 "$scenario runs" "$program" run scenarios/$scenario.yaml -q --capture none -o "$out"
	by_events "$out/events.jsonl" > "$work/found"
	by_summary "$out/summary.json" > "$work/told"
	claim "$scenario: there is a state" [ "$(grep -c . "$work/told")" -ge 8 ]
	claim "$scenario: the state of its zones is that of its events" diff -u "$work/told" "$work/found"
done
conclude

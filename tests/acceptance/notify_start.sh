#!/bin/sh
# Whom a primary tells after a stop in good order, a crash, and a stop in the minute in which PowerDNS
# has not seen a change yet, by its software.
. tests/acceptance/common.sh

cat > "$work/start.yaml" <<'END'
duration: 3h
sites:
  fra: {location: [50.11, 8.68]}
  iad: {location: [38.95, -77.45]}
zones:
  example.com:
    records: |
      $TTL 1h
      @    SOA ns1 hostmaster 1 7200 900 1209600 300
      @    NS  ns1
      @    NS  ns2
      ns1  A   192.0.2.1
      ns2  A   192.0.2.2
servers:
  ns1: {site: fra, primary: [example.com]}
  ns2: {site: iad, secondary: {example.com: {from: [ns1]}}}
timeline:
  - {at: 30m, stop: ns1}
  - {at: 40m, recover: ns1}
  - {at: 50m, change: example.com}
  - {at: 60m, fail: ns1}
  - {at: 70m, recover: ns1}
  - {at: 100m1s, change: example.com}
  - {at: 100m2s, stop: ns1}
  - {at: 110m, recover: ns1}
END

# tells SOFTWARE MINUTES: in which minutes a primary with it sends its first NOTIFY of a round.
tells() {
	exits 0 "it runs with $1" "$program" run "$work/start.yaml" -q --set "servers/ns1/software=$1" -o "$work/$1"
	minutes=$(awk '/"notify_sent"/ { t = substr($2, 1, length($2) - 1); print int(t / 60) }' \
		"$work/$1/events.jsonl" | uniq | tr '\n' ' ')
	claim "$1 tells in the minutes $2 (not $minutes)" test "$minutes" = "$2 "
}

tells rfc '0 40 50 70 100 110'
tells bind-9.18 '0 40 50 70 100 110'
tells bind-9.20 '0 40 50 70 100 110'
tells nsd-4 '0 40 50 70 100 110'
tells knot-3 '0 50 70 100'
tells pdns-auth-4 '0 50 110'
conclude

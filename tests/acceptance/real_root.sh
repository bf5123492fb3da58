#!/bin/sh
# The real root zone with a resolver that lives on it; test_real_root.c compares the two servers.
. tests/acceptance/common.sh

if [ ! -r ../shared/data/root.zone ]; then
	skip 'no ../shared/data/root.zone'
	pass
	conclude
fi

# Every address that the zone has for a letter belongs to a server, so that priming works.
for address in $(awk '$1 ~ /^[a-m]\.root-servers\.net\.$/ && $4 == "A" { print $5 }' ../shared/data/root.zone); do
	claim "a server has $address" grep -qF "$address" tests/acceptance/root.yaml
done
for seed in 1 2 3; do
	exits 0 'the resolver lives on the real root' \
		"$program" run tests/acceptance/root.yaml --seed $seed -q -o "$work/root"
	claim 'names that do not exist are answered too' \
		[ "$(sed -n 's/.*"nxdomain": \([0-9]*\),.*/\1/p' "$work/root/summary.json")" -gt 1000 ]
done
conclude

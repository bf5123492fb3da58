# PowerDNS: ours feeds it, by AXFR, NOTIFY and IXFR (which it asks for where its metadata say so), and it
# feeds ours, which it has no differences for; with and without TSIG.
. tests/interop/common.sh
. tests/interop/zones.sh

secret=c2VjcmV0IG9mIHRoZSB0d28=
update_key=hmac-sha256:both:$secret
from_pdns=127.0.0.28
write_plain
write_big 20000
for zone in fed signed signed-fed; do
	sed "s/plain\.test/$zone.test/g" "$dir/plain.test.zone" > "$dir/$zone.test.zone"
done

cat > "$dir/scenario.yaml" << END
duration: 1h
hierarchy: none
sites: {here: {location: [0, 0]}}
keys: {both: {secret: $secret}}
zones:
  plain.test: {file: $dir/plain.test.zone}
  big.test: {file: $dir/big.test.zone}
  signed.test: {file: $dir/signed.test.zone}
  fed.test: {file: $dir/fed.test.zone}
  signed-fed.test: {file: $dir/signed-fed.test.zone}
servers:
  ours: {site: here, address: $(scenario_address ours), primary: [plain.test, big.test, signed.test],
         allow-transfer: any, allow-update: [both]}
  theirs: {site: here, address: $(scenario_address pdns), primary: [fed.test, signed-fed.test],
           secondary: {plain.test: {from: [ours]}, big.test: {from: [ours]},
                       signed.test: {from: [ours], key: both}}}
  fed: {site: here, address: $(scenario_address from_pdns), allow-transfer: any,
        secondary: {fed.test: {from: [theirs]}, signed-fed.test: {from: [theirs], key: both}}}
END

echo 'xfr-cycle-interval=2' > "$dir/pdns.options"
configure_pdns
pdns_do import-tsig-key both hmac-sha256 $secret
for zone in plain.test big.test signed.test; do pdns_do create-secondary-zone $zone "$ours:$port"; done
pdns_do set-meta plain.test IXFR 1
pdns_do activate-tsig-key signed.test both secondary
for zone in fed.test signed-fed.test; do
	pdns_do load-zone $zone "$dir/$zone.zone"
	pdns_do set-kind $zone primary
	pdns_do set-meta $zone ALSO-NOTIFY "$from_pdns:$port"
done
pdns_do activate-tsig-key signed-fed.test both primary
pdns_do set-meta signed-fed.test TSIG-ALLOW-AXFR both

start_ours ours "$dir/scenario.yaml" ours $ours --state "$dir/ours" --map theirs=$pdns:$port
must 'ours serves' await 10 serves $ours plain.test
start_pdns
start_ours fed "$dir/scenario.yaml" fed $from_pdns --state "$dir/fed" --map theirs=$pdns:$port

for zone in plain.test big.test signed.test; do
	must "PowerDNS has $zone" await 30 serves $pdns $zone
	say "PowerDNS's $zone is ours" same $ours $pdns $zone
done
for zone in fed.test signed-fed.test; do
	must "ours has $zone" await 20 serves $from_pdns $zone
	say "our $zone is PowerDNS's" same $pdns $from_pdns $zone
done
say 'the signed transfer was signed' logged ours 'signed.test.: transfer out done, AXFR,.*both'

# ---- changes ------------------------------------------------------------------------------------

: > "$dir/ours.log"
for n in 1 2 3 4 5; do
	update_plain $ours $n
	must "PowerDNS follows NOTIFY, change $n" await 10 has_serial $pdns plain.test $((n + 1))
done
say "PowerDNS's plain.test is ours after changes" same $ours $pdns plain.test
say 'PowerDNS took differences' logged ours 'plain.test.: transfer out done, IXFR,.* theirs'
say 'PowerDNS took nothing else' not logged ours 'plain.test.: transfer out done, AXFR.* theirs'

: > "$dir/fed.log"
for zone in fed.test signed-fed.test; do
	plain_version 3 | sed "s/plain\.test/$zone/g" > "$dir/$zone.new"
	pdns_do load-zone $zone "$dir/$zone.new"
	must "ours follows NOTIFY from PowerDNS about $zone" await 15 has_serial $from_pdns $zone 4
	say "our $zone is PowerDNS's after changes" same $pdns $from_pdns $zone
	say "ours asked for differences of $zone and took all of it" \
		logged fed "$zone.: transfer in done, \(AXFR\|fallback\)"
done

# Again from its disk, in step with what PowerDNS has by then.
stop fed
plain_version 4 | sed 's/plain\.test/fed.test/g' > "$dir/fed.test.new"
pdns_do load-zone fed.test "$dir/fed.test.new"
start_ours fed "$dir/scenario.yaml" fed $from_pdns --state "$dir/fed" --map theirs=$pdns:$port
must 'ours catches up with PowerDNS after a restart' await 15 has_serial $from_pdns fed.test 5
stop pdns
update_plain $ours 6
start_pdns
must 'PowerDNS starts again' await 15 serves $pdns plain.test
update_plain $ours 7
must 'PowerDNS follows the next NOTIFY after a restart' await 15 has_serial $pdns plain.test 8
say "PowerDNS's plain.test is ours after a restart" same $ours $pdns plain.test
finish

#!/bin/sh
# One scenario and one seed give the same octets: twice, elsewhere, in another process; another seed
# gives others. What the compiler may change is in variants.sh.
. tests/acceptance/common.sh

# What a system may demand of TLS, and a run may not heed.
cat > "$work/openssl.cnf" <<- END
	openssl_conf = all
	[all]
	ssl_conf = ssl
	[ssl]
	system_default = default
	[default]
	SignatureAlgorithms = ECDSA+SHA256
	ClientSignatureAlgorithms = ECDSA+SHA256
END

# elsewhere SCENARIO OUT: run from another folder, through an absolute path, with another locale and
# time zone, and OpenSSL configured otherwise.
elsewhere() {
	(
		scenario=$(pwd)/$1
		cd / && OPENSSL_CONF=$work/openssl.cnf LC_ALL=C.UTF-8 TZ=Pacific/Auckland "$program" run "$scenario" -q -o "$2"
	)
}

for scenario in $(shipped); do
	out=$work/$(scenario_name "$scenario")
	exits 0 'it runs' "$program" run "$scenario" -q -o "$out.1"
	exits 0 'it runs again' "$program" run "$scenario" -q -o "$out.2"
	claim "$scenario twice is the same" same_output "$out.1" "$out.2"
	claim "$scenario runs elsewhere" elsewhere "$scenario" "$out.3"
	claim "$scenario elsewhere is the same" same_output "$out.1" "$out.3"
	"$program" run "$scenario" -q --seed 4242 -o "$out.4" 2> "$work/stderr"
	for file in capture.pcapng summary.json; do
		if cmp -s "$out.1/$file" "$out.4/$file"; then
			fail "$scenario: another seed gives the same $file"
		else
			pass
		fi
	done
	rm -rf "$out".?
done

scenario=scenarios/secondary-chain.yaml
mkdir "$work/moved"
cp -R scenarios/. "$work/moved"
exits 0 'it runs' "$program" run $scenario -q -o "$work/here"
exits 0 'its copy runs' "$program" run "$work/moved/secondary-chain.yaml" -q -o "$work/there"
claim 'a copy of the scenario is the same' same_output "$work/here" "$work/there"
exits 0 'it runs without address randomisation' \
	setarch -R "$program" run $scenario -q -o "$work/there"
claim 'it is the same wherever memory lies' same_output "$work/here" "$work/there"

mkdir "$work/tmp"
export TMPDIR="$work/tmp"
exits 0 'a second process does the same' "$program" run scenarios/anycast.yaml --check -o "$work/there"
says stdout 'checked: a second process did the same in all'
claim 'it looked at every event' grep -q "in all $(sed -n 's/^  "events": \(.*\),/\1/p' \
	"$work/there/summary.json") events" "$work/stdout"
exits 0 'quietly too' "$program" run $scenario --check -q -o "$work/there"
claim 'and then says nothing' empty "$work/stdout"
claim '--check leaves nothing behind' nothing_in "$work/tmp"
TMPDIR=$work/none exits 3 'nowhere for the log' "$program" run $scenario --check -q -o "$work/nowhere"
claim 'no output then' absent "$work/nowhere"
conclude

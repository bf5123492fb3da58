#!/bin/sh
# What is wrong gets a sentence and an exit code, and leaves nothing half-written behind.
. tests/acceptance/common.sh

scenario=scenarios/secondary-chain.yaml

# refuses CODE SENTENCE COMMAND...: nothing on standard output, something on standard error.
refuses() {
	exits "$@"
	claim "$2: says why" [ -s "$work/stderr" ]
	claim "$2: in sentences, not as a crash" silent 'Sanitizer|runtime error|Assertion|core dumped'
}

silent() {
	! grep -E "$1" "$work/stderr"
}

# ---- scenarios that can't be -----------------------------------------------------------------
# Each says in lines "#! PLACE: SENTENCE" what must be said of it; test_broken.c compares all of it,
# here it must come out of the program.
mkdir "$work/empty"
for broken in tests/scenarios/broken/*.yaml; do
	sed -n 's/^#! //p' "$broken" | awk -v file="$broken" '
		/^--set / && !/: / { next }
		/^[0-9]+:/ { print file ":" $0; next }
		/^@/ { print "tests/scenarios/broken/" substr($0, 2); next }
		/^--set / { print; next }
		{ print file ": " $0 }' > "$work/wanted"
	set -- "$program" run "$broken" -o "$work/empty/out"
	settings=$(sed -n 's/^#! --set //p' "$broken" | grep -v ': ')
	while read -r setting; do
		[ -z "$setting" ] || set -- "$@" --set "$setting"
	done <<-END
		$settings
	END
	if grep -qv 'advice: ' "$work/wanted"; then
		refuses 2 "$broken" "$@"
		grep -v 'advice: ' "$work/wanted" > "$work/errors"
		claim "$broken: says all that is wrong" all_of "$work/errors" "$work/stderr"
		claim "$broken: leaves nothing behind" nothing_in "$work/empty"
	fi
done

# ---- zone files ------------------------------------------------------------------------------
cat > "$work/zone.yaml" <<'END'
duration: 1h
sites: {fra: {location: [50.11, 8.68]}}
zones: {example.com: {file: bad.zone}}
servers: {ns1: {site: fra, primary: example.com}}
END
cat > "$work/bad.zone" <<'END'
$TTL 300
@   SOA ns1 hostmaster 1 1800 300 604800 300
@   NS  ns1
ns1 A   192.0.2.256
www AAA 192.0.2.1
END
refuses 2 'a broken zone file' "$program" run "$work/zone.yaml" -o "$work/empty/out"
says stderr "$work/bad.zone:4:9: "
says stderr "$work/bad.zone:5:5: "
claim 'two mistakes, two sentences' [ "$(wc -l < "$work/stderr")" = 2 ]
rm "$work/bad.zone"
refuses 2 'no zone file' "$program" check "$work/zone.yaml"
says stderr 'zone.yaml:3:29: '
says stderr bad.zone

# ---- the command line ------------------------------------------------------------------------
refuses 2 'no command' "$program"
refuses 2 'an unknown command' "$program" rehearse
says stderr rehearse
for command in run check graph; do
	refuses 2 "$command: an unknown option" "$program" $command --sead 1 $scenario
	says stderr sead
	refuses 2 "$command: no scenario" "$program" $command
	refuses 2 "$command: a scenario that isn't there" "$program" $command "$work/none.yaml" -o "$work/x.svg"
done
refuses 2 'no such file' "$program" check "$work/none.yaml"
says stderr "$work/none.yaml"
refuses 2 'no value' "$program" run $scenario --seed
refuses 2 'a seed that is none' "$program" run $scenario --seed one -o "$work/empty/out"
says stderr '--seed one: expected a whole number'
refuses 2 'a negative seed' "$program" run $scenario --seed -1 -o "$work/empty/out"
says stderr '--seed -1: expected a whole number'
refuses 2 'a setting that is none' "$program" run $scenario --set duration -o "$work/empty/out"
refuses 2 'a folder as scenario' "$program" run "$work" -o "$work/empty/out"
refuses 2 'an unknown name in a filter' \
	"$program" run $scenario --capture 'host ns4' -o "$work/empty/out"
says stderr ns4
refuses 2 'a real name in a filter' \
	"$program" run $scenario --capture 'host localhost' -o "$work/empty/out"
refuses 2 'a filter that is none' "$program" run $scenario --capture 'udp and (' -o "$work/empty/out"
refuses 2 'an unknown kind of picture' "$program" graph $scenario -o "$work/empty/x.gif"
refuses 2 'a picture without a name' "$program" graph $scenario
for where in localhost:5300 127.0.0.1 ::1:5300 '[::1]' 127.0.0.1:0 127.0.0.1:65536; do
	refuses 2 "listening at $where" "$program" serve $scenario ns1 --listen "$where"
	says stderr "$where: expected a numeric address"
	says stderr '127.0.0.1:5300 or [::1]:5300'
	refuses 2 "a peer at $where" "$program" serve $scenario ns1 --listen 127.0.0.1:5300 --map "ns2=$where"
	says stderr "ns2=$where: expected a numeric address"
done
cat > "$work/several.yaml" <<'END'
duration: 1h
sites: {fra: {location: [50.11, 8.68]}, iad: {location: [38.95, -77.45]}}
zones:
  example.com: {records: "@ 3600 SOA ns-a root 1 1800 300 1209600 300\n@ 3600 NS ns-a\nns-a 300 A 192.0.2.1\n"}
servers: {ns-a: {site: [fra, iad], anycast: 192.0.2.1, primary: [example.com]}}
clients: {people: {site: fra, servers: [ns-a], queries: {rate: 1/m, names: [example.com]}}}
END
refuses 2 'a node of several' "$program" serve "$work/several.yaml" ns-a --listen 127.0.0.1:5300
says stderr 'ns-a: it has several instances, expected one of ns-a.fra, ns-a.iad'
refuses 2 'clients as a node' "$program" serve "$work/several.yaml" people --listen 127.0.0.1:5300
says stderr 'people: it is a group of clients, expected a server or resolver'
refuses 2 'a peer of several' "$program" serve "$work/several.yaml" ns-a.fra --listen 127.0.0.1:5300 --map ns-a=127.0.0.1:1
says stderr 'ns-a=127.0.0.1:1: it has several instances'
refuses 2 'a peer nearly right' "$program" serve "$work/several.yaml" ns-a.fra --listen 127.0.0.1:5300 --map ns-a.iat=127.0.0.1:1
says stderr "did you mean 'ns-a.iad'?"
refuses 2 'listening nowhere' "$program" serve $scenario ns1
says stderr '127.0.0.1:5300 or [::1]:5300'
refuses 2 'listening at two places' \
	"$program" serve $scenario ns1 --listen 127.0.0.1:5300 --listen '[::1]:5300'
says stderr '--listen [::1]:5300: already given as 127.0.0.1:5300'
refuses 3 'state where nothing can be written' \
	"$program" serve $scenario ns1 --listen 127.0.0.1:5300 --state /proc
says stderr '/proc/.lock: '
refuses 2 'listening for TLS at a name' \
	"$program" serve tests/acceptance/tls.yaml ns1 --listen 127.0.0.1:5300 --listen-tls localhost:8530
says stderr '127.0.0.1:5300 or [::1]:5300'
refuses 2 'a peer of another family' \
	"$program" serve $scenario ns1 --listen 127.0.0.1:5300 --map 'ns2=[::1]:5300'
says stderr 'ns2=[::1]:5300: of another family than --listen'
mkdir "$work/ca"
trusts() { # FILE WHY
	refuses 2 "to trust $1" "$program" serve scenarios/certificate-expiry.yaml ns1 --listen 127.0.0.1:5300 --ca "$1"
	says stderr "$1: $2"
}
trusts "$work/ca" 'not a file'
trusts "$work/ca/none" 'no such file'
: > "$work/ca/empty"
trusts "$work/ca/empty" 'not PEM'
trusts scenarios/failover.yaml 'not PEM'
printf -- '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n' > "$work/ca/key"
trusts "$work/ca/key" 'a private key, not a certificate'
printf -- '-----BEGIN CERTIFICATE-----\nMC4C\n-----END CERTIFICATE-----\n' > "$work/ca/broken"
trusts "$work/ca/broken" "a certificate in it can't be read"
head -c 1000001 /dev/zero > "$work/ca/large"
trusts "$work/ca/large" 'larger than 1 MB'
refuses 2 'the second of two scenarios is broken' \
	"$program" run $scenario "$work/zone.yaml" -o "$work/empty/two"
claim 'all that leaves nothing behind' nothing_in "$work/empty"

# ---- places that are taken -------------------------------------------------------------------
mkdir "$work/taken"
echo precious > "$work/taken/file"
refuses 2 'a directory that is not ours' "$program" run $scenario -o "$work/taken"
says stderr "$work/taken"
claim 'it is as it was' [ "$(ls -A "$work/taken") $(cat "$work/taken/file")" = 'file precious' ]
refuses 2 'a file' "$program" run $scenario -o "$work/taken/file"
claim 'it is as it was' [ "$(cat "$work/taken/file")" = precious ]
refuses 2 'an empty directory that is not ours' "$program" run $scenario -o "$work/empty"
mkdir "$work/several" "$work/several/anycast"
refuses 2 'one of several is taken' \
	"$program" run $scenario scenarios/anycast.yaml -q -o "$work/several"
claim 'it is as it was' nothing_in "$work/several/anycast"
claim 'no partial directory' absent "$work"/*.partial-* "$work"/several/*.partial-*

# ---- the machine fails -----------------------------------------------------------------------
refuses 3 'a directory below a file' "$program" run $scenario -o "$work/taken/file/out"
refuses 3 'a place where nothing can be' "$program" run $scenario -o /proc/understudy/out
if [ "$(id -u)" != 0 ]; then
	chmod a-w "$work/empty"
	refuses 3 'an unwritable directory' "$program" run $scenario -o "$work/empty/out"
	chmod u+w "$work/empty"
fi
refuses 3 'an authority where nothing can be' "$program" serve scenarios/certificate-expiry.yaml hidden \
	--listen 127.0.0.1:5300 --write-ca /proc/understudy.pem
refuses 3 'a picture where nothing can be' "$program" graph $scenario -o /proc/understudy.svg
says stderr /proc/understudy.svg
refuses 3 'a picture below a file' "$program" graph $scenario -o "$work/taken/file/deep/x.svg"
says stderr "$work/taken/file/deep/x.svg"

# limited COMMAND...: with files of at most 64 kB
limited() {
	(
		ulimit -f 128
		"$@"
	)
}
refuses 3 'a file too large' limited "$program" run $scenario -o "$work/empty/out"
says stderr "$work/empty/out"
claim 'it leaves nothing behind' nothing_in "$work/empty"
exits 0 'a run before' "$program" run $scenario -q -o "$work/before"
cp -R "$work/before" "$work/kept"
refuses 3 'a failure later' limited "$program" run $scenario --seed 2 -o "$work/before"
claim 'what stood there stands' diff -r "$work/before" "$work/kept"
refuses 3 'standard output is full' sh -c "'$program' check $scenario > /dev/full"

# ---- several scenarios, one place ------------------------------------------------------------
mkdir "$work/a" "$work/b"
cp $scenario "$work/a/same.yaml"
cp scenarios/anycast.yaml "$work/b/same.yaml"
refuses 2 'two scenarios of one name' \
	"$program" run "$work/a/same.yaml" "$work/b/same.yaml" -o "$work/empty/out"
says stderr "$work/empty/out/same"
claim 'nothing is begun' nothing_in "$work/empty"

# ---- interrupted -----------------------------------------------------------------------------
# interrupt SIGNAL CODE: a run that would take minutes, once it has begun to write. Whoever started this
# script may ignore the signal (nohup does), and what is ignored is inherited.
interrupt() {
	TMPDIR=$work/empty env --default-signal="$1" "$program" run scenarios/load-balancing.yaml --check -q -o "$work/empty/out" \
		--set duration=60d 2> "$work/stderr" &
	process=$!
	until [ -s "$(echo "$work"/empty/out.partial-*/capture.pcapng)" ] || ! kill -0 $process; do :; done
	kill -s "$1" $process
	wait $process 2> /dev/null
	claim "$1 ends a run" [ $? = "$2" ]
	claim 'an interrupted run leaves nothing behind' nothing_in "$work/empty"
}
interrupt TERM 143
interrupt HUP 129

if [ "$(id -u)" = 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=256k none "$work/small" 2> /dev/null; then
	refuses 3 'a full disk' "$program" run $scenario -o "$work/small/out"
	says stderr 'No space left on device'
	claim 'it leaves nothing behind' nothing_in "$work/small"
	refuses 3 'a full disk, for a picture' sh -c \
		"head -c 1000000 /dev/zero > '$work/small/fill'; '$program' graph $scenario -o '$work/small/a/x.svg'"
	claim 'no half picture, and no folder for it' absent "$work/small/a"
	umount "$work/small"
else
	skip 'no small file system can be mounted here: a full disk is a limited file alone'
fi
conclude

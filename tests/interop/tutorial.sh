#!/bin/sh
# The second half of docs/tutorial.md: our primary in front of BIND, with the files and commands that are shown there,
# but for the ports and for the change, which comes sooner.
. tests/interop/common.sh

# block MARK: what follows the comment of this name.
block() {
	awk -v mark="<!-- $1 -->" '$0 == mark { armed = 1; next } armed && /^```/ { if (inside) exit; inside = 1; next }
		inside' docs/tutorial.md | sed "s/5300/$port/g; s/5301/$((port + 1))/g; s/at=20s/at=4s/"
}

# in_place NAME COMMAND: as the user would type it, in the directory of the files.
in_place() {
	start "$1" sh -c "cd '$dir' && exec $2"
}

answers() {
	[ "$(eval "$1")" = "$2" ]
}

for file in example.org.zone weekend.yaml named.conf; do
	block "file $file" > "$dir/$file"
	must "the tutorial has $file" [ -s "$dir/$file" ]
done
mkdir "$dir/bin"
ln -s "$understudy" "$dir/bin/understudy"
cp "$(command -v named)" "$dir/bin/named"
PATH=$dir/bin:$PATH
first=$(block asked | sed -n 1p)
second=$(block asked | sed -n 2p)

in_place primary "$(block serve)"
in_place bind "$(block named)"
must 'BIND has the zone' await 10 answers "$first" 192.0.2.80
say 'the change has not come yet' answers "$second" ''
say 'the change comes' await 15 answers "$second" 192.0.2.99
block logged > "$dir/logged"
while read -r line; do
	line=${line#* } # but for its time
	say "the primary says: $line" grep -qF "Z $line" "$dir/primary.log"
done < "$dir/logged"
say 'the difference was enough' grep -q 'transfer out done, IXFR' "$dir/primary.log"
finish

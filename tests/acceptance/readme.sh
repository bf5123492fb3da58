#!/bin/sh
# README.md tells the truth: the program prints what it says it prints, and its scenario is one.
. tests/acceptance/common.sh

# block LANGUAGE: the first block of README.md in that language.
block() {
	awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ && inside { exit } inside' README.md
}

exits 0 'the flagship passes' "$program" run scenarios/failover.yaml -o "$work/failover"
sed "s|$work|understudy-out|" "$work/stdout" > "$work/said"
block text | grep -vxE ' *\.\.\.' > "$work/promised"
claim 'README.md shows output' test -s "$work/promised"
while IFS= read -r line; do
	grep -qxF -- "$line" "$work/said" && pass || fail "README.md shows a line that is not printed: $line"
done < "$work/promised"

# The fonts of a machine move what is drawn, but not what is written.
words() {
	grep -o '>[^<>]*</text>' "$1" | sort
}

words docs/failover.svg > "$work/shown"
words "$work/failover/topology.svg" > "$work/drawn"
claim 'docs/failover.svg is what is drawn; if not, copy the new one there' \
	cmp "$work/shown" "$work/drawn"

exits 1 'somebody who looks on Sunday saves the zone' "$program" run scenarios/failover.yaml \
	--set timeline/4/at=1d20h -o "$work/saved"
claim 'availability is then 100 %' grep -qE '^ +eu-users .* 100 % ' "$work/stdout"

mkdir "$work/zones"
cp scenarios/zones/example.com.zone "$work/zones"
block yaml > "$work/scenario.yaml"
exits 0 'the scenario in README.md runs' "$program" run -q "$work/scenario.yaml" -o "$work/scenario"

for scenario in $(shipped); do
	claim 'README.md names every scenario' grep -qF "\`$(scenario_name "$scenario")\`" README.md
done

conclude

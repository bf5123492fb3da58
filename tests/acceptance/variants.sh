#!/bin/sh
# The compiler, its optimisation and the sanitizers make no difference to any octet. Builds the
# program in folders of their own, which are kept for the next time.
. tests/acceptance/common.sh

# make, as if called by hand.
plain_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u BUILD -u VARIANT -u SAN -u CC -u CFLAGS \
		make "$@"
}

# compare VARIANT ASSIGNMENT...: the program built so, against the one under test.
compare() {
	variant=$1
	shift
	if ! plain_make "build/$variant/understudy" VARIANT="$variant" "$@" > "$work/$variant.log" 2>&1; then
		fail "$variant does not build"
		tail -20 "$work/$variant.log"
		return
	fi
	for scenario in failover secondary-chain; do
		exits 0 "$scenario runs with $variant" \
			"build/$variant/understudy" run scenarios/$scenario.yaml -q -o "$work/other"
		claim "$scenario is the same with $variant" same_output "$work/$scenario" "$work/other"
	done
}

if [ "$build" != build/default ]; then
	skip "variants are compared with build/default; golden.sh compares $build with what it gave"
	pass
	conclude
fi
for scenario in failover secondary-chain; do
	exits 0 'it runs' "$program" run scenarios/$scenario.yaml -q -o "$work/$scenario"
done
compare o0 CFLAGS=-O0
if command -v clang > /dev/null; then
	compare clang CC=clang
else
	skip 'no clang here'
fi
compare address-undefined SAN=address,undefined
conclude

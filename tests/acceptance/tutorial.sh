#!/bin/sh
# docs/tutorial.md: each file that it shows is saved, each command is run and must end as it says, and each line that it
# promises is printed. Comments in it tell which is which:
#   <!-- file NAME -->   what follows is saved as NAME
#   <!-- run CODE -->    what follows is run, and ends with CODE
#   <!-- prints -->      what follows has been printed by then; "…" stands for anything
# What needs a real BIND is played by tests/interop/tutorial.sh.
. tests/acceptance/common.sh

mkdir "$work/bin" "$work/here"
ln -s "$program" "$work/bin/understudy"
PATH=$work/bin:$PATH

awk -v at="$work/" '
	/^<!-- [a-z]+.* -->$/ { block = at sprintf("block-%02d", ++count); print $2, $3 > (block ".kind"); next }
	/^```/ { inside = !inside && block; if (!inside) block = ""; next }
	inside { print > block }' docs/tutorial.md

in_place() {
	(cd "$work/here" && sh -e "$1")
}

for block in "$work"/block-??; do
	read -r kind argument < "$block.kind"
	case $kind in
	file) cp "$block" "$work/here/$argument" ;;
	run) exits "$argument" "$(tail -n 1 "$block")" in_place "$block" ;;
	prints)
		cat "$work/stderr" "$work/stdout" > "$work/said"
		while IFS= read -r line; do
			pattern=$(printf '%s' "$line" | sed 's/[][\\.*^$]/\\&/g; s/…/.*/g')
			claim 'docs/tutorial.md shows what is printed' grep -qx -- "$pattern" "$work/said"
		done < "$block"
		;;
	esac
done
claim 'there are files, runs and what they print' [ "$(cat "$work"/*.kind | grep -cE '^(file|run|prints)')" -ge 12 ]
claim 'the picture is there' [ -s "$work/here/weekend.svg" ]
conclude

#!/bin/sh
# Fails where a folder of code has no README.md, or one of more than 40 lines.
bad=0
for folder in sim sim/base nodes nodes/dns scenarios reports tests docs; do
	[ -d "$folder" ] || continue
	if [ ! -f "$folder/README.md" ]; then
		echo "lint: $folder/ has no README.md" >&2
		bad=1
	elif [ "$(wc -l < "$folder/README.md")" -gt 40 ]; then
		echo "lint: $folder/README.md has more than 40 lines" >&2
		bad=1
	fi
done
exit $bad

#!/bin/sh
# Fails where a folder of code has no README.md, or one of more than 40 lines. Outside tests/, that is
# every folder with sources in it; tests/README.md speaks for its subfolders, which mirror those.
bad=0
for folder in $(find . -name '*.[ch]' ! -path './build/*' ! -path './tests/*' | sed 's|^\./||; s|/*[^/]*$||' |
	sort -u) tests docs; do
	if [ ! -f "$folder/README.md" ]; then
		echo "lint: $folder/ has no README.md" >&2
		bad=1
	elif [ "$(wc -l < "$folder/README.md")" -gt 40 ]; then
		echo "lint: $folder/README.md has more than 40 lines" >&2
		bad=1
	fi
done
exit $bad

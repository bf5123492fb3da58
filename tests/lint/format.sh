#!/bin/sh
# Fails where clang-format would change a source. Other versions than 14, Debian 12's, lay some
# lines out otherwise, so they are not asked.
if ! clang-format --version 2> /dev/null | grep -q 'version 14\.'; then
	echo "lint: no clang-format 14 here, formatting is not checked"
	exit 0
fi
faults=$(find sim nodes scenarios reports tests -name '*.[ch]' | sort |
	xargs clang-format --dry-run -Werror 2>&1 | grep 'error:')
[ -z "$faults" ] && exit 0
printf '%s\n' "$faults" | sed 's/^/lint: /' >&2
exit 1

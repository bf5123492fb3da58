#!/bin/sh
# Fails if the manual page lacks a command or an option of the program, or if groff or mandoc find
# fault with it.
page=docs/understudy.1
bad=0

complain() {
	echo "lint: $page: $1" >&2
	bad=1
}

# Options marked as not for people are the program's own affair.
options=$(grep -v 'not for people' scenarios/options.c |
	sed -n 's/^ *{"\([a-z-]*\)", *[a-z]*_argument.*/\1/p' | sort -u)
commands=$(sed -n 's/^ *\[COMMAND_[A-Z]*\] = {"\([a-z]*\)".*/\1/p' scenarios/options.c)
[ -n "$options" ] && [ -n "$commands" ] || complain 'no options found in scenarios/options.c'

for option in $options; do
	grep -qF -- "\\-\\-$option" "$page" || complain "no --$option"
done
for command in $commands; do
	grep -q "^\\.SS.*understudy $command" "$page" || complain "no section on understudy $command"
done

version=$(sed -n 's/^VERSION := //p' Makefile)
grep -q "^\\.TH .*\"understudy $version\"" "$page" || complain "not the page of version $version"

# MESSAGES: what a formatter has to say is a fault.
checked=no
formatted() {
	checked=yes
	[ -z "$1" ] || complain "$1"
}
if command -v groff > /dev/null; then
	formatted "$(groff -man -Tutf8 -ww -z "$page" 2>&1)"
fi
if command -v mandoc > /dev/null; then
	formatted "$(mandoc -Tlint -W warning "$page" 2>&1)"
fi
[ $checked = yes ] || echo "lint: neither groff nor mandoc here, the form of $page is not checked"
exit $bad

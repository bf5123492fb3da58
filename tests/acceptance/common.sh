# Shared by the acceptance tests: sourced with the build folder as $1, it sets $program and $work, a
# folder that goes away if the test passes. Claims are made with claim, ended with conclude.
set -u
export LC_ALL=C
unset DNS_HOSTS_FILE TMPDIR
export LSAN_OPTIONS=suppressions=$(pwd)/tests/acceptance/leaks.supp:print_suppressions=0
build=${1:-build/default}
program=$(pwd)/$build/understudy
name=$(basename "$0" .sh)
work=$(pwd)/$build/tests/acceptance/$name.out
passed=0
failed=0
rm -rf "$work"
mkdir -p "$work"

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
}

note() {
	echo "$name: $*"
}

# skip WHY: what cannot be tested here is said, never passed over.
skip() {
	echo "SKIPPED: $*"
}

# claim SENTENCE COMMAND...: COMMAND must succeed.
claim() {
	sentence=$1
	shift
	if "$@"; then pass; else fail "$sentence: $*"; fi
}

# exits CODE SENTENCE COMMAND...: COMMAND must end with CODE; its output is left in $work/stdout and
# $work/stderr.
exits() {
	wanted=$1 sentence=$2
	shift 2
	"$@" > "$work/stdout" 2> "$work/stderr"
	code=$?
	if [ $code = "$wanted" ]; then
		pass
	else
		fail "$sentence: exit $code instead of $wanted: $*"
		sed 's/^/	/' "$work/stderr" | head -20
	fi
}

# says FILE TEXT: $work/FILE has TEXT.
says() {
	if grep -qF -- "$2" "$work/$1"; then
		pass
	else
		fail "$1 lacks '$2'; it says:"
		sed 's/^/	/' "$work/$1" | head -20
	fi
}

empty() {
	[ ! -s "$1" ]
}

absent() {
	for path; do
		[ ! -e "$path" ] && [ ! -L "$path" ] || return 1
	done
}

# nothing_in FOLDER: no output, whole or partial, lies there.
nothing_in() {
	[ -z "$(ls -A "$1")" ]
}

# all_of LINES FILE: each line is in the file.
all_of() {
	while read -r line; do
		grep -qF -- "$line" "$2" || {
			echo "	not said: $line"
			return 1
		}
	done < "$1"
}

shipped() {
	ls scenarios/*.yaml
}

scenario_name() {
	basename "$1" .yaml
}

# The summary without what the wall clock says.
summary_of() {
	grep -v '^  "wall": ' "$1/summary.json"
}

# same_output A B: every file that is promised to be reproducible is equal, octet for octet.
same_output() {
	(cd "$1" && find . -type f ! -name '*.svg' ! -name summary.json | sort) > "$work/names.a"
	(cd "$2" && find . -type f ! -name '*.svg' ! -name summary.json | sort) > "$work/names.b"
	cmp "$work/names.a" "$work/names.b" || return 1
	while read -r file; do
		[ "$file" = ./report.html ] || cmp "$1/$file" "$2/$file" || return 1
	done < "$work/names.a"
	summary_of "$1" > "$work/summary.a"
	summary_of "$2" > "$work/summary.b"
	cmp "$work/summary.a" "$work/summary.b"
}

conclude() {
	echo "$name: $passed passed, $failed failed"
	[ $failed = 0 ] && [ $passed != 0 ] || exit 1
	rm -rf "$work"
	exit 0
}

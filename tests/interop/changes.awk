# Sixty changes of plain.test, the same ones each time: lines of number, + or -, and a record.
# Number 0 is the zone before the first change, but for its SOA and NS.
#   -v single=1  no owner gets records of two types
function random(limit) { # Park and Miller's; every awk draws the same
	seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * limit)
}

function record(owner, kind) {
	kind = random(5)
	if (kind > 0 && single) owner = "type" kind "." owner
	if (kind == 0) return owner " 300 A 192.0.2." random(256)
	if (kind == 1) return owner " 300 AAAA 2001:db8::" random(9999)
	if (kind == 2) return owner " 600 TXT \"" random(1000000) "\""
	if (kind == 3) return owner " 900 MX " random(100) " h" random(200) ".plain.test."
	return owner " 300 SRV " random(10) " 0 53 h" random(200) ".plain.test."
}

function add(n, line) {
	if (line in place)
		return
	place[line] = count
	all[count++] = line
	print n, "+", line
}

function remove(n, at, line) {
	at = random(count)
	line = all[at]
	print n, "-", line
	delete place[line]
	all[at] = all[--count]
	place[all[at]] = at
}

BEGIN {
	seed = 20260101
	for (i = 0; i < 1000; i++)
		add(0, "h" i ".plain.test. 300 A 10.1." int(i / 256) "." i % 256)
	for (n = 1; n <= 60; n++) {
		for (i = random(3); i >= 0; i--)
			remove(n)
		for (i = random(4); i >= 0; i--)
			add(n, record((random(4) ? "h" : "deep.er.h") random(220) ".plain.test."))
	}
}

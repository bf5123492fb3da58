#!/bin/sh
# Fails on a source file over 500 lines, a function over 70 or a line over 100 columns.
# A function's body runs from a "{" to a "}" in the first column; its head is not counted.
find sim nodes scenarios reports tests -name '*.[ch]' | sort | xargs awk '
	FNR == 1 && NR > 1 { file_ends() }
	FNR == 1 { file = FILENAME; in_body = 0 }
	{ lines = FNR }
	length($0) > 100 { complain(FNR, "a line of " length($0) " columns, 100 are allowed") }
	/^{/ { start = FNR; in_body = 1 }
	/^}/ && in_body {
		in_body = 0
		if (FNR - start + 1 > 70)
			complain(start, "a function of " FNR - start + 1 " lines, 70 are allowed")
	}
	END { if (NR > 0) file_ends(); exit bad }

	function file_ends()
	{
		if (lines > 500)
			complain(lines, "a file of " lines " lines, 500 are allowed")
	}
	function complain(line, what)
	{
		print "lint: " file ":" line ": " what > "/dev/stderr"
		bad = 1
	}
'

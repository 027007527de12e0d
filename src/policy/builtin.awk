# SPDX-License-Identifier: Apache-2.0
# The lines of a built-in file as initialisers of stk_entry: what gate.c and
# inih make of it, which a test compares. These files are our own: they have
# neither long lines nor indented ones.

function quoted(text) {
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]+$/, "", text)
    gsub(/[\\"]/, "\\\\&", text)
    return "\"" text "\""
}

/^[ \t]*$/ || /^[;#]/ { next }

{ sub(/[ \t];.*$/, "") }

/^\[/ {
    sub(/^\[/, "")
    sub(/\].*$/, "")
    print "{ " NR ", " quoted($0) ", NULL },"
    next
}

{
    at = index($0, "=")
    print "{ " NR ", " quoted(substr($0, 1, at - 1)) ", " \
        quoted(substr($0, at + 1)) " },"
}

# SPDX-License-Identifier: Apache-2.0
# The groups of a built-in file as initialisers of stk_builtin_group, members
# sorted; with `whole`, last of all, the group of that name that is all of
# them together. Variables: of, what the tables are called; whole.

function add(group, word) {
    members[group, ++count[group]] = word
}

function print_words(group,    i, j, word) {
    for (i = 2; i <= count[group]; i++) {
        word = members[group, i]
        for (j = i - 1; j > 0 && members[group, j] > word; j--)
            members[group, j + 1] = members[group, j]
        members[group, j + 1] = word
    }
    print "static const char *const " of "_" group "[] = {"
    for (i = 1; i <= count[group]; i++)
        print "\"" members[group, i] "\","
    print "};"
}

function print_group(group) {
    print "{ \"" names[group] "\", " lines[group] ", " of "_" group ", " \
        count[group] " },"
}

/^\[group / {
    sub(/^\[group /, "")
    sub(/\].*$/, "")
    names[++n] = $0
    lines[n] = NR
}

/^members *=/ {
    sub(/^members *= */, "")
    sub(/[ \t]+;.*$/, "")
    words = split($0, word, /[, \t]+/)
    for (i = 1; i <= words; i++)
        if (word[i] != "") {
            add(n, word[i])
            all[++n_all] = word[i]
        }
}

END {
    if (whole != "") {
        names[++n] = whole
        lines[n] = 1
        for (i = 1; i <= n_all; i++)
            add(n, all[i])
    }
    for (g = 1; g <= n; g++)
        print_words(g)
    print "static const stk_builtin_group " of "[] = {"
    for (g = 1; g <= n; g++)
        print_group(g)
    print "};"
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What every test program starts with: cmocka, and a folder of its own. */
#ifndef STK_UNIT_H
#define STK_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Skips the case, and says why for the one who reads the test run. */
#define unit_skip(reason)                                                     \
    do {                                                                      \
        print_message("skip: %s\n", reason);                                  \
        skip();                                                               \
    } while (0)

/* cmocka_unit_test() with a fresh folder, its path in *state. */
#define unit_test_in_folder(function)                                         \
    cmocka_unit_test_setup_teardown(function, unit_folder_make,               \
                                    unit_folder_remove)

static inline int
unit_folder_make(void **state)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;

    if (asprintf(&path, "%s/stockade-unit.XXXXXX", base ? base : "/tmp") < 0)
        return -1;
    *state = path;
    return mkdtemp(path) ? 0 : -1;
}

static inline int
unit_folder_remove_one(const char *path, const struct stat *st, int type,
                       struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int
unit_folder_remove(void **state)
{
    int failed = nftw(*state, unit_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return failed;
}

/* Descriptors that are open; what it needs itself is counted each time. */
static inline unsigned
unit_count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* folder/name, in one of eight buffers that are used in turn. */
static inline const char *
unit_path(void **state, const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    int n = snprintf(path, PATH_MAX, "%s/%s", (const char *)*state, name);

    assert_in_range(n, 1, PATH_MAX - 1);
    return path;
}

/* Writes a file in the test's folder; returns its path. */
static inline const char *
unit_write(void **state, const char *name, const void *data, size_t length)
{
    const char *path = unit_path(state, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two users, one who fills a cache and one who takes from it, for tests of
 * what is between them: it takes root to be both.
 */
#ifndef STK_USERS_H
#define STK_USERS_H

#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define OWNER  12345u
#define READER 12346u

#define need_root()                                                           \
    do {                                                                      \
        if (geteuid() != 0)                                                   \
            unit_skip("only root can be two users");                          \
    } while (0)

static void
become(uid_t user, gid_t group)
{
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(group), 0);
    assert_int_equal(seteuid(user), 0);
}

/* A setup and a teardown: both may write in the folder. */
static int
users_folder_make(void **state)
{
    if (unit_folder_make(state) < 0)
        return -1;
    return chmod(*state, 0777);
}

static int
users_folder_remove(void **state)
{
    if (getuid() == 0 && (seteuid(0) < 0 || setegid(0) < 0))
        return -1;
    return unit_folder_remove(state);
}

#define unit_test_of_users(function)                                          \
    cmocka_unit_test_setup_teardown(function, users_folder_make,              \
                                    users_folder_remove)

#endif

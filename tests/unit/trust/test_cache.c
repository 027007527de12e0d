/* SPDX-License-Identifier: Apache-2.0 */
/* trust/cache.c: code of one source for one Python, of one owner alone. */
#include "trust/cache.h"

#include <fcntl.h>

#include "base/cleanup.h"

#include "users.h"

static const unsigned char source[STK_DIGEST_BYTES] = { 1, 2, 3 };
static const unsigned char other_source[STK_DIGEST_BYTES] = { 1, 2, 4 };
static const unsigned char magic[4] = { 0xa7, 13, 13, 10 };
static const unsigned char other_magic[4] = { 0xa8, 13, 13, 10 };
static const stk_cache_item item = { "shop.cart", source, "cpython-311", magic,
                                     0 };
static const char code[] = "\xe3 marshalled";

/* The owner's cache with one entry; its path. */
static const char *
fill(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    const char *path = unit_path(state, "cache");
    stk_error err = STK_ERROR_INIT;

    become(OWNER, OWNER);
    if (stk_cache_own(&cache, path, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(stk_cache_keep(cache, &item, code, sizeof code, &err), 0);
    /* a program of its own runs as another user, who is in the group */
    become(READER, OWNER);
    return path;
}

static stk_cache *
open_good(const char *path)
{
    stk_cache *cache = NULL;
    stk_error err = STK_ERROR_INIT;

    if (stk_cache_open(&cache, path, &err) < 0)
        fail_msg("%s", err.message);
    return cache;
}

static int
take(const stk_cache *cache, const stk_cache_item *wanted,
     enum stk_trust *trust)
{
    stk_refusal why = { STK_TRUST_OK, "" };
    char *data = NULL;
    size_t length = 0;
    int found = stk_cache_take(cache, wanted, &data, &length, &why);

    if (found > 0) {
        assert_int_equal(length, sizeof code);
        assert_memory_equal(data, code, sizeof code);
    } else {
        assert_null(data);
    }
    if (found < 0)
        assert_non_null(strstr(why.message, "/cache/"));
    free(data);
    *trust = why.trust;
    return found;
}

static void
test_take__gives_what_was_kept(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    enum stk_trust trust;

    need_root();
    cache = open_good(fill(state));
    assert_int_equal(take(cache, &item, &trust), 1);
}

static void
test_take__knows_of_no_other(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    stk_cache_item others[] = { item, item, item, item, item };
    enum stk_trust trust;

    need_root();
    cache = open_good(fill(state));
    others[0].module = "shop.till";
    others[1].source = other_source;
    others[2].cache_tag = "cpython-312";
    others[3].magic = other_magic;
    others[4].optimisation = 2;
    for (size_t i = 0; i < UNIT_COUNT(others); i++)
        assert_int_equal(take(cache, &others[i], &trust), 0);
}

/* The one entry of the cache. */
static void
find_entry(const char *folder, char path[PATH_MAX])
{
    char command[PATH_MAX + 64];
    FILE *found;

    snprintf(command, sizeof command,
             "find %s -type f -size +0 -not -name key", folder);
    found = popen(command, "r");
    assert_non_null(found);
    assert_non_null(fgets(path, PATH_MAX, found));
    path[strcspn(path, "\n")] = '\0';
    assert_int_equal(pclose(found), 0);
}

static void
test_take__an_entry_with_any_other_byte_is_refused(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    const size_t size = STK_CACHE_START + sizeof code;
    const char *folder;
    char path[PATH_MAX];
    enum stk_trust trust;

    need_root();
    folder = fill(state);
    cache = open_good(folder);
    find_entry(folder, path);
    for (size_t i = 0; i < size; i++) {
        char was, now;
        int fd;

        become(OWNER, OWNER);
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pread(fd, &was, 1, (off_t)i), 1);
        now = (char)(was ^ 1);
        assert_int_equal(pwrite(fd, &now, 1, (off_t)i), 1);
        become(READER, READER);
        assert_int_equal(take(cache, &item, &trust), -1);
        assert_int_equal(trust, STK_TRUST_HASH);
        assert_int_equal(pwrite(fd, &was, 1, (off_t)i), 1);
        close(fd);
    }
    assert_int_equal(take(cache, &item, &trust), 1);
    for (size_t length = 0; length < size; length++) {
        become(OWNER, OWNER);
        assert_int_equal(truncate(path, (off_t)(size - 1 - length)), 0);
        become(READER, READER);
        assert_int_equal(take(cache, &item, &trust), -1);
    }
}

/* Puts the one entry where that of `wanted` would be. */
static void
move_entry(const char *folder, const stk_cache_item *wanted)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    char from[PATH_MAX], to[PATH_MAX];
    stk_error err = STK_ERROR_INIT;
    struct stat was;
    char name[PATH_MAX];

    become(OWNER, OWNER);
    find_entry(folder, from);
    snprintf(name, sizeof name, "%s.mine", folder);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(rename(from, name), 0);
    become(OWNER, OWNER);
    assert_int_equal(stk_cache_own(&cache, folder, &err), 0);
    assert_int_equal(stk_cache_keep(cache, wanted, "x", 1, &err), 0);
    find_entry(folder, to);
    assert_int_equal(stat(to, &was), 0);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(rename(name, to), 0);
    become(READER, READER);
}

static void
test_take__an_entry_of_another_is_refused(void **state)
{
    stk_cache_item others[] = { item, item, item, item, item };
    const char *folder;

    need_root();
    others[0].module = "shop.till";
    others[1].source = other_source;
    others[2].cache_tag = "cpython-312";
    others[3].magic = other_magic;
    others[4].optimisation = 2;
    for (size_t i = 0; i < UNIT_COUNT(others); i++) {
        STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
        enum stk_trust trust;
        char command[PATH_MAX + 16];

        folder = fill(state);
        move_entry(folder, &others[i]);
        become(READER, OWNER);
        cache = open_good(folder);
        assert_int_equal(take(cache, &others[i], &trust), -1);
        assert_int_equal(trust, STK_TRUST_HASH);
        assert_int_equal(seteuid(0), 0);
        snprintf(command, sizeof command, "rm -r %s", folder);
        assert_int_equal(system(command), 0);
    }
}

static void
test_take__an_entry_of_another_user_is_refused(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    const char *folder;
    char path[PATH_MAX];
    enum stk_trust trust;

    need_root();
    folder = fill(state);
    cache = open_good(folder);
    find_entry(folder, path);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chown(path, READER, READER), 0);
    become(READER, READER);
    assert_int_equal(take(cache, &item, &trust), -1);
    assert_int_equal(trust, STK_TRUST_PATH);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    become(READER, READER);
    assert_int_equal(take(cache, &item, &trust), -1);
    assert_int_equal(trust, STK_TRUST_PATH);
}

static void
expect_closed(const char *path, const char *file, const char *message)
{
    stk_cache *cache = NULL;
    stk_error err = STK_ERROR_INIT;

    assert_true(stk_cache_open(&cache, path, &err) < 0);
    assert_null(cache);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    assert_non_null(strstr(err.file, file));
}

static void
test_open__what_the_user_owns_is_refused(void **state)
{
    STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
    const char *path = unit_path(state, "cache");
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_cache_own(&cache, path, &err), 0);
    expect_closed(path, "/cache", "belongs to the user that runs");
}

static void
test_open__a_key_of_the_user_is_refused(void **state)
{
    const char *path;

    need_root();
    path = fill(state);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chown(unit_path(state, "cache/key"), READER, READER), 0);
    become(READER, READER);
    expect_closed(path, "/cache/key", "belongs to the user that runs");
}

static void
test_open__what_others_can_write_is_refused(void **state)
{
    const char *path;

    need_root();
    path = fill(state);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0775), 0);
    become(READER, READER);
    expect_closed(path, "/cache", "is writable by others");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(chmod(unit_path(state, "cache/key"), 0446), 0);
    become(READER, READER);
    expect_closed(path, "/cache/key", "is writable by others");
}

static void
test_open__root_is_refused(void **state)
{
    const char *path;

    need_root();
    path = fill(state);
    become(0, 0);
    expect_closed(path, "/cache", "can be written by root");
}

static void
test_open__a_key_that_cannot_be_read_is_refused(void **state)
{
    const char *path;

    need_root();
    path = fill(state);
    become(READER, READER); /* and not in the owner's group */
    expect_closed(path, "/cache/key", "cannot open");
}

static void
test_open__what_is_no_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "ab\n",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg\n",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nx",
    };
    const char *path, *key;

    need_root();
    path = fill(state);
    key = unit_path(state, "cache/key");
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        assert_int_equal(seteuid(0), 0);
        unit_write(state, "cache/key", texts[i], strlen(texts[i]));
        assert_int_equal(chmod(key, 0444), 0);
        assert_int_equal(seteuid(READER), 0);
        expect_closed(path, "/cache/key", "is no key of a cache");
    }
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(unlink(key), 0);
    assert_int_equal(seteuid(READER), 0);
    expect_closed(path, "/cache/key", "is missing");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(symlink("/etc/passwd", key), 0);
    assert_int_equal(seteuid(READER), 0);
    expect_closed(path, "/cache/key", "cannot open");
}

static void
test_open__a_link_is_no_cache(void **state)
{
    const char *link = unit_path(state, "link");

    assert_int_equal(symlink("cache", link), 0);
    expect_closed(link, "/link", "cannot open the cache");
    expect_closed(unit_path(state, "none"), "/none", "cannot open the cache");
}

static void
test_own__is_for_the_owner(void **state)
{
    stk_cache *cache = NULL;
    stk_error err = STK_ERROR_INIT;
    const char *path;

    need_root();
    path = fill(state);
    assert_int_equal(stk_cache_own(&cache, path, &err), -STK_E_INVALID);
    assert_non_null(strstr(err.message, "belongs to another user"));
    assert_null(cache);
}

static void
test_own__the_key_stays(void **state)
{
    const char *path = unit_path(state, "cache");
    struct stat first, second;

    for (int i = 0; i < 2; i++) {
        STK_CLEANUP(stk_cache_freep) stk_cache *cache = NULL;
        stk_error err = STK_ERROR_INIT;

        assert_int_equal(stk_cache_own(&cache, path, &err), 0);
        assert_int_equal(
            stat(unit_path(state, "cache/key"), i ? &second : &first), 0);
    }
    assert_int_equal(first.st_mode & 07777, 0440);
    assert_int_equal(first.st_size, 65);
    assert_int_equal(first.st_ino, second.st_ino);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_of_users(test_take__gives_what_was_kept),
        unit_test_of_users(test_take__knows_of_no_other),
        unit_test_of_users(test_take__an_entry_with_any_other_byte_is_refused),
        unit_test_of_users(test_take__an_entry_of_another_is_refused),
        unit_test_of_users(test_take__an_entry_of_another_user_is_refused),
        unit_test_of_users(test_open__what_the_user_owns_is_refused),
        unit_test_of_users(test_open__a_key_of_the_user_is_refused),
        unit_test_of_users(test_open__what_others_can_write_is_refused),
        unit_test_of_users(test_open__root_is_refused),
        unit_test_of_users(test_open__a_key_that_cannot_be_read_is_refused),
        unit_test_of_users(test_open__what_is_no_key_is_refused),
        unit_test_of_users(test_open__a_link_is_no_cache),
        unit_test_of_users(test_own__is_for_the_owner),
        unit_test_of_users(test_own__the_key_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

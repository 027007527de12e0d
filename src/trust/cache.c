/* SPDX-License-Identifier: Apache-2.0 */
/* Code that this machine compiled, kept under a key of another user's. */
#include "trust/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define DOMAIN    "stockade code cache 1"
#define MAC_BYTES 32u
#define KEY_BYTES 32u
#define KEY_TEXT  (2 * KEY_BYTES + 1)
#define FOLDER    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct stk_cache {
    char *path; /* owned */
    int fd;     /* owned: the folder */
    uid_t owner;
    unsigned char key[KEY_BYTES];
};

static int
fail(stk_error *err, const char *folder, const char *name, const char *what)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(folder, name);

    stk_error_set(err, STK_E_INVALID, "%s", what);
    stk_error_at(err, path && *name ? path : folder, 0);
    return -STK_E_INVALID;
}

static int
fail_errno(stk_error *err, const char *folder, const char *name,
           const char *what)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(folder, name);

    stk_error_set_errno(err, STK_E_IO, errno, "%s", what);
    stk_error_at(err, path && *name ? path : folder, 0);
    return -STK_E_IO;
}

/* ---- whose it is ---------------------------------------------------- */

/* Also for a group or a list that this user is in; root may write to all. */
static bool
is_writable(int fd, const char *name)
{
    return faccessat(fd, *name ? name : ".", W_OK, AT_EACCESS) == 0;
}

/* Who can write it can have any code run. */
static int
check_anothers(const stk_cache *cache, const struct stat *st, const char *name,
               stk_error *err)
{
    if (st->st_uid == geteuid() || st->st_uid == getuid())
        return fail(err, cache->path, name,
                    "belongs to the user that runs, who could forge what is "
                    "in the cache; another user has to own it");
    if (st->st_mode & 022)
        return fail(err, cache->path, name,
                    "is writable by others; run chmod go-w");
    if (is_writable(cache->fd, name))
        return fail(err, cache->path, name,
                    geteuid() == 0
                        ? "can be written by root, as everything: a cache is "
                          "of use to programs that another user runs"
                        : "can be written by the user that runs");
    return 0;
}

static int
check_own(const stk_cache *cache, const struct stat *st, const char *name,
          stk_error *err)
{
    if (st->st_uid != geteuid())
        return fail(err, cache->path, name,
                    "belongs to another user, who alone can fill it");
    if (st->st_mode & 022)
        return fail(err, cache->path, name,
                    "is writable by others; run chmod go-w");
    return 0;
}

static int
check_whose(const stk_cache *cache, const struct stat *st, const char *name,
            bool own, stk_error *err)
{
    return own ? check_own(cache, st, name, err)
               : check_anothers(cache, st, name, err);
}

/* ---- the key -------------------------------------------------------- */

static int
read_key(stk_cache *cache, int fd, stk_error *err)
{
    char text[KEY_TEXT + 1];
    ssize_t n = stk_fd_read(fd, text, sizeof text);
    size_t length = 0;
    int bad;

    if (n < 0)
        return fail_errno(err, cache->path, STK_CACHE_KEY, "cannot read");
    bad = n != KEY_TEXT || text[KEY_TEXT - 1] != '\n' ||
          sodium_hex2bin(cache->key, KEY_BYTES, text, 2 * KEY_BYTES, NULL,
                         &length, NULL) != 0 ||
          length != KEY_BYTES;
    sodium_memzero(text, sizeof text);
    if (bad)
        return fail(err, cache->path, STK_CACHE_KEY,
                    "is no key of a cache: remove it, and fill the cache "
                    "again");
    return 0;
}

static int
load_key(stk_cache *cache, bool own, stk_error *err)
{
    STK_CLEANUP(stk_closep)
    int fd = openat(cache->fd, STK_CACHE_KEY,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int result;

    if (fd < 0 && errno == ENOENT && !own)
        return fail(err, cache->path, STK_CACHE_KEY,
                    "is missing; its owner makes it with: stockade verify "
                    "--policy POLICY --cache PATH...");
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_errno(err, cache->path, STK_CACHE_KEY, "cannot open");
    if (!S_ISREG(st.st_mode))
        return fail(err, cache->path, STK_CACHE_KEY, "is no regular file");
    result = check_whose(cache, &st, STK_CACHE_KEY, own, err);
    return result < 0 ? result : read_key(cache, fd, err);
}

/* For the group of the folder: who is to read it is in there. */
static int
make_key(const stk_cache *cache, gid_t group, stk_error *err)
{
    STK_CLEANUP(stk_closep)
    int fd =
        openat(cache->fd, STK_CACHE_KEY,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    unsigned char key[KEY_BYTES];
    char text[KEY_TEXT + 1];
    int failed;

    if (fd < 0 && errno == EEXIST)
        return 0;
    if (fd < 0)
        return fail_errno(err, cache->path, STK_CACHE_KEY, "cannot make");
    randombytes_buf(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[KEY_TEXT - 1] = '\n';
    failed = stk_fd_write(fd, text, KEY_TEXT) < 0 ||
             fchown(fd, (uid_t)-1, group) < 0 || fchmod(fd, 0440) < 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    if (!failed)
        return 0;
    fail_errno(err, cache->path, STK_CACHE_KEY, "cannot write");
    unlinkat(cache->fd, STK_CACHE_KEY, 0);
    return -STK_E_IO;
}

/* ---- opening -------------------------------------------------------- */

static int
open_cache(stk_cache *cache, bool own, stk_error *err)
{
    struct stat st;
    int result;

    cache->fd = open(cache->path, FOLDER);
    if (cache->fd < 0 || fstat(cache->fd, &st) < 0)
        return fail_errno(err, cache->path, "", "cannot open the cache");
    cache->owner = st.st_uid;
    result = check_whose(cache, &st, "", own, err);
    if (result == 0 && own)
        result = make_key(cache, st.st_gid, err);
    return result < 0 ? result : load_key(cache, own, err);
}

static int
new_cache(stk_cache **out, const char *folder, bool own, stk_error *err)
{
    stk_cache *cache = calloc(1, sizeof *cache);
    int result;

    if (sodium_init() < 0)
        result = stk_error_set(err, STK_E_IO, "libsodium does not start");
    else if (!cache || !(cache->path = stk_text_dup(folder)))
        result = stk_error_memory(err);
    else
        result = 0;
    if (cache)
        cache->fd = -1;
    if (result == 0)
        result = open_cache(cache, own, err);
    if (result < 0)
        stk_cache_free(cache);
    else
        *out = cache;
    return result;
}

int
stk_cache_open(stk_cache **out, const char *folder, stk_error *err)
{
    return new_cache(out, folder, false, err);
}

int
stk_cache_own(stk_cache **out, const char *folder, stk_error *err)
{
    if (mkdir(folder, 0755) == 0) {
        if (chmod(folder, 0755) < 0) /* whatever the umask is */
            return fail_errno(err, folder, "", "cannot make the cache");
    } else if (errno != EEXIST) {
        return fail_errno(err, folder, "", "cannot make the cache");
    }
    return new_cache(out, folder, true, err);
}

void
stk_cache_free(stk_cache *cache)
{
    if (!cache)
        return;
    if (cache->fd >= 0)
        close(cache->fd);
    free(cache->path);
    sodium_memzero(cache, sizeof *cache);
    free(cache);
}

void
stk_cache_freep(stk_cache **cache)
{
    stk_cache_free(*cache);
}

/* ---- entries -------------------------------------------------------- */

/* Each text with its length: no two items are the same bytes. */
static void
add_text(crypto_generichash_state *state, const void *data, size_t length)
{
    unsigned char number[8];

    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (unsigned char)((uint64_t)length >> (8 * i));
    crypto_generichash_update(state, number, sizeof number);
    crypto_generichash_update(state, data, length);
}

static void
add_item(crypto_generichash_state *state, const stk_cache_item *item)
{
    unsigned char level = (unsigned char)item->optimisation;

    add_text(state, DOMAIN, sizeof DOMAIN - 1);
    add_text(state, item->magic, 4);
    add_text(state, item->cache_tag, strlen(item->cache_tag));
    add_text(state, &level, 1);
    add_text(state, item->module, strlen(item->module));
    add_text(state, item->source, STK_DIGEST_BYTES);
}

#define ENTRY_MAX (3 + STK_DIGEST_HEX) /* "ab/" and 64 digits */

static const char *
entry_name(char name[ENTRY_MAX], const stk_cache_item *item)
{
    crypto_generichash_state state;
    unsigned char digest[STK_DIGEST_BYTES];
    char hex[STK_DIGEST_HEX];

    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    add_item(&state, item);
    crypto_generichash_final(&state, digest, sizeof digest);
    stk_digest_hex(hex, digest);
    snprintf(name, ENTRY_MAX, "%.2s/%s", hex, hex);
    return name;
}

static void
make_mac(unsigned char mac[MAC_BYTES], const stk_cache *cache,
         const stk_cache_item *item, const void *code, size_t length)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, cache->key, KEY_BYTES, MAC_BYTES);
    add_item(&state, item);
    add_text(&state, code, length);
    crypto_generichash_final(&state, mac, MAC_BYTES);
    sodium_memzero(&state, sizeof state);
}

/* ---- taking --------------------------------------------------------- */

static bool
is_kept(const stk_cache *cache, const stk_cache_item *item, const char *data,
        size_t length)
{
    unsigned char mac[MAC_BYTES];

    if (length < STK_CACHE_START || memcmp(data, STK_CACHE_MAGIC, 8) != 0)
        return false;
    make_mac(mac, cache, item, data + STK_CACHE_START,
             length - STK_CACHE_START);
    return sodium_memcmp(mac, data + 8, MAC_BYTES) == 0;
}

static int
refuse(stk_refusal *why, const stk_cache *cache, const char *name,
       enum stk_trust trust, const char *what)
{
    return stk_refuse(why, trust, "%s/%s %s", cache->path, name, what);
}

static int
read_entry(const stk_cache *cache, const char *name, int fd, char **data,
           size_t *length, stk_refusal *why)
{
    stk_error err = STK_ERROR_INIT;
    struct stat st;

    /* the folder of an entry may be anybody's, by mistake */
    if (fstat(fd, &st) < 0 || st.st_uid != cache->owner || (st.st_mode & 022))
        return refuse(why, cache, name, STK_TRUST_PATH,
                      "is not of the owner of the cache alone");
    if (stk_beneath_read(data, length, fd, STK_CACHE_MAX + STK_CACHE_START,
                         &err) < 0)
        return err.code == STK_E_MEMORY
                   ? stk_refuse_memory(why)
                   : refuse(why, cache, name, STK_TRUST_IO, err.message);
    return 1;
}

int
stk_cache_take(const stk_cache *cache, const stk_cache_item *item, char **code,
               size_t *length, stk_refusal *why)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) char *data = NULL;
    char name[ENTRY_MAX];
    size_t n = 0;
    int kind = stk_beneath_open(&fd, cache->fd, entry_name(name, item), NULL);

    if (kind == STK_BENEATH_MISSING)
        return 0;
    if (kind != STK_BENEATH_FILE)
        return refuse(why, cache, name, STK_TRUST_PATH,
                      "is a link or no regular file");
    if (read_entry(cache, name, fd, &data, &n, why) < 0)
        return -1;
    if (!is_kept(cache, item, data, n))
        return refuse(why, cache, name, STK_TRUST_HASH,
                      "is not what was kept there");
    *length = n - STK_CACHE_START;
    memmove(data, data + STK_CACHE_START, *length + 1);
    *code = STK_STEAL(data);
    return 1;
}

/* ---- keeping -------------------------------------------------------- */

static int
write_entry(const stk_cache *cache, const char *name, const char *data,
            size_t length, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(cache->path, name);
    char folder[3] = { name[0], name[1], '\0' };

    if (!path)
        return stk_error_memory(err);
    if (mkdirat(cache->fd, folder, 0755) == 0) {
        if (fchmodat(cache->fd, folder, 0755, 0) < 0)
            return fail_errno(err, cache->path, folder, "cannot make");
    } else if (errno != EEXIST) {
        return fail_errno(err, cache->path, folder, "cannot make");
    }
    return stk_file_replace(path, data, length, 0644, err);
}

int
stk_cache_keep(const stk_cache *cache, const stk_cache_item *item,
               const void *code, size_t length, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    char name[ENTRY_MAX];

    if (length > STK_CACHE_MAX)
        return stk_error_set(err, STK_E_LIMIT, "too much code for the cache");
    data = malloc(STK_CACHE_START + length);
    if (!data)
        return stk_error_memory(err);
    memcpy(data, STK_CACHE_MAGIC, 8);
    make_mac((unsigned char *)data + 8, cache, item, code, length);
    memcpy(data + STK_CACHE_START, code, length);
    return write_entry(cache, entry_name(name, item), data,
                       STK_CACHE_START + length, err);
}

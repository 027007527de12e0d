/* SPDX-License-Identifier: Apache-2.0 */
/* The key that a state file is kept under. */
#include "trust/statekey.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define HEX (2 * STK_STATEKEY_BYTES)

static int
refuse(char *why, size_t size, const char *path, const char *what)
{
    snprintf(why, size, "is kept under the key %s, which %s", path, what);
    return -1;
}

/* Who can write it can make up any state; who can read it, too, where the
 * state is his to write. */
static const char *
unsafe(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is no regular file";
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return "belongs to another user";
    if (st->st_mode & 022)
        return "is writable by others; run chmod go-w";
    if (st->st_mode & S_IROTH)
        return "everybody may read; run chmod o-r";
    return NULL;
}

static bool
parse(unsigned char key[STK_STATEKEY_BYTES], const char *text, ssize_t length)
{
    size_t n = 0;

    return length == HEX + 1 && text[HEX] == '\n' &&
           sodium_hex2bin(key, STK_STATEKEY_BYTES, text, HEX, NULL, &n,
                          NULL) == 0 &&
           n == STK_STATEKEY_BYTES;
}

int
stk_statekey_read(unsigned char key[STK_STATEKEY_BYTES], const char *path,
                  char *why, size_t size)
{
    STK_CLEANUP(stk_closep)
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char text[HEX + 2];
    const char *what;
    struct stat st;
    bool good;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse(why, size, path, "cannot be opened");
    what = unsafe(&st);
    if (what)
        return refuse(why, size, path, what);
    good = parse(key, text, stk_fd_read(fd, text, sizeof text));
    sodium_memzero(text, sizeof text);
    return good ? 1
                : refuse(why, size, path,
                         "is none: 64 hexadecimal digits and a line feed");
}

int
stk_statekey_make(unsigned char key[STK_STATEKEY_BYTES], const char *path,
                  char *why, size_t size)
{
    STK_CLEANUP(stk_closep)
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    char text[HEX + 2];
    bool failed;

    if (fd < 0 || sodium_init() < 0)
        return refuse(why, size, path, "is missing and cannot be made");
    randombytes_buf(key, STK_STATEKEY_BYTES);
    sodium_bin2hex(text, sizeof text, key, STK_STATEKEY_BYTES);
    text[HEX] = '\n';
    failed = stk_fd_write(fd, text, HEX + 1) < 0 || fsync(fd) < 0;
    sodium_memzero(text, sizeof text);
    if (!failed)
        return 0;
    unlink(path);
    return refuse(why, size, path, "is missing and cannot be written");
}

char *
stk_statekey_mac(char out[STK_STATEKEY_MAC],
                 const unsigned char key[STK_STATEKEY_BYTES], const char *text,
                 size_t length)
{
    unsigned char mac[STK_STATEKEY_BYTES];

    crypto_generichash(mac, sizeof mac, (const unsigned char *)text, length,
                       key, STK_STATEKEY_BYTES);
    return sodium_bin2hex(out, STK_STATEKEY_MAC, mac, sizeof mac);
}

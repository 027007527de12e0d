/* SPDX-License-Identifier: Apache-2.0 */
/* The signature files beside a file. */
#include "trust/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define TAIL ".minisig"

const char *
stk_sidecar_tail(const char *name)
{
    size_t length = strlen(name), tail = strlen(TAIL);
    char digit = length > tail + 2 ? name[length - 1] : '\0';

    if (digit >= '2' && digit <= '0' + (int)STK_SIGNATURES_MAX &&
        name[length - 2] == '.')
        length -= 2;
    if (length <= tail || memcmp(name + length - tail, TAIL, tail) != 0)
        return NULL;
    return name + length - tail;
}

char *
stk_sidecar_path(const char *path, unsigned number)
{
    if (number == 1)
        return stk_text_printf("%s" TAIL, path);
    return stk_text_printf("%s" TAIL ".%u", path, number);
}

/* A descriptor; -STK_E_IO with ENOENT in `err` when there is none. */
static int
open_beneath(int folder, const char *path, stk_error *err)
{
    int fd, kind = stk_beneath_open(&fd, folder, path, err);

    if (kind == STK_BENEATH_FILE)
        return fd;
    if (kind == STK_BENEATH_FOLDER)
        close(fd);
    if (kind == STK_BENEATH_MISSING)
        return stk_error_set_errno(err, STK_E_IO, ENOENT, "cannot open");
    if (kind < 0)
        return kind;
    stk_error_set(err, STK_E_INVALID, "is no regular file");
    return stk_error_at(err, path, 0);
}

/* Links are followed where no folder is given. Returns 1 when it was read, 0
 * when there is none. */
static int
load_one(stk_text *out, int folder, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) char *data = NULL;
    stk_error own = STK_ERROR_INIT;
    ssize_t n;

    fd = folder == AT_FDCWD ? stk_file_open(path, &own)
                            : open_beneath(folder, path, &own);
    if (fd < 0 && own.sys_errno == ENOENT)
        return 0;
    if (fd < 0 && err)
        *err = own;
    if (fd < 0) {
        stk_error_at(err, path, 0);
        return fd;
    }
    data = malloc(STK_MINISIG_MAX + 1);
    if (!data)
        return stk_error_memory(err);
    n = stk_fd_read(fd, data, STK_MINISIG_MAX + 1);
    if (n < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
    out->data = STK_STEAL(data);
    out->length = (size_t)n;
    return 1;
}

/* All nine: one that was taken away hides none behind it. */
int
stk_sidecars_beneath(stk_sidecars *out, int folder, const char *path,
                     stk_error *err)
{
    stk_sidecars found;

    memset(&found, 0, sizeof found);
    for (unsigned i = 1; i <= STK_SIGNATURES_MAX; i++) {
        STK_CLEANUP(stk_freep) char *file = stk_sidecar_path(path, i);
        int loaded = file ? load_one(&found.texts[found.n], folder, file, err)
                          : stk_error_memory(err);

        if (loaded < 0) {
            stk_sidecars_clear(&found);
            return loaded;
        }
        found.n += (size_t)loaded;
    }
    *out = found;
    return 0;
}

int
stk_sidecars_load(stk_sidecars *out, const char *path, stk_error *err)
{
    return stk_sidecars_beneath(out, AT_FDCWD, path, err);
}

void
stk_sidecars_clear(stk_sidecars *sidecars)
{
    for (size_t i = 0; i < sidecars->n; i++)
        free((char *)(uintptr_t)sidecars->texts[i].data);
    sidecars->n = 0;
}

static bool
is_by(const stk_text *text, const unsigned char id[STK_KEY_ID_BYTES])
{
    char why[STK_WHY_MAX];
    stk_minisig sig;

    return stk_minisig_parse(&sig, text->data, text->length, why) ==
               STK_TRUST_OK &&
           !memcmp(sig.id, id, STK_KEY_ID_BYTES);
}

unsigned
stk_sidecar_place(const char *path, const unsigned char id[STK_KEY_ID_BYTES])
{
    unsigned after_last = 1;

    for (unsigned i = 1; i <= STK_SIGNATURES_MAX; i++) {
        STK_CLEANUP(stk_freep) char *file = stk_sidecar_path(path, i);
        stk_text text = { NULL, 0 };
        bool own;

        if (!file || load_one(&text, AT_FDCWD, file, NULL) != 1)
            continue;
        own = is_by(&text, id);
        free((char *)(uintptr_t)text.data);
        if (own)
            return i;
        after_last = i + 1;
    }
    return after_last <= STK_SIGNATURES_MAX ? after_last : 0;
}

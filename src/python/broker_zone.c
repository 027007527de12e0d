/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time zone that a worker asks for: it opens no file itself. What every
 * machine has is no secret, and nothing else is to be had: the name is one
 * of letters, and the file begins as those of zones do (RFC 8536).
 */
#include "python/broker.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

#define ZONE_MAX 65536u /* bytes; the largest has 4000 */
#define KEY_MAX  100u
#define KEY_LETTERS                                                           \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"

/* No dot, so no way out of the folder. */
static bool
is_key(const char *key)
{
    size_t length = strlen(key);

    return length > 0 && length <= KEY_MAX && key[0] != '/' &&
           strspn(key, KEY_LETTERS) == length;
}

static bool
is_zone(const stk_file *file)
{
    return file->length > 4 && !memcmp(file->data, "TZif", 4);
}

int
stk_broker_zone(char **data, size_t *length, const char *key)
{
    static const char *const folders[] = { "/usr/share/zoneinfo",
                                           "/usr/lib/zoneinfo",
                                           "/usr/share/lib/zoneinfo",
                                           "/etc/zoneinfo" };

    for (size_t i = 0; is_key(key) && i < sizeof folders / sizeof *folders;
         i++) {
        STK_CLEANUP(stk_freep) char *path = stk_path_join(folders[i], key);
        STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };

        if (path && stk_file_read(&file, path, ZONE_MAX, NULL) == 0 &&
            is_zone(&file)) {
            *data = STK_STEAL(file.data);
            *length = file.length;
            return 1;
        }
    }
    return 0;
}

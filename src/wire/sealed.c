/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that nobody can change any more, made and mapped. */
#include "wire/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int
stk_sealed_new(int *fd, const void *data, size_t length, stk_error *err)
{
    STK_CLEANUP(stk_closep) int memory = -1;

    memory = memfd_create("stockade", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* written, not mapped: a mapping costs a fault for each page */
    if (memory < 0 || stk_fd_write(memory, data, length) < 0 ||
        fcntl(memory, F_ADD_SEALS, SEALS | F_SEAL_SEAL) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "a sealed memory of %zu bytes", length);
    *fd = memory;
    memory = -1;
    return 0;
}

static int
map_sealed(stk_sealed *sealed, int fd, size_t length, stk_error *err)
{
    void *map;

    *sealed = (stk_sealed){ (const unsigned char *)"", 0 };
    if (length == 0)
        return 0;
    map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "a sealed memory: mmap");
    *sealed = (stk_sealed){ map, length };
    return 0;
}

int
stk_sealed_map(stk_sealed *sealed, int fd, size_t length, size_t maximum,
               stk_error *err)
{
    struct stat st;
    int seals;

    if (length > maximum)
        return stk_error_set(err, STK_E_LIMIT,
                             "a buffer of more than %zu bytes", maximum);
    /* only a memfd has seals: of anything else this is an error */
    seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return stk_error_set(err, STK_E_INVALID, "a buffer without seals");
    /* after the seals: from then on the size is what it is */
    if (fstat(fd, &st) < 0 || st.st_size < 0 || (size_t)st.st_size != length)
        return stk_error_set(err, STK_E_INVALID,
                             "a buffer that has not %zu bytes", length);
    return map_sealed(sealed, fd, length, err);
}

int
stk_sealed_trust(stk_sealed *sealed, int fd, size_t length, stk_error *err)
{
    return map_sealed(sealed, fd, length, err);
}

void
stk_sealed_clear(stk_sealed *sealed)
{
    if (sealed->length)
        munmap((void *)(uintptr_t)sealed->data, sealed->length);
    *sealed = (stk_sealed)STK_SEALED_INIT;
}

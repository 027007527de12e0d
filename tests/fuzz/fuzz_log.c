/* SPDX-License-Identifier: Apache-2.0 */
/* A whole log: read to its end and verified, whatever it holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stockade/audit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(const char *path, const stk_log_summary *summary)
{
    stk_log_reader *reader = NULL;
    stk_record record;
    uint64_t records = 0;
    int result;

    if (stk_log_reader_open(&reader, path, NULL) < 0)
        abort();
    while ((result = stk_log_reader_next(reader, &record, NULL)) != 0) {
        if (result < 0 && result != -STK_E_INVALID && result != -STK_E_LIMIT)
            abort();
        records += result > 0;
    }
    if (records != summary->records)
        abort();
    stk_log_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_log_summary summary;
    char path[64];
    int fd = memfd_create("log", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (stk_log_verify(&summary, path, NULL, NULL) < 0)
        abort();
    if (summary.records > size || summary.chains > summary.records)
        abort();
    read_all(path, &summary);
    close(fd);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How much of an extension's file is ever loaded: its segments. */
#include "trust/loadable.h"

#include <stdint.h>
#include <string.h>

#include "trust/bytes.h"

/* System V ABI, "ELF-64 object file format". */
#define HEADER        64u
#define TABLE_AT      32u /* in the header: u64, where the segments are told */
#define ENTRY_SIZE_AT 54u /* u16, u16: bytes of an entry, entries */
#define ENTRY         56u
#define OFFSET_AT     8u /* in an entry: u64 */
#define SIZE_AT       32u

static const unsigned char magic[] = { 0x7F, 'E', 'L', 'F', 2, 1 };

/* `offset + size`, where that is in the file; 0 otherwise. */
static uint64_t
end_of(uint64_t offset, uint64_t size, size_t length)
{
    return offset <= length && size <= length - offset ? offset + size : 0;
}

size_t
stk_loadable(const void *data, size_t length)
{
    const unsigned char *file = data;
    uint64_t table, n, end, at;

    if (length < HEADER || memcmp(file, magic, sizeof magic) != 0 ||
        stk_bytes_at(file + ENTRY_SIZE_AT, 2) != ENTRY)
        return length;
    table = stk_bytes_at(file + TABLE_AT, 8);
    n = stk_bytes_at(file + ENTRY_SIZE_AT + 2, 2);
    end = end_of(table, n * ENTRY, length);
    if (n == 0 || end < HEADER)
        return length;
    for (const unsigned char *entry = file + table; n > 0;
         n--, entry += ENTRY) {
        if (stk_bytes_at(entry + SIZE_AT, 8) == 0)
            continue;
        at = end_of(stk_bytes_at(entry + OFFSET_AT, 8),
                    stk_bytes_at(entry + SIZE_AT, 8), length);
        if (at == 0)
            return length;
        if (at > end)
            end = at;
    }
    return (size_t)end;
}

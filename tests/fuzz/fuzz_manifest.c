/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest. What is read is found by its names and paths, and
 * written again it is the same bytes: no two texts are one tree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trust/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_up(const stk_manifest *m, const stk_row *row)
{
    size_t n;
    const stk_row *found = stk_manifest_find(m, row->name, &n);

    if (*row->name && (!found || row < found || row >= found + n))
        abort();
    if (stk_manifest_find_path(m, row->path) != row ||
        !stk_naming_fits(row->kind, row->name, row->path, m->head.prefix))
        abort();
    for (size_t i = 0; i < row->n_codes; i++) {
        const stk_code *code = &row->codes[i];
        STK_CLEANUP(stk_freep) char *path = stk_row_code_path(row, code);

        if (stk_row_code(row, code->tag, code->magic, code->optimisation) !=
                code ||
            !path || strstr(path, ".."))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = NULL;
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_error err = STK_ERROR_INIT;
    size_t length;
    int result =
        stk_manifest_parse(&m, (const char *)data, size, "fuzz", &err);

    if (result < 0) {
        if (m || !err.message[0] || err.code != -result)
            abort();
        return 0;
    }
    for (size_t i = 0; i < m->n_rows; i++)
        look_up(m, &m->rows[i]);
    if (stk_manifest_print(&text, &length, &m->head, m->rows, m->n_rows,
                           &err) < 0 ||
        length != size || memcmp(text, data, size) != 0)
        abort();
    return 0;
}

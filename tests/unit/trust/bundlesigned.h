/* SPDX-License-Identifier: Apache-2.0 */
/* The small bundle, to be signed with the keys of tests. */
#ifndef STK_TESTS_BUNDLESIGNED_H
#define STK_TESTS_BUNDLESIGNED_H

#include "bundled.h"
#include "signing.h"

/* The small bundle without its signatures. */
static inline stk_buffer
build(size_t *header)
{
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), header);

    out.length -= strlen(BUNDLED_SIGNATURE);
    return out;
}

static inline stk_comment
comment_of(const stk_buffer *out, size_t header)
{
    stk_comment c;

    assert_int_equal(stk_bundle_comment(&c, out->data, header, NULL), 0);
    return c;
}

static inline void
add_signature(stk_buffer *out, size_t header, unsigned by,
              const stk_comment *comment)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_bundle_sign(out, header, signers[by].key, comment, &err) < 0)
        fail_msg("%s", err.message);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A signed bundle in the folder of a test. */
#ifndef STK_UNIT_SITEBUNDLE_H
#define STK_UNIT_SITEBUNDLE_H

#include "site.h"
#include "base/cleanup.h"
#include "trust/bundle.h"
#include "trust/bundle_write.h"

#define SHOP "name = 'shop'\n"
#define CART "name = 'cart'\n"

static const stk_bundle_code_of bundle_code = { 0, "code", 4 };
static const stk_bundle_code_of bundle_start = { 0, "on", 2 };

#define BUNDLE_FILE(kind, name, path)                                         \
    {                                                                         \
        kind, name, path, kind == STK_KIND_NAMESPACE ? NULL : path,           \
            kind == STK_KIND_NAMESPACE ? 0 : sizeof path - 1, NULL, 0         \
    }

/* Writes shop.stk of these files; returns the length of its header. */
static inline size_t
make_bundle_of(void **state, const stk_bundle_file *files, size_t n)
{
    stk_bundle_python python = { "cpython-311", { 0 }, 0 };
    stk_bundle_about about = { "", "shop",  "1", 1, time(NULL) - DAY,
                               0,  &python, 1 };
    STK_CLEANUP(stk_bundle_writer_freep) stk_bundle_writer *writer = NULL;
    stk_buffer out = STK_BUFFER_INIT(1 << 20);
    stk_error err = STK_ERROR_INIT;
    stk_comment comment;
    size_t header = 0;

    memcpy(python.magic, site_python.magic, sizeof python.magic);
    assert_int_equal(stk_bundle_writer_new(&writer, &about, &err), 0);
    for (size_t i = 0; i < n; i++)
        if (stk_bundle_add(writer, &files[i], &err) < 0)
            fail_msg("%s", err.message);
    if (stk_bundle_finish(&out, &header, writer, "shop", &err) < 0)
        fail_msg("%s", err.message);
    if (stk_bundle_comment(&comment, out.data, header, &err) < 0 ||
        stk_bundle_sign(&out, header, signers[0].key, &comment, &err) < 0)
        fail_msg("%s", err.message);
    site_write(state, "shop.stk", out.data, out.length);
    stk_buffer_clear(&out);
    return header;
}

/* The package `shop`, with code, a module without, a namespace, data and
 * extensions. */
static inline void
make_bundle(void **state)
{
    stk_bundle_file files[] = {
        { STK_KIND_PACKAGE, "shop", "shop/__init__.py", SHOP, strlen(SHOP),
          &bundle_code, 1 },
        { STK_KIND_MODULE, "shop.cart", "shop/cart.py", CART, strlen(CART),
          NULL, 0 },
        BUNDLE_FILE(STK_KIND_NAMESPACE, "shop.more", "shop/more"),
        { STK_KIND_DATA, "", "shop/prices.txt", "1\n", 2, NULL, 0 },
        { STK_KIND_EXTENSION, "shop.fast", "shop/fast" SITE_SUFFIX, "one", 3,
          &bundle_start, 1 },
        { STK_KIND_EXTENSION, "shop.slow", "shop/slow" SITE_SUFFIX, "two", 3,
          NULL, 0 },
    };

    make_bundle_of(state, files, UNIT_COUNT(files));
}

#define RULE "shop = signed bundle:shop.stk\n"

static inline stk_evidence
find_in_bundle(void **state, stk_evidence_store *store, const char *name)
{
    stk_sought sought = {
        name, unit_path(state, "shop.stk"), NULL, 0, &site_python, false, false
    };
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    return found;
}

#endif

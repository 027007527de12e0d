/* SPDX-License-Identifier: Apache-2.0 */
/* A small bundle, its parts at hand, and a judge that takes no other. */
#ifndef STK_TESTS_BUNDLED_H
#define STK_TESTS_BUNDLED_H

#include "trust/bundle.h"
#include "trust/bundle_page.h"
#include "trust/bundle_write.h"

#include "unit.h"

static const stk_bundle_python bundled_pythons[] = {
    { "cpython-311", { 0xa7, 0x0d, 0x0d, 0x0a }, 0 },
    { "cpython-38", { 0x55, 0x0d, 0x0d, 0x0a }, 0 },
};

static const char bundled_cart[] = "def total():\n    return 42\n";
#define BUNDLED_CODE "code of the cart, code of the cart, code of the cart"

static const stk_bundle_code_of bundled_codes[] = {
    { 0, BUNDLED_CODE "!", sizeof BUNDLED_CODE },
    { 1, BUNDLED_CODE, sizeof BUNDLED_CODE - 1 },
};

#define BUNDLED_FILE(kind, name, path, text)                                  \
    {                                                                         \
        kind, name, path, text, sizeof text - 1, NULL, 0                      \
    }

static const stk_bundle_file bundled_files[] = {
    { STK_KIND_MODULE, "shop.cart", "shop/cart.py", bundled_cart,
      sizeof bundled_cart - 1, bundled_codes, 2 },
    BUNDLED_FILE(STK_KIND_PACKAGE, "shop", "shop/__init__.py", ""),
    { STK_KIND_NAMESPACE, "shop.space", "shop/space", NULL, 0, NULL, 0 },
    BUNDLED_FILE(STK_KIND_MODULE, "shop.space.deep", "shop/space/deep.py",
                 "deep = True\n"),
    BUNDLED_FILE(STK_KIND_MODULE, "shop.fast", "shop/fast.py", "slow = 1\n"),
    BUNDLED_FILE(STK_KIND_EXTENSION, "shop.fast", "shop/fast.abi3.so",
                 "\177ELF"),
    BUNDLED_FILE(STK_KIND_DATA, "", "shop/list.json", "[1, 2, 3]\n"),
};

static const stk_bundle_about bundled_about = {
    "corp/prod", "shop",     "2.4.1",         317,
    1700000000,  1900000000, bundled_pythons, UNIT_COUNT(bundled_pythons),
};

/* Any four lines, which the judge below knows. */
#define BUNDLED_SIGNATURE STK_BUNDLE_UNTRUSTED "signed\nwhat\nwhen\n"

/* The bytes of a bundle of these files, signed as above. Cleared by
 * stk_buffer_clear(). */
static inline stk_buffer
bundled_build(const stk_bundle_file *files, size_t n, size_t *header)
{
    stk_buffer out = STK_BUFFER_INIT(64u << 20);
    stk_bundle_writer *writer = NULL;
    stk_error err = STK_ERROR_INIT;

    if (stk_bundle_writer_new(&writer, &bundled_about, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < n; i++)
        if (stk_bundle_add(writer, &files[i], &err) < 0)
            fail_msg("%s", err.message);
    if (stk_bundle_finish(&out, header, writer, "shop", &err) < 0)
        fail_msg("%s", err.message);
    stk_bundle_writer_freep(&writer);
    stk_buffer_puts(&out, BUNDLED_SIGNATURE);
    return out;
}

static inline const char *
bundled_write(void **state, const char *name)
{
    size_t header;
    stk_buffer out =
        bundled_build(bundled_files, UNIT_COUNT(bundled_files), &header);
    const char *path = unit_write(state, name, out.data, out.length);

    stk_buffer_clear(&out);
    return path;
}

/* What the judge was shown, for a test to look at. */
typedef struct bundled_judged {
    unsigned char header[STK_DIGEST_BYTES]; /* zeros: any will do */
    size_t n;
} bundled_judged;

static inline int
bundled_judge(void *payload, const stk_bundle_header *header,
              const stk_text *bytes, const stk_text *signatures, size_t n,
              stk_refusal *why)
{
    static const unsigned char any[STK_DIGEST_BYTES];
    bundled_judged *judged = payload;
    unsigned char digest[STK_DIGEST_BYTES];

    assert_int_equal(header->length, bytes->length);
    stk_digest_memory(digest, bytes->data, bytes->length);
    for (size_t i = 0; i < n; i++)
        if (signatures[i].length != strlen(BUNDLED_SIGNATURE) ||
            memcmp(signatures[i].data, BUNDLED_SIGNATURE,
                   signatures[i].length) != 0)
            return stk_refuse(why, STK_TRUST_SIGNATURE, "not signed so");
    if (!judged)
        return 0;
    judged->n = n;
    if (memcmp(judged->header, any, sizeof any) != 0 &&
        memcmp(judged->header, digest, sizeof digest) != 0)
        return stk_refuse(why, STK_TRUST_SIGNATURE, "not this header");
    return 0;
}

static inline stk_bundle *
bundled_open(const char *path)
{
    stk_bundle *bundle = NULL;
    stk_refusal why;

    if (stk_bundle_open_judged(&bundle, path, bundled_judge, NULL, &why) < 0)
        fail_msg("%s: %s", stk_trust_name(why.trust), why.message);
    return bundle;
}

#endif

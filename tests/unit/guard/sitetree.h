/* SPDX-License-Identifier: Apache-2.0 */
/* Signed trees in the folder of a test. */
#ifndef STK_UNIT_SITETREE_H
#define STK_UNIT_SITETREE_H

#include "site.h"
#include "trust/manifest.h"

#define SHOP "name = 'shop'\n"
#define CART "name = 'cart'\n"

static inline stk_row
row_of(enum stk_kind kind, const char *name, const char *path,
       const char *body)
{
    stk_row row = { .kind = kind, .name = name, .path = path };

    if (body) {
        row.size = strlen(body);
        stk_digest_memory(row.digest, body, strlen(body));
    }
    return row;
}

/* Writes the manifest of these rows into the folder `at` and signs it. */
static inline void
sign_rows(void **state, const char *at, const char *prefix,
          const stk_row *rows, size_t n)
{
    /* as site_sign() says it */
    stk_manifest_head head = { .package = "",
                               .version = "",
                               .context = "",
                               .prefix = prefix,
                               .signed_at = time(NULL) - DAY };
    stk_error err = STK_ERROR_INIT;
    char path[256], *text = NULL;
    size_t length = 0;

    if (stk_manifest_print(&text, &length, &head, rows, n, &err) < 0)
        fail_msg("%s", err.message);
    snprintf(path, sizeof path, "%s%s" STK_MANIFEST_FILE, at,
             at[0] ? "/" : "");
    site_text(state, path, text);
    site_sign(state, path, text, STK_KIND_MANIFEST, prefix[0] ? prefix : "-");
    free(text);
}

/* The package `shop` with a module, signed as a tree of its own. */
static inline void
make_shop(void **state)
{
    stk_row rows[] = {
        row_of(STK_KIND_PACKAGE, "shop", "__init__.py", SHOP),
        row_of(STK_KIND_MODULE, "shop.cart", "cart.py", CART),
        row_of(STK_KIND_DATA, "", "prices.txt", "1\n"),
        row_of(STK_KIND_NAMESPACE, "shop.more", "more", NULL),
    };

    site_text(state, "shop/__init__.py", SHOP);
    site_text(state, "shop/cart.py", CART);
    site_text(state, "shop/prices.txt", "1\n");
    assert_int_equal(mkdir(unit_path(state, "shop/more"), 0755), 0);
    sign_rows(state, "shop", "shop", rows, UNIT_COUNT(rows));
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of signed modules, a policy that wants them signed, a store. */
#ifndef STK_UNIT_SITE_H
#define STK_UNIT_SITE_H

#include <sys/stat.h>
#include <time.h>

#include "guard/evidence.h"
#include "trust/digest.h"

#include "../trust/signing.h"

#define SITE_SUFFIX ".cpython-311-x86_64-linux-gnu.so"

static const char *const site_suffixes[] = { SITE_SUFFIX, ".abi3.so", ".so" };
static const stk_python site_python = {
    "cpython-311", { 0xa7, 0x0d, 0x0d, 0x0a }, 0,
    site_suffixes, UNIT_COUNT(site_suffixes),  NULL
};

/* A file of the site: its folders are made. Returns its path. */
static inline const char *
site_write(void **state, const char *path, const void *data, size_t length)
{
    char folder[PATH_MAX];

    for (const char *slash = strchr(path, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%s/%.*s", (char *)*state,
                 (int)(slash - path), path);
        if (mkdir(folder, 0755) < 0)
            assert_int_equal(errno, EEXIST);
    }
    return unit_write(state, path, data, length);
}

static inline const char *
site_text(void **state, const char *path, const char *text)
{
    return site_write(state, path, text, strlen(text));
}

/* Signs `body` as the file at `path` would be: `path`.minisig. */
static inline void
site_sign(void **state, const char *path, const char *body, enum stk_kind kind,
          const char *module)
{
    stk_comment comment = { .kind = kind, .signed_at = time(NULL) - DAY };
    char name[PATH_MAX];
    char *text;

    snprintf(comment.module, sizeof comment.module, "%s", module);
    comment.size = strlen(body);
    stk_digest_memory(comment.hash, body, strlen(body));
    text = sign(0, body, &comment);
    snprintf(name, sizeof name, "%s.minisig", path);
    site_text(state, name, text);
    free(text);
}

/* A module and its signature. */
static inline void
site_module(void **state, const char *path, enum stk_kind kind,
            const char *module)
{
    char body[256];

    snprintf(body, sizeof body, "name = '%s'\n", module);
    site_text(state, path, body);
    site_sign(state, path, body, kind, module);
}

/* The store of a policy under which `shop`, `tools` and `ns` must be signed by
 * the first signer; `more` is further text of [modules]. */
static inline stk_evidence_store *
site_store(void **state, const char *signing, const char *more)
{
    stk_evidence_store *store = NULL;
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    char text[4096];

    snprintf(text, sizeof text,
             "[stockade]\nversion = 1\ndefault = deny\n"
             "[key a]\npublic = %s\nmodules = *\n[signing]\n%s"
             "[modules]\n*=signed\n%s",
             signers[0].text, signing, more);
    unit_write(state, "policy.ini", text, strlen(text));
    if (stk_policy_load(&policy, unit_path(state, "policy.ini"), NULL, NULL,
                        &err) < 0 ||
        stk_evidence_store_new(&store, policy, &err) < 0)
        fail_msg("%s", err.message);
    stk_policy_free(policy);
    return store;
}

/* Looks for `name` in the folder `path` of the site; NULL: in the site. */
static inline stk_evidence
site_find_in(void **state, stk_evidence_store *store, const char *path,
             const char *name)
{
    char folder[PATH_MAX];
    const char *folders[] = { folder };
    stk_sought sought = { name, NULL, folders, 1, &site_python, false, false };
    stk_evidence found = STK_EVIDENCE_INIT;

    snprintf(folder, sizeof folder, "%s%s%s", (char *)*state, path ? "/" : "",
             path ? path : "");
    assert_int_equal(stk_evidence_find(store, &sought, &found, NULL), 0);
    return found;
}

static inline stk_evidence
site_find(void **state, stk_evidence_store *store, const char *name)
{
    return site_find_in(state, store, NULL, name);
}

/* What is found is refused, or not there, for exactly this reason. */
static inline void
site_expect(void **state, stk_evidence_store *store, const char *name,
            enum stk_trust trust)
{
    stk_evidence found = site_find(state, store, name);

    if (found.trust != trust)
        print_message("%s: %s\n", name, found.message);
    assert_trust(found, trust);
    if (trust != STK_TRUST_OK) {
        assert_null(found.code);
        if (trust != STK_TRUST_NONE)
            assert_true(found.message[0]);
    }
    stk_evidence_clear(&found);
}

#endif

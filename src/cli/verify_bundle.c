/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: a bundle, each page and each content of it. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/bundle.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verify.h"
#include "trust/bundle_check.h"

typedef struct checking {
    const char *path;
    cli_progress progress;
    uint64_t done, rows;
} checking;

/* ---- its contents --------------------------------------------------- */

static void
take_content(void *payload, const stk_bundle_row *row, int python,
             const stk_refusal *why)
{
    checking *c = payload;

    if (row && python < 0)
        c->done++;
    cli_progress_tell(&c->progress, c->done, c->rows);
    if (!why)
        return;
    cli_progress_end(&c->progress);
    if (row)
        cli_say("%s: %s%s: %s", c->path, row->path,
                python < 0 ? "" : ", its code", stk_trust_name(why->trust));
    else
        cli_say("%s", why->message);
}

/* The proof of a bundle of which everything was read. */
static void
check_contents(stk_proof *proof, const cli_verifier *verifier,
               stk_bundle *bundle, const char *path)
{
    checking c = { path, { 0 }, 0, stk_bundle_head(bundle)->n_rows };
    stk_bundle_checked checked;
    stk_refusal why = { STK_TRUST_NONE, "" };
    int failed;

    cli_progress_start(&c.progress, stderr, "verifying");
    failed = stk_bundle_check(&checked, bundle, verifier->ring, take_content,
                              &c, &why);
    cli_progress_end(&c.progress);
    if (failed == 0 && checked.wrong == 0)
        return;
    proof->trust = STK_TRUST_HASH;
    if (failed < 0) {
        snprintf(proof->message, sizeof proof->message, "%s", why.message);
    } else if (checked.revoked == checked.wrong) {
        proof->trust = STK_TRUST_HASH_REVOKED;
        snprintf(proof->message, sizeof proof->message,
                 "the policy has revoked %zu of its files ([signing] "
                 "revoked); get a release without %s",
                 checked.revoked, checked.revoked == 1 ? "it" : "them");
    } else {
        snprintf(proof->message, sizeof proof->message,
                 "its header is signed by %s, but %zu of its parts %s not "
                 "what was signed; get it again",
                 proof->key, checked.wrong, checked.wrong == 1 ? "is" : "are");
    }
}

/* The path is told before it. */
static void
strip_path(stk_proof *proof, const char *path)
{
    char real[PATH_MAX];
    size_t n = strlen(path);

    if (strncmp(proof->message, path, n) != 0) {
        if (!realpath(path, real))
            return;
        n = strlen(real);
        if (strncmp(proof->message, real, n) != 0)
            return;
    }
    if (!strncmp(proof->message + n, ": ", 2))
        memmove(proof->message, proof->message + n + 2,
                strlen(proof->message + n + 2) + 1);
}

/* ---- its names ------------------------------------------------------ */

/* What the signatures say of one name more; false when it does not hold. */
static bool
check_name(stk_proof *proof, const cli_verifier *verifier, enum stk_kind kind,
           const char *name)
{
    stk_proof one;

    stk_keyring_covers(&one, verifier->ring, proof, kind, name, verifier->now);
    if (one.trust == STK_TRUST_OK)
        return true;
    *proof = one;
    return false;
}

/* A key may be good for some of the names alone, and one name may want more
 * keys than another: the first one that does not hold is told. */
static void
check_names(stk_proof *proof, const cli_verifier *verifier, stk_bundle *bundle)
{
    stk_bundle_cursor cursor = { 0, 0 };
    stk_bundle_row row;

    while (stk_bundle_next(&row, bundle, &cursor, NULL) > 0)
        if (row.kind != STK_KIND_DATA &&
            !check_name(proof, verifier, row.kind, row.name))
            return;
}

void
cli_prove_bundle(stk_bundle **out, stk_proof *proof,
                 const cli_verifier *verifier, const char *path)
{
    if (stk_bundle_open(out, proof, path, verifier->ring, verifier->now) ==
        0) {
        check_names(proof, verifier, *out);
        if (proof->trust == STK_TRUST_OK)
            check_contents(proof, verifier, *out, path);
        cli_verify_accept(verifier, proof);
    }
    strip_path(proof, path);
}

int
cli_verify_bundle(const cli_verifier *verifier, const char *path)
{
    STK_CLEANUP(stk_bundle_freep) stk_bundle *bundle = NULL;
    const char *name = "-";
    stk_proof proof;

    cli_prove_bundle(&bundle, &proof, verifier, path);
    if (bundle)
        name = stk_bundle_module(stk_bundle_head(bundle));
    return cli_verify_tell(verifier, path, STK_KIND_BUNDLE, name, &proof);
}

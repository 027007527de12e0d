/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: a folder against the manifest in it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/tree_manifest.h"
#include "cli/verify.h"
#include "trust/compare.h"
#include "trust/sidecar.h"

#define NAMES_SHOWN                                                           \
    10u /* of what a key may not sign; the rest is a number                   \
         */

typedef struct tree_check {
    const cli_verifier *verifier;
    const char *path;
    char prefix[STK_NAMING_MAX + 1];
    stk_tree tree;
    stk_manifest *manifest;
    json_t *differences;
    json_t *names; /* that the signatures do not hold for */
    size_t n_different;
    bool undone; /* a signing that was killed left something */
    stk_proof proof;
} tree_check;

static void refuse(tree_check *check, enum stk_trust trust, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));

/* The first reason stays: what follows may come from it. */
static void
refuse(tree_check *check, enum stk_trust trust, const char *format, ...)
{
    stk_proof *proof = &check->proof;
    va_list args;

    if (proof->trust != STK_TRUST_OK && proof->trust != STK_TRUST_NONE)
        return;
    proof->trust = trust;
    va_start(args, format);
    vsnprintf(proof->message, sizeof proof->message, format, args);
    va_end(args);
}

static void
refuse_error(tree_check *check, enum stk_trust trust, const stk_error *err)
{
    char text[STK_MESSAGE_MAX];

    refuse(check, trust, "%s", stk_error_text(err, text, sizeof text));
}

/* ---- the manifest and its signatures -------------------------------- */

static bool
read_manifest(tree_check *check, char **text, size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_error err = STK_ERROR_INIT;
    int found = stk_beneath_open(&fd, check->tree.fd, STK_MANIFEST_FILE, &err);

    if (found == STK_BENEATH_MISSING)
        refuse(check, STK_TRUST_UNSIGNED,
               "there is no " STK_MANIFEST_FILE "; stockade sign makes one");
    else if (found == STK_BENEATH_FOLDER || found == STK_BENEATH_OTHER)
        refuse(check, STK_TRUST_PATH, STK_MANIFEST_FILE " is no file");
    else if (found < 0)
        refuse_error(check, STK_TRUST_IO, &err);
    else if (stk_beneath_read(text, length, fd, STK_MANIFEST_MAX, &err) < 0)
        refuse_error(check,
                     err.code == STK_E_LIMIT ? STK_TRUST_TOO_LARGE
                                             : STK_TRUST_IO,
                     &err);
    return *text != NULL;
}

static bool
check_signatures(tree_check *check, const char *text, size_t length)
{
    STK_CLEANUP(stk_sidecars_clear) stk_sidecars signatures = { .n = 0 };
    STK_CLEANUP(stk_freep)
    char *file = stk_path_join(check->path, STK_MANIFEST_FILE);
    const stk_claim claim = { .kind = STK_KIND_MANIFEST,
                              .module = *check->prefix ? check->prefix : "-",
                              .basename = STK_MANIFEST_FILE,
                              .data = text,
                              .length = length };
    stk_error err = STK_ERROR_INIT;

    if (!file)
        die(CLI_MACHINE, "out of memory");
    if (stk_sidecars_load(&signatures, file, &err) < 0) {
        refuse_error(check, STK_TRUST_IO, &err);
        return false;
    }
    stk_keyring_verify(&check->proof, check->verifier->ring, &claim,
                       signatures.texts, signatures.n, check->verifier->now);
    return check->proof.trust == STK_TRUST_OK;
}

/* Whoever signs by hand can sign two stories. */
static bool
is_one_story(const stk_manifest_head *head, const tree_check *check)
{
    const stk_story story = { head->package, head->version, head->context,
                              head->sequence, head->expires };

    return !strcmp(head->prefix, check->prefix) &&
           head->signed_at == check->proof.signed_at &&
           stk_keyring_agrees(check->verifier->ring, &check->proof, &story);
}

static bool
load_manifest(tree_check *check)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_error err = STK_ERROR_INIT;
    size_t length = 0;

    if (!read_manifest(check, &text, &length) ||
        !check_signatures(check, text, length))
        return false;
    if (stk_manifest_parse(&check->manifest, text, length, STK_MANIFEST_FILE,
                           &err) < 0) {
        refuse_error(check, STK_TRUST_MALFORMED, &err);
        return false;
    }
    if (!is_one_story(&check->manifest->head, check)) {
        refuse(check, STK_TRUST_MALFORMED,
               "the head of " STK_MANIFEST_FILE
               " is not what its signature says");
        return false;
    }
    return true;
}

/* ---- the names in it ------------------------------------------------ */

static void
add_name(tree_check *check, const stk_row *row, enum stk_trust trust,
         const char *message)
{
    json_t *told = cli_json_object();

    cli_json_set(told, "name",
                 cli_json_text(*row->name ? row->name : row->path));
    cli_json_set(told, "trust", cli_json_text(stk_trust_name(trust)));
    cli_json_set(told, "message", cli_json_text(message));
    cli_json_add(check->names, told);
    refuse(check, trust, "%s", message);
}

static bool
is_revoked(const tree_check *check, const stk_row *row)
{
    const stk_keyring *ring = check->verifier->ring;

    for (size_t i = 0; i < row->n_codes; i++)
        if (stk_keyring_is_revoked(ring, row->codes[i].digest))
            return true;
    return row->kind != STK_KIND_NAMESPACE &&
           stk_keyring_is_revoked(ring, row->digest);
}

/* A signature over the tree holds for the names that its keys are good for,
 * and for no other. */
static void
check_names(tree_check *check)
{
    const stk_proof signed_by = check->proof;
    const stk_manifest *m = check->manifest;

    for (size_t i = 0; i < m->n_rows; i++) {
        const stk_row *row = &m->rows[i];
        stk_proof one;

        if (is_revoked(check, row)) {
            add_name(check, row, STK_TRUST_HASH_REVOKED,
                     "the policy has revoked this content; get a release "
                     "without it");
            continue;
        }
        if (row->kind == STK_KIND_DATA)
            continue;
        stk_keyring_covers(&one, check->verifier->ring, &signed_by, row->kind,
                           row->name, check->verifier->now);
        if (one.trust != STK_TRUST_OK)
            add_name(check, row, one.trust, one.message);
    }
}

/* ---- the files ------------------------------------------------------ */

static enum stk_trust
trust_of(enum stk_difference_kind kind)
{
    switch (kind) {
    case STK_DIFFERENCE_ADDED:
        return STK_TRUST_UNLISTED;
    case STK_DIFFERENCE_KIND:
        return STK_TRUST_PATH;
    case STK_DIFFERENCE_UNREADABLE:
        return STK_TRUST_IO;
    default:
        return STK_TRUST_HASH;
    }
}

static void
take_difference(void *payload, const stk_difference *found)
{
    tree_check *check = payload;
    json_t *told = cli_json_object();

    cli_json_set(told, "kind",
                 cli_json_text(stk_difference_name(found->kind)));
    cli_json_set(told, "path", cli_json_text(found->path));
    cli_json_set(told, "detail",
                 cli_json_text(*found->detail ? found->detail : NULL));
    cli_json_add(check->differences, told);
    if (check->n_different++ == 0)
        refuse(check, trust_of(found->kind),
               "the tree is not as it was signed");
}

static void
check_files(tree_check *check)
{
    cli_progress progress;
    const stk_tree_watch watch = { cli_progress_tell, &progress, NULL };
    const stk_compare how = { take_difference, check, &watch };
    stk_error err = STK_ERROR_INIT;
    size_t n;

    cli_progress_start(&progress, stderr, "reading");
    if (stk_tree_compare(&n, &check->tree, check->manifest, &how, &err) < 0)
        refuse_error(check, STK_TRUST_IO, &err);
    cli_progress_end(&progress);
}

/* ---- telling -------------------------------------------------------- */

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void
put_line(const json_t *told, const char *word, const char *what,
         const char *detail)
{
    fputs("  ", stdout);
    cli_put_coloured(stdout, CLI_RED, text_of(told, word));
    fputs(" ", stdout);
    cli_put(stdout, text_of(told, what));
    if (*text_of(told, detail)) {
        fputs(": ", stdout);
        cli_put(stdout, text_of(told, detail));
    }
    putchar('\n');
}

static void
put_all(const tree_check *check)
{
    size_t n = json_array_size(check->names), i;
    json_t *told;

    json_array_foreach(check->differences, i, told)
        put_line(told, "kind", "path", "detail");
    json_array_foreach(check->names, i, told)
    {
        if (i == NAMES_SHOWN)
            break;
        put_line(told, "trust", "name", "message");
    }
    if (n > NAMES_SHOWN)
        printf("  and %zu more\n", n - NAMES_SHOWN);
    if (check->undone)
        puts("  unfinished " STK_CODE_UNDONE ": left by a `stockade sign` "
             "that was killed; nothing reads it, and the next one removes it");
}

static int
tell_all(tree_check *check)
{
    json_t *list = check->verifier->json;
    int status =
        cli_verify_tell(check->verifier, check->path, STK_KIND_MANIFEST,
                        *check->prefix ? check->prefix : "-", &check->proof);

    if (list) {
        json_t *told = json_array_get(list, json_array_size(list) - 1);

        cli_json_set(told, "differences", json_incref(check->differences));
        cli_json_set(told, "names", json_incref(check->names));
        cli_json_set(told, "unfinished",
                     cli_json_text(check->undone ? STK_CODE_UNDONE : NULL));
    } else {
        put_all(check);
    }
    return status;
}

/* ---- the cache ------------------------------------------------------ */

static int
keep_row(const tree_check *check, const stk_row *row, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) char *data = NULL;
    cli_cache_source source = { .module = row->name,
                                .path = row->path,
                                .digest = row->digest,
                                .row = row };
    int result = stk_beneath_open(&fd, check->tree.fd, row->path, err);

    if (result < 0)
        return result;
    if (result != STK_BENEATH_FILE)
        return stk_error_set(err, STK_E_INVALID,
                             "%s: changed while it was verified", row->path);
    result = stk_beneath_read(&data, &source.length, fd, STK_CODE_MAX, err);
    if (result < 0)
        return result;
    source.data = data;
    return cli_cache_keep(check->verifier->cache, &source, err);
}

static int
keep_codes(const tree_check *check)
{
    const stk_manifest *m = check->manifest;
    stk_error err = STK_ERROR_INIT;
    int result = 0;

    if (!check->verifier->cache)
        return CLI_GOOD;
    for (size_t i = 0; result == 0 && i < m->n_rows; i++)
        if (m->rows[i].kind & (STK_KIND_MODULE | STK_KIND_PACKAGE))
            result = keep_row(check, &m->rows[i], &err);
    return result < 0 ? cli_say_error(&err) : CLI_GOOD;
}

/* ---- one tree ------------------------------------------------------- */

static bool
is_undone(const tree_check *check)
{
    struct stat st;

    return fstatat(check->tree.fd, STK_CODE_UNDONE, &st,
                   AT_SYMLINK_NOFOLLOW) == 0;
}

static void
check_tree(tree_check *check)
{
    stk_error err = STK_ERROR_INIT;

    if (cli_tree_prefix(check->prefix, check->path, check->verifier->root,
                        &err) < 0) {
        refuse_error(check, STK_TRUST_NAME, &err);
        return;
    }
    if (stk_tree_walk(&check->tree, check->path, &err) < 0) {
        refuse_error(check, STK_TRUST_IO, &err);
        return;
    }
    check->undone = is_undone(check);
    if (load_manifest(check)) {
        check_names(check);
        check_files(check);
    }
    cli_verify_accept(check->verifier, &check->proof);
}

int
cli_verify_tree(const cli_verifier *verifier, const char *path)
{
    tree_check check = { .verifier = verifier,
                         .path = path,
                         .tree = STK_TREE_INIT,
                         .differences = cli_json_array(),
                         .names = cli_json_array() };
    int status;

    if (verifier->kind) {
        cli_say("%s: is a folder; --kind is for files", path);
        status = CLI_USAGE;
    } else {
        check_tree(&check);
        status = tell_all(&check);
        if (status == CLI_GOOD)
            status = keep_codes(&check);
    }
    stk_manifest_free(check.manifest);
    stk_tree_clear(&check.tree);
    json_decref(check.differences);
    json_decref(check.names);
    return status;
}

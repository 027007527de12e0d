/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: one file with the signatures beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/claim.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/verify.h"
#include "policy/moment.h"
#include "trust/naming.h"
#include "trust/sidecar.h"

/* ---- telling -------------------------------------------------------- */

static void
tell_json(json_t *list, const char *path, enum stk_kind kind, const char *name,
          const stk_proof *proof)
{
    bool good = proof->trust == STK_TRUST_OK;
    char hex[STK_DIGEST_HEX];
    json_t *told = cli_json_object();

    cli_json_set(told, "path", cli_json_text(path));
    cli_json_set(told, "kind", cli_json_text(stk_kind_name(kind)));
    cli_json_set(told, "name", cli_json_text(name));
    cli_json_set(told, "trust", cli_json_text(stk_trust_name(proof->trust)));
    cli_json_set(told, "message",
                 cli_json_text(proof->message[0] ? proof->message : NULL));
    cli_json_set(told, "key", cli_json_text(good ? proof->key : NULL));
    cli_json_set(told, "retiring", json_boolean(proof->retiring));
    cli_json_set(told, "hash",
                 cli_json_text(stk_digest_hex(hex, proof->digest)));
    cli_json_set(told, "package", cli_json_text(good ? proof->package : NULL));
    cli_json_set(told, "version", cli_json_text(good ? proof->version : NULL));
    cli_json_set(told, "sequence",
                 good ? json_integer((json_int_t)proof->sequence)
                      : json_null());
    cli_json_set(told, "signed", cli_json_moment(good ? proof->signed_at : 0));
    cli_json_set(told, "expires", cli_json_moment(good ? proof->expires : 0));
    cli_json_add(list, told);
}

static void
tell_good(const char *path, enum stk_kind kind, const char *name,
          const stk_proof *proof)
{
    char text[STK_MOMENT_MAX];

    cli_put(stdout, path);
    fputs(": ", stdout);
    cli_put_coloured(stdout, CLI_GREEN, "good");
    printf(", the %s ", stk_kind_name(kind));
    cli_put(stdout, name);
    fputs(" signed by ", stdout);
    cli_put(stdout, proof->key);
    if (proof->signed_at)
        printf(" on %s", stk_moment_text(text, proof->signed_at, false));
    if (proof->version[0]) {
        fputs(", version ", stdout);
        cli_put(stdout, proof->version);
    }
    if (proof->expires)
        printf(", until %s", stk_moment_text(text, proof->expires, true));
    putchar('\n');
}

static void
tell_line(const char *path, enum cli_colour colour, const char *word,
          const char *message)
{
    cli_put(stdout, path);
    fputs(": ", stdout);
    cli_put_coloured(stdout, colour, word);
    fputs(": ", stdout);
    cli_put(stdout, message);
    putchar('\n');
}

int
cli_verify_tell(const cli_verifier *verifier, const char *path,
                enum stk_kind kind, const char *name, const stk_proof *proof)
{
    bool good = proof->trust == STK_TRUST_OK;

    if (verifier->json) {
        tell_json(verifier->json, path, kind, name, proof);
    } else if (good) {
        tell_good(path, kind, name, proof);
        if (proof->message[0])
            tell_line(path, CLI_YELLOW, "warning", proof->message);
    } else {
        tell_line(path, CLI_RED, stk_trust_name(proof->trust), proof->message);
    }
    return good ? CLI_GOOD : CLI_NO;
}

void
cli_verify_accept(const cli_verifier *verifier, stk_proof *proof)
{
    stk_error err = STK_ERROR_INIT;

    if (!verifier->accept || proof->trust != STK_TRUST_OK ||
        stk_keyring_accept(verifier->ring, proof, &err) == 0)
        return;
    proof->trust = STK_TRUST_STATE;
    stk_error_text(&err, proof->message, sizeof proof->message);
}

/* ---- line ends ------------------------------------------------------ */

#define SOURCE_MAX (64u << 20) /* bytes of a source that is compiled */
#define HINT_MAX   (4u << 20)  /* bytes of a file that is looked at again */

/* Each LF with a CR before it, or none. Freed by free(). */
static char *
turn_ends(const stk_file *file, bool crlf, size_t *length)
{
    char *out = malloc(2 * file->length + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < file->length; i++) {
        if (file->data[i] == '\r' && i + 1 < file->length &&
            file->data[i + 1] == '\n')
            continue;
        if (crlf && file->data[i] == '\n')
            out[n++] = '\r';
        out[n++] = file->data[i];
    }
    *length = n;
    return out;
}

/* Version control likes to change them, and nobody sees it. */
static void
hint_at_ends(const cli_verifier *verifier, const char *path,
             const stk_claim *claim, const stk_sidecars *signatures,
             stk_proof *proof)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };
    stk_claim other = *claim;
    stk_proof again;

    if (stk_file_read(&file, path, HINT_MAX, NULL) < 0)
        return;
    for (int crlf = 0; crlf < 2; crlf++) {
        STK_CLEANUP(stk_freep)
        char *data = turn_ends(&file, crlf, &other.length);

        other.content = NULL;
        other.data = data;
        if (!data)
            return;
        stk_keyring_verify(&again, verifier->ring, &other, signatures->texts,
                           signatures->n, verifier->now);
        if (again.trust == STK_TRUST_OK)
            snprintf(proof->message, sizeof proof->message,
                     "its line ends were changed: what was signed has %s",
                     crlf ? "CR LF" : "LF alone");
    }
}

/* ---- trees ---------------------------------------------------------- */

/* Up from `folder`, which is cut, to where a manifest lies. */
static bool
find_manifest(char *folder)
{
    for (char *slash = strrchr(folder, '/'); slash;
         slash = strrchr(folder, '/')) {
        STK_CLEANUP(stk_freep) char *manifest = NULL;

        *slash = '\0';
        manifest = stk_path_join(folder, STK_MANIFEST_FILE);
        if (!manifest || access(manifest, F_OK) == 0)
            return manifest;
    }
    return false;
}

/* What is signed as a tree has no signatures file by file. */
static void
hint_at_tree(const char *path, stk_proof *proof)
{
    STK_CLEANUP(stk_freep) char *folder = realpath(path, NULL);

    if (folder && find_manifest(folder))
        snprintf(proof->message, sizeof proof->message,
                 "it has no signature of its own, and is in a signed tree; "
                 "run: stockade verify %s",
                 folder);
}

/* ---- one file ------------------------------------------------------- */

static int
keep_code(const cli_verifier *verifier, const cli_claim *claim,
          const char *path, const stk_proof *proof)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };
    cli_cache_source source = { .module = claim->module,
                                .path = path,
                                .digest = proof->digest };
    stk_error err = STK_ERROR_INIT;

    if (!verifier->cache || proof->trust != STK_TRUST_OK ||
        !(claim->kind & (STK_KIND_MODULE | STK_KIND_PACKAGE)))
        return CLI_GOOD;
    if (stk_file_read(&file, path, SOURCE_MAX, &err) < 0)
        return cli_say_error(&err);
    source.data = file.data;
    source.length = file.length;
    return cli_cache_keep(verifier->cache, &source, &err) < 0
               ? cli_say_error(&err)
               : CLI_GOOD;
}

int
cli_verify_file(const cli_verifier *verifier, const char *path)
{
    STK_CLEANUP(stk_sidecars_clear) stk_sidecars signatures = { .n = 0 };
    stk_content content;
    cli_claim claim;
    stk_claim claimed;
    stk_proof proof;
    stk_error err = STK_ERROR_INIT;
    int status = cli_claim_make(&claim, path, verifier->root, verifier->kind);

    if (status != CLI_GOOD)
        return status;
    memset(&proof, 0, sizeof proof);
    if (stk_content_file(&content, path, &err) < 0 ||
        stk_sidecars_load(&signatures, path, &err) < 0) {
        proof.trust = STK_TRUST_IO;
        stk_error_text(&err, proof.message, sizeof proof.message);
    } else {
        claimed = (stk_claim){ .kind = claim.kind,
                               .module = claim.module,
                               .basename = claim.basename,
                               .content = &content };
        stk_keyring_verify(&proof, verifier->ring, &claimed, signatures.texts,
                           signatures.n, verifier->now);
        if (proof.trust == STK_TRUST_SIGNATURE)
            hint_at_ends(verifier, path, &claimed, &signatures, &proof);
        if (proof.trust == STK_TRUST_UNSIGNED)
            hint_at_tree(path, &proof);
    }
    cli_verify_accept(verifier, &proof);
    status = cli_verify_tell(verifier, path, claim.kind, claim.module, &proof);
    if (status == CLI_GOOD)
        status = keep_code(verifier, &claim, path, &proof);
    return status;
}

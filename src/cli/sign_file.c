/* SPDX-License-Identifier: Apache-2.0 */
/* stockade sign: one file, one signature beside it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/claim.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/sign.h"
#include "trust/minisig.h"
#include "trust/sidecar.h"

/* ---- what is signed ------------------------------------------------- */

static bool
put_word(char *out, size_t size, const char *text)
{
    if (!text)
        text = "";
    if (strlen(text) >= size)
        return false;
    strcpy(out, text);
    return true;
}

/* What a name is of, where nothing else is said: its first label or folder;
 * nothing for a policy, and for data in no folder. */
static void
put_package(stk_comment *comment)
{
    bool data = comment->kind == STK_KIND_DATA;
    size_t n = strcspn(comment->module, data ? "/" : ".");

    if (comment->kind == STK_KIND_POLICY || (data && !comment->module[n]) ||
        n >= sizeof comment->package)
        n = 0;
    memcpy(comment->package, comment->module, n);
    comment->package[n] = '\0';
}

static int
fill_comment(stk_comment *comment, const cli_signer *signer,
             const cli_subject *subject)
{
    const cli_release *release = &signer->release;

    memset(comment, 0, sizeof *comment);
    comment->kind = subject->kind;
    comment->size = subject->content->size;
    comment->sequence = release->sequence;
    comment->signed_at = release->signed_at;
    comment->expires = release->expires;
    memcpy(comment->hash, subject->content->digest, sizeof comment->hash);
    if (!put_word(comment->module, sizeof comment->module, subject->module) ||
        !put_word(comment->version, sizeof comment->version,
                  release->version) ||
        !put_word(comment->context, sizeof comment->context,
                  release->context) ||
        !put_word(comment->package, sizeof comment->package,
                  release->package)) {
        cli_say("%s: a name, package, version or context is too long",
                subject->path);
        return CLI_NO;
    }
    if (!release->package)
        put_package(comment);
    return CLI_GOOD;
}

int
cli_sign_text(char **out, const cli_signer *signer, const cli_subject *subject)
{
    STK_CLEANUP(stk_freep) char *line = NULL;
    stk_comment comment;
    stk_error err = STK_ERROR_INIT;

    if (fill_comment(&comment, signer, subject) != CLI_GOOD)
        return CLI_NO;
    if (stk_comment_print(&line, &comment, &err) < 0 ||
        stk_minisig_sign(out, signer->key, subject->content, line, &err) < 0)
        return cli_say_error(&err);
    return CLI_GOOD;
}

/* ---- where it goes -------------------------------------------------- */

/* Signatures that stay are of what the file was before. */
static void
say_what_stays(const cli_signer *signer, const char *path)
{
    for (unsigned i = 2; !signer->additional && i <= STK_SIGNATURES_MAX; i++) {
        STK_CLEANUP(stk_freep) char *file = stk_sidecar_path(path, i);

        if (file && access(file, F_OK) == 0)
            cli_say("%s stays as it was: it is good if the file did not "
                    "change",
                    file);
    }
}

static char *
choose_file(const cli_signer *signer, const char *path)
{
    unsigned place = 1;
    char *file;

    if (signer->additional)
        place = stk_sidecar_place(path, signer->key->public_key.id);
    if (!place) {
        cli_say("%s has %u signatures, and there are no more than that", path,
                STK_SIGNATURES_MAX);
        return NULL;
    }
    file = stk_sidecar_path(path, place);
    if (!file)
        die(CLI_MACHINE, "out of memory");
    return file;
}

static void
tell(const cli_signer *signer, const cli_subject *subject, const char *file)
{
    char hex[STK_DIGEST_HEX], id[STK_KEY_ID_TEXT];
    json_t *told;

    if (!signer->json) {
        cli_put(stdout, subject->path);
        printf(": signed as the %s ", stk_kind_name(subject->kind));
        cli_put(stdout, subject->module);
        fputs(" in ", stdout);
        cli_put(stdout, file);
        putchar('\n');
        return;
    }
    told = cli_json_object();
    cli_json_set(told, "path", cli_json_text(subject->path));
    cli_json_set(told, "signature", cli_json_text(file));
    cli_json_set(told, "kind", cli_json_text(stk_kind_name(subject->kind)));
    cli_json_set(told, "name", cli_json_text(subject->module));
    cli_json_set(told, "hash",
                 cli_json_text(stk_digest_hex(hex, subject->content->digest)));
    cli_json_set(
        told, "key_id",
        cli_json_text(stk_key_id_text(id, signer->key->public_key.id)));
    cli_json_add(signer->json, told);
}

int
cli_sign_subject(const cli_signer *signer, const cli_subject *subject)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    STK_CLEANUP(stk_freep) char *file = NULL;
    stk_error err = STK_ERROR_INIT;
    int status = cli_sign_text(&text, signer, subject);

    if (status != CLI_GOOD)
        return status;
    file = choose_file(signer, subject->path);
    if (!file)
        return CLI_NO;
    if (stk_file_replace(file, text, strlen(text), 0644, &err) < 0)
        return cli_say_error(&err);
    say_what_stays(signer, subject->path);
    tell(signer, subject, file);
    return CLI_GOOD;
}

int
cli_sign_file(const cli_signer *signer, const char *path)
{
    stk_content content;
    cli_claim claim;
    stk_error err = STK_ERROR_INIT;
    int status = cli_claim_make(&claim, path, signer->root, signer->kind);

    if (status != CLI_GOOD)
        return status;
    if (claim.in_package)
        cli_say("%s is in a package; for its whole name say where that lies: "
                "--root FOLDER",
                path);
    if (stk_content_file(&content, path, &err) < 0)
        return cli_say_error(&err);
    return cli_sign_subject(
        signer, &(cli_subject){ path, claim.kind, claim.module, &content });
}

/* SPDX-License-Identifier: Apache-2.0 */
/* stockade sign: a folder, one signature for all that is below it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/sign.h"
#include "cli/tree_manifest.h"
#include "trust/compare.h"

typedef struct tree_names {
    char prefix[STK_NAMING_MAX + 1];
    char package[STK_NAMING_MAX + 1];
} tree_names;

/* ---- a new manifest ------------------------------------------------- */

static stk_manifest_head
make_head(const cli_signer *signer, tree_names *names)
{
    const cli_release *release = &signer->release;
    size_t n = strcspn(names->prefix, ".");

    memcpy(names->package, names->prefix, n);
    names->package[n] = '\0';
    return (stk_manifest_head){
        .package = release->package ? release->package : names->package,
        .version = release->version ? release->version : "",
        .context = release->context ? release->context : "",
        .prefix = names->prefix,
        .sequence = release->sequence,
        .signed_at = release->signed_at,
        .expires = release->expires,
    };
}

static int
make_manifest(cli_tree_made *made, const cli_signer *signer, const char *path,
              tree_names *names)
{
    cli_tree tree = { .path = path,
                      .pythons = signer->pythons,
                      .n_pythons = signer->n_pythons,
                      .optimisations = signer->optimisations };
    stk_error err = STK_ERROR_INIT;

    if (cli_tree_prefix(names->prefix, path, signer->root, &err) < 0)
        return cli_say_error(&err);
    tree.head = make_head(signer, names);
    if (cli_tree_make(made, &tree, &err) == 0)
        return CLI_GOOD;
    if (!cli_interrupt_waits())
        return cli_say_error(&err);
    cli_say("%s: interrupted, nothing in it was changed", path);
    return CLI_MACHINE;
}

/* ---- the manifest that is there ------------------------------------- */

static void
say_difference(void *payload, const stk_difference *found)
{
    const char *path = payload;

    cli_say("%s: %s: %s%s%s", path, stk_difference_name(found->kind),
            found->path, *found->detail ? ": " : "", found->detail);
}

/* Who signs as well, signs what is there, not what somebody made of it. */
static int
check_manifest(const char *path, const stk_manifest *manifest)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    const stk_compare how = { say_difference, (void *)path, NULL };
    stk_error err = STK_ERROR_INIT;
    size_t n;

    if (stk_tree_walk(&tree, path, &err) < 0 ||
        stk_tree_compare(&n, &tree, manifest, &how, &err) < 0)
        return cli_say_error(&err);
    if (n == 0)
        return CLI_GOOD;
    cli_say("%s: is not as its manifest says; sign it anew, without "
            "--additional",
            path);
    return CLI_NO;
}

static int
read_manifest(stk_file *text, stk_manifest **manifest, const char *file,
              const char *path)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_file_read(text, file, STK_MANIFEST_MAX, &err) < 0 ||
        stk_manifest_parse(manifest, text->data, text->length, file, &err) <
            0) {
        if (err.sys_errno != ENOENT)
            return cli_say_error(&err);
        cli_say("%s: there is no %s to be signed once more; sign it first, "
                "without --additional",
                path, STK_MANIFEST_FILE);
        return CLI_NO;
    }
    return check_manifest(path, *manifest);
}

/* ---- the signature -------------------------------------------------- */

static int
sign_text(const cli_signer *given, const stk_manifest_head *head,
          const char *file, const char *text, size_t length)
{
    cli_signer signer = *given;
    stk_content content;

    stk_content_memory(&content, text, length);
    signer.release = (cli_release)RELEASE_OF(*head);
    return cli_sign_subject(&signer,
                            &(cli_subject){ file, STK_KIND_MANIFEST,
                                            *head->prefix ? head->prefix : "-",
                                            &content });
}

static int
sign_again(const cli_signer *signer, const char *path, const char *file)
{
    STK_CLEANUP(stk_file_clear) stk_file text = { 0 };
    STK_CLEANUP(stk_manifest_freep) stk_manifest *manifest = NULL;
    int status = read_manifest(&text, &manifest, file, path);

    if (status == CLI_GOOD)
        status = cli_release_agrees(
            &signer->release, &(cli_release)RELEASE_OF(manifest->head), path);
    if (status != CLI_GOOD)
        return status;
    return sign_text(signer, &manifest->head, file, text.data, text.length);
}

/* No Ctrl-C comes between the new manifest and its signature. */
static int
sign_anew(const cli_signer *signer, const char *path, const char *file)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    cli_tree_made made;
    stk_manifest_head head;
    tree_names names;
    int status;

    cli_interrupt_hold();
    status = make_manifest(&made, signer, path, &names);
    if (status != CLI_GOOD) {
        cli_interrupt_release();
        return status;
    }
    text = made.text;
    head = make_head(signer, &names);
    if (!signer->json) {
        cli_put(stdout, path);
        printf(": %zu file%s, %zu of them with code\n", made.files,
               cli_plural(made.files), made.compiled);
    }
    status = sign_text(signer, &head, file, text, made.length);
    if (status == CLI_GOOD && cli_interrupt_waits())
        cli_say("interrupted when %s was signed", path);
    cli_interrupt_release();
    return status;
}

int
cli_sign_tree(const cli_signer *signer, const char *path)
{
    STK_CLEANUP(stk_freep) char *file = stk_path_join(path, STK_MANIFEST_FILE);

    if (!file)
        die(CLI_MACHINE, "out of memory");
    if (signer->kind) {
        cli_say("%s: is a folder; --kind is for files", path);
        return CLI_USAGE;
    }
    return signer->additional ? sign_again(signer, path, file)
                              : sign_anew(signer, path, file);
}

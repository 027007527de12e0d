/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a bundle, once all of it was verified. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/bundle.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/verify.h"

/* ---- Pythons -------------------------------------------------------- */

json_t *
cli_bundle_pythons_json(const stk_bundle_header *header)
{
    json_t *list = cli_json_array();

    for (size_t i = 0; i < header->n_pythons; i++) {
        const stk_bundle_python *python = &header->pythons[i];
        json_t *one = cli_json_object();
        char magic[9];

        snprintf(magic, sizeof magic, "%02x%02x%02x%02x", python->magic[0],
                 python->magic[1], python->magic[2], python->magic[3]);
        cli_json_set(one, "tag", cli_json_text(python->cache_tag));
        cli_json_set(one, "magic", cli_json_text(magic));
        cli_json_set(one, "optimisation",
                     json_integer((json_int_t)python->optimisation));
        cli_json_add(list, one);
    }
    return list;
}

void
cli_bundle_put_python(const stk_bundle_python *python)
{
    cli_put(stdout, python->cache_tag);
    if (python->optimisation)
        printf(" -O%s", python->optimisation == 2 ? "O" : "");
}

/* ---- rows ----------------------------------------------------------- */

typedef void row_fn(void *payload, const stk_bundle_header *header,
                    const stk_bundle_row *row);

/* 0, or -1, said: the bundle was read already, the disk may fail still. */
static int
each_row(stk_bundle *bundle, row_fn *each, void *payload)
{
    stk_bundle_cursor cursor = { 0, 0 };
    stk_bundle_row row;
    stk_refusal why;
    int next;

    while ((next = stk_bundle_next(&row, bundle, &cursor, &why)) > 0)
        each(payload, stk_bundle_head(bundle), &row);
    if (next < 0)
        cli_say("%s", why.message);
    return next;
}

static void
put_row(void *payload, const stk_bundle_header *header,
        const stk_bundle_row *row)
{
    const char *comma = "  ";
    stk_bundle_blob code;

    (void)payload;
    printf("%-9s %10" PRIu32 "  ", stk_kind_name(row->kind), row->file.size);
    cli_put(stdout, row->name_length ? row->name : row->path);
    for (int i = 0; i < (int)header->n_pythons; i++) {
        if (!stk_bundle_code(&code, row, i))
            continue;
        fputs(comma, stdout);
        cli_bundle_put_python(&header->pythons[i]);
        comma = ", ";
    }
    putchar('\n');
}

static void
add_row(void *payload, const stk_bundle_header *header,
        const stk_bundle_row *row)
{
    json_t *told = cli_json_object(), *codes = cli_json_array();
    stk_bundle_blob code;

    cli_json_set(told, "kind", cli_json_text(stk_kind_name(row->kind)));
    cli_json_set(told, "name",
                 cli_json_text(row->name_length ? row->name : NULL));
    cli_json_set(told, "path", cli_json_text(row->path));
    cli_json_set(told, "size", json_integer(row->file.size));
    cli_json_set(told, "stored", json_integer(row->file.stored));
    for (int i = 0; i < (int)header->n_pythons; i++)
        if (stk_bundle_code(&code, row, i))
            cli_json_add(codes, json_integer(i));
    cli_json_set(told, "codes", codes);
    cli_json_add(payload, told);
}

/* ---- the whole ------------------------------------------------------ */

static int
tell_json(stk_bundle *bundle, const char *path, const stk_proof *proof)
{
    const stk_bundle_header *header = stk_bundle_head(bundle);
    json_t *told = cli_json_object(), *rows = cli_json_array();
    int failed = each_row(bundle, add_row, rows);

    cli_json_set(told, "bundle", cli_json_text(path));
    cli_json_set(told, "trust", cli_json_text(stk_trust_name(proof->trust)));
    cli_json_set(told, "name", cli_json_text(stk_bundle_module(header)));
    cli_json_set(told, "key", cli_json_text(proof->key));
    cli_json_set(told, "package", cli_json_text(header->package));
    cli_json_set(told, "version", cli_json_text(header->version));
    cli_json_set(told, "context", cli_json_text(header->context));
    cli_json_set(told, "sequence", json_integer((json_int_t)header->sequence));
    cli_json_set(told, "signed", cli_json_moment(header->signed_at));
    cli_json_set(told, "expires", cli_json_moment(header->expires));
    cli_json_set(told, "pythons", cli_bundle_pythons_json(header));
    cli_json_set(told, "files", rows);
    cli_json_print(told);
    return failed;
}

static int
tell_text(stk_bundle *bundle, const cli_verifier *verifier, const char *path,
          const stk_proof *proof)
{
    const stk_bundle_header *header = stk_bundle_head(bundle);

    cli_verify_tell(verifier, path, STK_KIND_BUNDLE, stk_bundle_module(header),
                    proof);
    return each_row(bundle, put_row, NULL);
}

/* Of what does not hold nothing is listed: it would be whoever's word. */
static int
refuse_list(const char *path, const stk_proof *proof, bool json)
{
    json_t *told;

    if (!json) {
        cli_say("%s: %s: %s", path, stk_trust_name(proof->trust),
                proof->message);
        return CLI_NO;
    }
    told = cli_json_object();
    cli_json_set(told, "bundle", cli_json_text(path));
    cli_json_set(told, "trust", cli_json_text(stk_trust_name(proof->trust)));
    cli_json_set(told, "message", cli_json_text(proof->message));
    cli_json_print(told);
    return CLI_NO;
}

int
cli_bundle_list(cli_whom *whom, const char *path, bool json)
{
    STK_CLEANUP(stk_bundle_freep) stk_bundle *bundle = NULL;
    cli_verifier verifier = { .now =
                                  (int64_t)(stk_clock_wall_us() / 1000000u) };
    stk_proof proof;
    int status = cli_whom_ring(whom, &verifier.ring, false);

    if (status != CLI_GOOD)
        return status;
    cli_prove_bundle(&bundle, &proof, &verifier, path);
    if (proof.trust != STK_TRUST_OK)
        status = refuse_list(path, &proof, json);
    else if ((json ? tell_json(bundle, path, &proof)
                   : tell_text(bundle, &verifier, path, &proof)) < 0)
        status = CLI_MACHINE;
    stk_keyring_free(verifier.ring);
    return status;
}

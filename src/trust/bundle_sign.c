/* SPDX-License-Identifier: Apache-2.0 */
/* A signature behind a bundle, of what its header says. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "trust/bundle_write.h"

static void
copy_word(char to[STK_WORD_MAX], const char *word)
{
    snprintf(to, STK_WORD_MAX, "%s", word);
}

int
stk_bundle_comment(stk_comment *out, const void *header, size_t length,
                   stk_error *err)
{
    stk_bundle_header parsed;
    stk_refusal why;

    if (stk_bundle_header_parse(&parsed, header, length, &why) < 0)
        return stk_error_set(err, STK_E_INVALID, "%s", why.message);
    memset(out, 0, sizeof *out);
    out->kind = STK_KIND_BUNDLE;
    snprintf(out->module, sizeof out->module, "%s",
             stk_bundle_module(&parsed));
    copy_word(out->package, parsed.package);
    copy_word(out->version, parsed.version);
    copy_word(out->context, parsed.context);
    out->sequence = parsed.sequence;
    out->signed_at = parsed.signed_at;
    out->expires = parsed.expires;
    out->size = length;
    stk_digest_memory(out->hash, header, length);
    stk_bundle_header_clear(&parsed);
    return 0;
}

int
stk_bundle_sign(stk_buffer *out, size_t header, const stk_secret_key *key,
                const stk_comment *comment, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *line = NULL;
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_content content;
    int failed = stk_comment_print(&line, comment, err);

    if (failed < 0)
        return failed;
    stk_content_memory(&content, out->data, header);
    failed = stk_minisig_sign(&text, key, &content, line, err);
    if (failed < 0)
        return failed;
    stk_buffer_puts(out, STK_BUNDLE_UNTRUSTED);
    stk_buffer_puts(out, strchr(text, '\n') + 1);
    return stk_buffer_check(out, err);
}

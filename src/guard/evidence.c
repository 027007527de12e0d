/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the code of a name that must be signed. */
#include "guard/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/place.h"

int
stk_evidence_refuse(stk_evidence *out, enum stk_trust trust,
                    const char *format, ...)
{
    char message[STK_EVIDENCE_MESSAGE];
    va_list arguments;

    out->trust = trust;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    stk_evidence_tell(out, message);
    return 0;
}

int
stk_evidence_refuse_revoked(stk_evidence *out)
{
    return stk_evidence_refuse(out, STK_TRUST_HASH_REVOKED,
                               "%s: the policy revoked this content; get a "
                               "release without it",
                               out->path);
}

int
stk_evidence_opened(stk_evidence *out, int kind, const stk_error *err)
{
    if (kind < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s: %s", out->path,
                                   err->message);
    if (kind != STK_BENEATH_FILE)
        return stk_evidence_refuse(
            out, STK_TRUST_PATH, "%s is a link or no regular file", out->path);
    return 1;
}

void
stk_evidence_tell(stk_evidence *out, const char *message)
{
    free(out->message);
    out->message = message[0] ? stk_text_dup(message) : NULL;
}

const char *
stk_evidence_keys(const stk_evidence *evidence)
{
    return evidence->keys && evidence->keys[0] ? evidence->keys : NULL;
}

const char *
stk_evidence_oddity(const stk_evidence *evidence, const char **error)
{
    if (!evidence->cache_refused && !evidence->unsaved)
        return evidence->retiring ? "key-retiring" : NULL;
    *error = stk_evidence_message(evidence);
    return evidence->cache_refused ? "cache-refused" : "state-unsaved";
}

const char *
stk_evidence_message(const stk_evidence *evidence)
{
    return evidence->message ? evidence->message : "";
}

bool
stk_evidence_prove(stk_evidence *out, const stk_proof *proof)
{
    free(out->keys);
    out->keys = stk_text_dup(proof->key);
    out->trust = out->keys ? proof->trust : STK_TRUST_IO;
    out->retiring = proof->retiring;
    out->unsaved = proof->unsaved;
    stk_evidence_tell(out, proof->message);
    return out->trust == STK_TRUST_OK;
}

void
stk_evidence_accept(stk_evidence_store *store, stk_proof *proof)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_keyring_accept(store->ring, proof, &err) == 0)
        return;
    proof->unsaved = !stk_policy_signing(store->policy)->require_state;
    if (!proof->unsaved)
        proof->trust = STK_TRUST_STATE;
    snprintf(proof->message, sizeof proof->message,
             "the state file %.300s: %.150s%s", err.file, err.message,
             proof->unsaved ? "; an older release may come back"
                            : ", and require_state = yes");
}

int
stk_evidence_read(stk_evidence *out, int fd, char **data, size_t *length)
{
    stk_error err = STK_ERROR_INIT;
    int result =
        stk_beneath_read(data, length, fd, STK_MODULE_BYTES_MAX, &err);

    if (result == -STK_E_MEMORY)
        return result;
    if (result == -STK_E_LIMIT)
        return stk_evidence_refuse(out, STK_TRUST_TOO_LARGE, "%s %s",
                                   out->path, err.message);
    if (result < 0)
        return stk_evidence_refuse(out, STK_TRUST_IO, "%s: %s", out->path,
                                   err.message);
    return 1;
}

void
stk_evidence_clear(stk_evidence *evidence)
{
    free(evidence->path);
    free(evidence->folder);
    free(evidence->source);
    free(evidence->code);
    free(evidence->keys);
    free(evidence->message);
    stk_place_free(evidence->place);
    *evidence = (stk_evidence)STK_EVIDENCE_INIT;
}

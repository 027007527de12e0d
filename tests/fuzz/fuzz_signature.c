/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes with signed files: a .minisig, a trusted comment, a public key,
 * a secret key, a state file. What is taken has one spelling: written again,
 * it is the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "trust/comment.h"
#include "trust/floor.h"
#include "trust/key.h"
#include "trust/minisig.h"
#include "trust/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_comment(const char *text, size_t length)
{
    char why[STK_WHY_MAX], *again = NULL;
    stk_comment comment;

    if (!stk_comment_parse(&comment, text, length, why))
        return;
    if (stk_comment_print(&again, &comment, NULL) < 0 ||
        strlen(again) != length || memcmp(again, text, length))
        abort();
    free(again);
}

static void
try_minisig(const char *text, size_t length)
{
    char why[STK_WHY_MAX];
    stk_minisig sig;

    if (stk_minisig_parse(&sig, text, length, why) != STK_TRUST_OK)
        return;
    if (sig.comment < text || sig.comment + sig.comment_length > text + length)
        abort();
    try_comment(sig.comment, sig.comment_length);
}

static void
try_key(const char *text, size_t length)
{
    char again[STK_PUBLIC_KEY_LENGTH + 1];
    stk_public_key key;

    (void)stk_public_key_read(&key, text, length, NULL);
    if (stk_public_key_parse(&key, text, length, NULL) == 0 &&
        memcmp(stk_public_key_text(again, &key), text, length))
        abort();
}

/* Without a passphrase: with one it is scrypt that is tried. */
static void
try_secret(const char *text, size_t length)
{
    stk_secret_text file = { NULL, length, false };
    stk_secret_key *key = NULL;

    file.data = malloc(length ? length : 1);
    if (!file.data)
        return;
    memcpy(file.data, text, length);
    (void)stk_secret_text_is_encrypted(&file);
    if (stk_secret_key_read(&key, &file, NULL, 0, NULL) == 0)
        stk_secret_key_free(key);
    free(file.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    char why[STK_WHY_MAX];

    try_minisig(text, size);
    try_comment(text, size);
    try_key(text, size);
    try_secret(text, size);
    (void)stk_state_parse(text, size, why, sizeof why);
    return 0;
}

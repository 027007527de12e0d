/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, policies and signatures for tests. */
#ifndef STK_UNIT_SIGNING_H
#define STK_UNIT_SIGNING_H

#include <stockade/trust.h>

#include "trust/base64.h"
#include "trust/keyring.h"
#include "trust/secret.h"

#include "unit.h"

#define NOW 1800000000 /* 2027-01-15T08:00:00Z */
#define DAY 86400

/* Four keys, made once. */
#define N_SIGNERS 4u

typedef struct signer {
    stk_secret_key *key;
    char text[STK_PUBLIC_KEY_LENGTH + 1];
} signer;

static signer signers[N_SIGNERS];

static inline int
make_signers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_SIGNERS; i++) {
        if (stk_secret_key_new(&signers[i].key, NULL) < 0)
            return -1;
        stk_public_key_text(signers[i].text, &signers[i].key->public_key);
    }
    return 0;
}

static inline int
free_signers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_SIGNERS; i++)
        stk_secret_key_free(signers[i].key);
    return 0;
}

/* A policy with the keys "a", "b", ... each good for everything. */
typedef struct sheet {
    stk_signing signing;
    stk_key_rule rules[N_SIGNERS];
    stk_threshold thresholds[4];
    stk_floor floors[2];
    const char *hashes[1], *keys[1];
} sheet;

static inline void
make_sheet(sheet *s, size_t n)
{
    static const char *const names[] = { "a", "b", "c", "d" };
    static const char *const all[] = { "*" };

    memset(s, 0, sizeof *s);
    s->signing.keys = s->rules;
    s->signing.n_keys = n;
    s->signing.thresholds = s->thresholds;
    s->signing.floors = s->floors;
    s->signing.revoked_hashes = s->hashes;
    s->signing.revoked_keys = s->keys;
    for (size_t i = 0; i < n; i++)
        s->rules[i] = (stk_key_rule){
            .name = names[i],
            .public_key = signers[i].text,
            .modules = all,
            .n_modules = 1,
            .kinds = 255,
            .status = STK_KEY_ACTIVE,
            .file = "policy.ini",
            .line = 10 + (uint32_t)i,
        };
}

/* The keyring of a sheet; freed by stk_keyring_free(). */
static inline stk_keyring *
make_ring(const sheet *s)
{
    stk_keyring *ring = NULL;
    stk_error err = STK_ERROR_INIT;

    if (stk_keyring_new(&ring, &s->signing, &err) < 0)
        fail_msg("%s", err.message);
    return ring;
}

/* What a test signs and claims, unless it says otherwise. */
#define BODY "print('cart')\n"

static inline stk_comment
make_comment(const char *body)
{
    stk_comment c = { .kind = STK_KIND_MODULE,
                      .module = "shop.cart",
                      .package = "shop",
                      .version = "1.0",
                      .sequence = 7,
                      .signed_at = NOW - DAY };

    c.size = strlen(body);
    stk_digest_memory(c.hash, body, strlen(body));
    return c;
}

/* Signs `body` with a comment of any text; freed by free(). Not inlined: gcc
 * would see a pointer to `text` in what is returned. */
static __attribute__((noinline, unused)) char *
sign_text(unsigned by, const char *body, const char *comment)
{
    stk_content content;
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    stk_content_memory(&content, body, strlen(body));
    if (stk_minisig_sign(&text, signers[by].key, &content, comment, &err) < 0)
        fail_msg("%s", err.message);
    return text;
}

static inline char *
sign(unsigned by, const char *body, const stk_comment *comment)
{
    stk_error err = STK_ERROR_INIT;
    char *line = NULL, *text;

    if (stk_comment_print(&line, comment, &err) < 0)
        fail_msg("%s", err.message);
    text = sign_text(by, body, line);
    free(line);
    return text;
}

static inline stk_claim
make_claim(const char *body)
{
    return (stk_claim){ .kind = STK_KIND_MODULE,
                        .module = "shop.cart",
                        .basename = "cart.py",
                        .data = body,
                        .length = strlen(body) };
}

/* Judges one signature text of a claim. */
static inline stk_proof
judge(const sheet *s, const stk_claim *claim, const char *text, int64_t now)
{
    stk_keyring *ring = make_ring(s);
    stk_text one = { text, strlen(text) };
    stk_proof proof;

    stk_keyring_verify(&proof, ring, claim, &one, 1, now);
    stk_keyring_free(ring);
    return proof;
}

#define assert_trust(proof, expected)                                         \
    assert_string_equal(stk_trust_name((proof).trust),                        \
                        stk_trust_name(expected))

/* The second line of `text` with other algorithm bytes. */
static inline void
relabel(char *text, const char *algorithm)
{
    unsigned char raw[74];
    char *line = strchr(text, '\n') + 1;

    assert_true(stk_base64_read(raw, 74, line, 100));
    memcpy(raw, algorithm, 2);
    stk_base64_write(line, 101, raw, 74);
    line[100] = '\n';
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What keyring.c, ruling.c and verify.c share of a keyring. */
#ifndef STK_TRUST_KEYRING_PARTS_H
#define STK_TRUST_KEYRING_PARTS_H

#include "trust/floor.h"
#include "trust/key.h"
#include "trust/keyring.h"

struct stk_keyring {
    const stk_signing *signing;
    stk_public_key *keys; /* owned, one for each of signing->keys */
    unsigned char (*revoked)[STK_DIGEST_BYTES]; /* owned contents */
    stk_public_key *revoked_keys;               /* owned */
    stk_state *state;                           /* owned */
};

/* The longest name that a message shows whole. */
#define SHOWN_MAX  200
#define ADVICE_MAX (2 * SHOWN_MAX)

/* ---- keyring.c ------------------------------------------------------ */

/* True when [signing] revoked this key by its bytes. */
bool stk_keyring_key_is_revoked(const stk_keyring *ring, size_t key);

/* What the policy's floor for that package is, 0 for none. */
uint64_t stk_keyring_floor(const stk_keyring *ring, const char *package);

/* How many distinct keys must sign for `scope`; `*pattern` what says so,
 * NULL for the default. */
unsigned stk_keyring_threshold(const stk_keyring *ring, const char *scope,
                               const char **pattern);

/* How many for what moves the floor of that package, that is for a release of
 * it: as many as for the package, or for all that is below it ("shop.*"). */
unsigned stk_keyring_release(const stk_keyring *ring, const char *package);

/* ---- ruling.c ------------------------------------------------------- */

/* The name that the patterns of a key are compared with. */
void stk_ruling_scope(char scope[STK_MODULE_MAX], enum stk_kind kind,
                      const char *module);

/*
 * May this key sign a `kind` for the names of `scope` now? NULL for a scope:
 * names are asked about later. STK_TRUST_OK, or the reason with a clause
 * about the key in `why`.
 */
enum stk_trust stk_ruling_key(const stk_keyring *ring, size_t key,
                              enum stk_kind kind, const char *scope,
                              int64_t now, char why[STK_WHY_MAX]);

/* May the key name this package? It is a name that its modules cover, or one
 * that they are all below. */
bool stk_ruling_is_package(const stk_key_rule *rule, const char *package);

/* What a signature is missing of. */
typedef struct stk_wanting {
    enum stk_kind kind;
    const char *scope;   /* NULL for a whole tree */
    const char *package; /* of a release with a sequence: the key must be
                            for it; NULL for none */
    bool in_bundle;      /* where the signatures are */
    int64_t now;
    const unsigned *except; /* keys that have signed */
    size_t n_except;
} stk_wanting;

/* "vendor or ops": the keys that may sign it now, at most five; "" for none.
 * Returns `text`. */
const char *stk_ruling_wanted(const stk_keyring *ring,
                              const stk_wanting *wanting, char *text,
                              size_t size);

/* What to run next; its file is left to who knows it. */
const char *stk_ruling_command(const stk_wanting *wanting, bool additional);

/* A date as 2026-01-31, a time as 2026-01-31T12:00:00Z. */
#define RULING_TIME_MAX 24u
const char *stk_ruling_time(char text[RULING_TIME_MAX], int64_t seconds);

#endif

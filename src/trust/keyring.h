/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key, for what, until when, how many: signatures against the rules of
 * a policy. What comes out is data, a reason and a line that helps; nothing
 * here fails but for want of memory.
 *
 * One thread at a time. A keyring borrows the stk_signing that it was made
 * from.
 */
#ifndef STK_TRUST_KEYRING_H
#define STK_TRUST_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>
#include <stockade/trust.h>

#include "trust/comment.h"
#include "trust/content.h"
#include "trust/minisig.h"

typedef struct stk_keyring stk_keyring;

/*
 * Reads the public keys, all of them, and the state file. `*out` is freed by
 * stk_keyring_free(). Returns 0, -STK_E_INVALID (a key that is none, one key
 * under two names) or -STK_E_MEMORY.
 */
int stk_keyring_new(stk_keyring **out, const stk_signing *signing,
                    stk_error *err);
void stk_keyring_free(stk_keyring *ring);
void stk_keyring_freep(stk_keyring **ring);

/* One .minisig file, as it was read. */
typedef struct stk_text {
    const char *data;
    size_t length;
} stk_text;

/* What bytes are said to be, and the bytes. */
typedef struct stk_claim {
    enum stk_kind kind;
    const char *module;   /* what module= must be: a dotted name; the path
                             below the root for data; the file's name for a
                             policy; a tree's prefix or "-" */
    const char *basename; /* the file's name, without its folder */
    const void *data;     /* the bytes that will be used */
    size_t length;
    const stk_content *content; /* instead of data: for a file that is only
                                   looked at */
} stk_claim;

#define STK_SIGNATURES_MAX 9u /* .minisig, .minisig.2 to .minisig.9 */
#define STK_PROOF_KEYS_MAX 256u
#define STK_MESSAGE_MAX    512u

typedef struct stk_proof {
    enum stk_trust trust;         /* STK_TRUST_NONE: never looked at */
    char key[STK_PROOF_KEYS_MAX]; /* names of the keys that counted,
                                     separated by ", " */
    bool retiring;  /* without a key that is retiring it would not hold */
    bool unsaved;   /* no state file keeps an older one from coming back, and
                       `message` says why */
    bool in_bundle; /* where the signatures are */
    char package[STK_WORD_MAX]; /* as signed; the first label where the
                                   signature has none */
    char version[STK_WORD_MAX];
    uint64_t sequence;
    int64_t signed_at, expires;
    unsigned char digest[STK_DIGEST_BYTES]; /* of the content */
    unsigned signers[STK_SIGNATURES_MAX];   /* keys, by their place in
                                               stk_signing */
    size_t n_signers;
    char message[STK_MESSAGE_MAX]; /* why, and what to do; or, when it is
                                      OK, a warning or "" */
} stk_proof;

/*
 * Judges `n` signature files of one content. With OK, `module` and `kind`
 * are signed for by as many distinct keys as the policy wants, each of them
 * good for that name, that kind and that time.
 *
 * For STK_KIND_MANIFEST and STK_KIND_BUNDLE, OK says that one good key at
 * least signed these bytes as a tree; which names in it hold, and whether
 * keys enough signed for them, stk_keyring_covers() says name by name.
 *
 * `now` is in unix seconds. Nothing is remembered: see stk_keyring_accept().
 */
void stk_keyring_verify(stk_proof *out, stk_keyring *ring,
                        const stk_claim *claim, const stk_text *signatures,
                        size_t n, int64_t now);

/* What a manifest or a bundle says of itself, "" or 0 where nothing is. */
typedef struct stk_story {
    const char *package, *version, *context;
    uint64_t sequence;
    int64_t expires;
} stk_story;

/* Whether the signature that holds says so, too: whoever signs by hand can
 * sign two stories, and of each some reader would believe the other. */
bool stk_keyring_agrees(const stk_keyring *ring, const stk_proof *proof,
                        const stk_story *story);

/*
 * Does what was verified as a tree hold for `name` of `kind` in it? Fills
 * `out` as stk_keyring_verify() does; cheap: nothing is hashed.
 */
void stk_keyring_covers(stk_proof *out, stk_keyring *ring,
                        const stk_proof *tree, enum stk_kind kind,
                        const char *name, int64_t now);

/*
 * Remembers the sequence and the time of what is going to be used, so that
 * nothing older is accepted afterwards. Returns 0, or negative when it could
 * not be kept: with require_state the caller must refuse (STK_TRUST_STATE).
 * A proof that is not OK, has no sequence and no time, or is by fewer keys
 * than a release of its package takes, changes nothing.
 */
int stk_keyring_accept(stk_keyring *ring, const stk_proof *proof,
                       stk_error *err);

/* The same check of a hash that is in a tree or a cache: true when the
 * policy revoked this content. */
bool stk_keyring_is_revoked(const stk_keyring *ring,
                            const unsigned char digest[STK_DIGEST_BYTES]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_TRUST_H
#define STOCKADE_TRUST_H

/*
 * Who may sign what: the plain structs that a policy fills in from its
 * [key NAME] and [signing] sections and that verification reads.
 *
 * Signatures are minisign's, prehashed Ed25519 (`ED`); see
 * stockade-policy(5) for the sections and stockade-formats(5) for the files.
 * All is borrowed from the policy that it came from and never changes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What signed bytes are. A module's kinds are bits: a key may be for
 * several. Zero is for nothing. */
enum stk_kind {
    STK_KIND_MODULE = 1,    /* shop/cart.py */
    STK_KIND_PACKAGE = 2,   /* shop/__init__.py */
    STK_KIND_NAMESPACE = 4, /* a folder without __init__.py */
    STK_KIND_EXTENSION = 8, /* shop/fast.so */
    STK_KIND_DATA = 16,     /* any other file */
    STK_KIND_MANIFEST = 32, /* a tree */
    STK_KIND_BUNDLE = 64,   /* a tree in one file */
    STK_KIND_POLICY = 128   /* a policy file */
};

/* "module", "package", ...; NULL for what is no single kind. */
STK_API const char *stk_kind_name(enum stk_kind kind);

enum stk_key_status {
    STK_KEY_REVOKED = 0,
    STK_KEY_RETIRING, /* still good; each use is a warning in the log */
    STK_KEY_ACTIVE
};

/* Characters of a public key in base64, as minisign writes it. */
#define STK_PUBLIC_KEY_LENGTH 56u

/* One [key NAME]. */
typedef struct stk_key_rule {
    const char *name;
    const char *public_key;     /* STK_PUBLIC_KEY_LENGTH characters */
    const char *const *modules; /* patterns as in rules: `shop` is shop and
                                   below, `shop.*`, `shop_*`, `*`; no groups */
    size_t n_modules;
    uint32_t kinds;     /* STK_KIND_*, or-ed; all where none is written */
    int64_t not_before; /* unix seconds; 0: since ever */
    int64_t not_after;  /* unix seconds, the last good one; 0: for ever */
    enum stk_key_status status;
    int64_t revoked;  /* unix seconds; 0: not told, or not revoked */
    const char *file; /* where the section begins, ... */
    uint32_t line;    /* ... 1-based */
} stk_key_rule;

/* How many distinct keys must have signed what `pattern` covers. */
typedef struct stk_threshold {
    const char *pattern; /* as in stk_key_rule; "*" is for all */
    unsigned keys;       /* 1 or more */
} stk_threshold;

/* The lowest sequence of a package that is still good. */
typedef struct stk_floor {
    const char *package;
    uint64_t sequence;
} stk_floor;

enum stk_binding {
    STK_BINDING_STRICT = 0, /* our fields must be in the trusted comment */
    STK_BINDING_BASENAME    /* plain minisign output is good for a top-level
                               module whose file has the signed name */
};

/* [signing] and all keys; sizes are 0 and texts NULL where not written. */
typedef struct stk_signing {
    const stk_key_rule *keys;
    size_t n_keys;
    const stk_threshold *thresholds; /* the longest pattern wins; none: 1 */
    size_t n_thresholds;
    const char *const *revoked_hashes; /* BLAKE2b-256 of a content, 64
                                          lower-case hexadecimal digits */
    size_t n_revoked_hashes;
    const char *const *revoked_keys; /* public keys, as public_key */
    size_t n_revoked_keys;
    const stk_floor *floors;
    size_t n_floors;
    const char *state;     /* path of the state file, resolved */
    const char *state_key; /* path of the key that it is kept under, or
                              NULL */
    bool require_state;
    bool slow; /* fast_path = off: all modules go through importlib */
    int64_t clock_floor; /* unix seconds: it is later than this */
    const char *context; /* that signatures must name, word for word */
    enum stk_binding binding;
    const char *cache; /* folder of verified code, resolved */
} stk_signing;

/*
 * Why bytes are not trusted. The names are stable: records, exceptions and
 * JSON carry them. STK_TRUST_OK is not zero: what was never verified is not
 * trusted.
 */
enum stk_trust {
    STK_TRUST_NONE = 0,         /* "unverified" */
    STK_TRUST_OK,               /* "ok" */
    STK_TRUST_UNSIGNED,         /* "unsigned": no signature, no manifest */
    STK_TRUST_UNLISTED,         /* "unlisted": not in the signed tree */
    STK_TRUST_MALFORMED,        /* "malformed": signature file, manifest or
                                   bundle that cannot be read */
    STK_TRUST_LEGACY,           /* "legacy-algorithm": `Ed` */
    STK_TRUST_UNKNOWN_KEY,      /* "unknown-key" */
    STK_TRUST_SIGNATURE,        /* "bad-signature" */
    STK_TRUST_GLOBAL_SIGNATURE, /* "bad-global-signature" */
    STK_TRUST_SCOPE,            /* "key-out-of-scope" */
    STK_TRUST_KEY_KIND,         /* "key-kind" */
    STK_TRUST_KEY_EXPIRED,      /* "key-expired" */
    STK_TRUST_KEY_EARLY,        /* "key-not-yet-valid" */
    STK_TRUST_KEY_REVOKED,      /* "key-revoked" */
    STK_TRUST_HASH_REVOKED,     /* "hash-revoked" */
    STK_TRUST_BINDING,          /* "unbound": no fields of ours */
    STK_TRUST_NAME,             /* "name-mismatch" */
    STK_TRUST_KIND,             /* "kind-mismatch" */
    STK_TRUST_PACKAGE,          /* "package-mismatch" */
    STK_TRUST_CONTEXT,          /* "context-mismatch" */
    STK_TRUST_HASH,             /* "hash-mismatch" */
    STK_TRUST_SIZE,             /* "size-mismatch" */
    STK_TRUST_EXPIRED,          /* "expired" */
    STK_TRUST_CLOCK,            /* "clock": earlier than its floor */
    STK_TRUST_ROLLBACK,         /* "rollback" */
    STK_TRUST_JUMP,             /* "sequence-jump": over a million at once */
    STK_TRUST_STATE,            /* "state-missing", or not to be trusted */
    STK_TRUST_THRESHOLD,        /* "threshold": too few distinct keys */
    STK_TRUST_SOURCELESS,       /* "sourceless": bytecode without source */
    STK_TRUST_BYTECODE,         /* "bytecode": from __pycache__ */
    STK_TRUST_PATH,             /* "path": a link, or outside of the tree */
    STK_TRUST_TOO_LARGE,        /* "too-large" */
    STK_TRUST_IO                /* "unreadable" */
};

/* The stable name. Never NULL. */
STK_API const char *stk_trust_name(enum stk_trust trust);

#ifdef __cplusplus
}
#endif
#endif

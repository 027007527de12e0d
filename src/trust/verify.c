/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures of one content, counted, and held against a tree's names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trust/judge.h"

/* ---- counting ------------------------------------------------------- */

/* Signatures add up only where they say the same: a stolen key must not lend
 * its sequence to what honest keys signed. */
static bool
says_the_same(const stk_vote *a, const stk_vote *b)
{
    return a->plain == b->plain &&
           a->comment.sequence == b->comment.sequence &&
           !strcmp(a->comment.package, b->comment.package) &&
           !strcmp(a->comment.version, b->comment.version);
}

/* The distinct keys that say what `votes[by]` says. */
static unsigned
collect(const stk_vote *votes, size_t n, size_t by, unsigned *signers)
{
    unsigned found = 0;

    for (size_t i = 0; i < n; i++) {
        bool known = !says_the_same(&votes[i], &votes[by]);

        for (unsigned k = 0; k < found && !known; k++)
            known = signers[k] == votes[i].key;
        if (!known)
            signers[found++] = votes[i].key;
    }
    return found;
}

/* How many keys have to say what this vote says. A tree has names of several
 * thresholds; the one of the package that it is a release of counts. */
static unsigned
wanted_by(const stk_judging *j, const stk_vote *vote)
{
    char package[STK_WORD_MAX];
    const char *pattern;

    if (j->scope)
        return stk_keyring_threshold(j->ring, j->scope, &pattern);
    stk_judge_package(package, j->claim, &vote->comment);
    return stk_keyring_release(j->ring, package);
}

/* Returns the vote that stands for the best group: one that is large enough
 * before one that is not, then the highest sequence, then the size. */
static size_t
choose(const stk_judging *j, const stk_vote *votes, size_t n)
{
    unsigned keys[STK_SIGNATURES_MAX], best_size = 0;
    bool fitted = false;
    size_t best = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned size = collect(votes, n, i, keys);
        bool fits = size >= wanted_by(j, &votes[i]);

        if (!best_size || (fits && !fitted) ||
            (fits == fitted &&
             (fits ? votes[i].comment.sequence > votes[best].comment.sequence
                   : size > best_size))) {
            best = i;
            best_size = size;
            fitted = fits;
        }
    }
    return best;
}

/* As much as there is room for. Each name of a tree comes here, and
 * snprintf() would be half of what it costs. */
static size_t
add_text(char out[STK_PROOF_KEYS_MAX], size_t used, const char *text)
{
    size_t length = strnlen(text, STK_PROOF_KEYS_MAX - 1 - used);

    memcpy(out + used, text, length);
    out[used + length] = '\0';
    return used + length;
}

static void
name_signers(const stk_keyring *ring, stk_proof *out, unsigned needed)
{
    unsigned active = 0;
    size_t used = 0;

    for (size_t i = 0; i < out->n_signers; i++) {
        const stk_key_rule *rule = &ring->signing->keys[out->signers[i]];

        active += rule->status == STK_KEY_ACTIVE;
        used = add_text(out->key, used, i ? ", " : "");
        used = add_text(out->key, used, rule->name);
    }
    out->retiring = active < needed;
}

/* What else `out`, as far as it is filled, has to be signed by. */
static stk_wanting
wanting_of(const stk_proof *out, enum stk_kind kind, const char *scope,
           int64_t now)
{
    return (stk_wanting){ .kind = kind,
                          .scope = scope,
                          .package = out->sequence ? out->package : NULL,
                          .in_bundle = out->in_bundle,
                          .now = now,
                          .except = out->signers,
                          .n_except = out->n_signers };
}

static void
refuse_too_few(stk_proof *out, const stk_keyring *ring,
               const stk_wanting *wanting, unsigned needed,
               const char *pattern)
{
    char keys[SHOWN_MAX];

    stk_ruling_wanted(ring, wanting, keys, sizeof keys);
    if (keys[0])
        stk_judge_refuse(
            out, STK_TRUST_THRESHOLD,
            "%.*s is signed by %s; the policy wants %u keys for %s, so that "
            "%s must sign too: %s",
            SHOWN_MAX, wanting->scope, out->key, needed,
            pattern ? pattern : "it", keys, stk_ruling_command(wanting, true));
    else
        stk_judge_refuse(
            out, STK_TRUST_THRESHOLD,
            "%.*s is signed by %s; the policy wants %u keys for %s and has no "
            "other that may sign %s%.*s: add one (stockade keygen), or lower "
            "the threshold",
            SHOWN_MAX, wanting->scope, out->key, needed,
            pattern ? pattern : "it",
            wanting->package ? "a release of " : "it", SHOWN_MAX / 2,
            wanting->package ? wanting->package : "");
}

static void
fill_proof(stk_proof *out, const stk_vote *votes, size_t n, size_t by)
{
    const stk_comment *c = &votes[by].comment;

    out->n_signers = collect(votes, n, by, out->signers);
    out->sequence = c->sequence;
    snprintf(out->package, sizeof out->package, "%s", c->package);
    snprintf(out->version, sizeof out->version, "%s", c->version);
    for (size_t i = 0; i < n; i++) {
        const stk_comment *one = &votes[i].comment;

        if (!says_the_same(&votes[i], &votes[by]))
            continue;
        if (one->signed_at > out->signed_at)
            out->signed_at = one->signed_at;
        if (one->expires && (!out->expires || one->expires < out->expires))
            out->expires = one->expires;
    }
}

static void
check_floor(stk_proof *out, stk_keyring *ring)
{
    char why[STK_MESSAGE_MAX];
    enum stk_trust trust;

    trust = stk_floor_check(ring->state, out->package, out->sequence,
                            stk_keyring_floor(ring, out->package), why,
                            sizeof why);
    if (trust != STK_TRUST_OK)
        stk_judge_refuse(out, trust, "%s", why);
}

static void
warn_retiring(stk_proof *out)
{
    char keys[STK_PROOF_KEYS_MAX];

    if (!out->retiring || out->trust != STK_TRUST_OK)
        return;
    snprintf(keys, sizeof keys, "%s", out->key);
    snprintf(out->message, sizeof out->message,
             "signed by %s, which is retiring: sign it again with the key "
             "that takes its place",
             keys);
}

static void
count(stk_judging *j, const stk_vote *votes, size_t n)
{
    const char *pattern = NULL;
    unsigned needed = 1;
    stk_proof *out = j->out;
    stk_wanting wanting;
    size_t by;

    if (j->scope)
        needed = stk_keyring_threshold(j->ring, j->scope, &pattern);
    by = choose(j, votes, n);
    fill_proof(out, votes, n, by);
    stk_judge_package(out->package, j->claim, &votes[by].comment);
    name_signers(j->ring, out, needed);
    if (out->n_signers < needed) {
        wanting = wanting_of(out, j->claim->kind, j->scope, j->now);
        refuse_too_few(out, j->ring, &wanting, needed, pattern);
        return;
    }
    out->trust = STK_TRUST_OK;
    out->message[0] = '\0';
    check_floor(out, j->ring);
    warn_retiring(out);
}

/* ---- all of it ------------------------------------------------------ */

static void
judge_all(stk_judging *j, const stk_text *signatures, size_t n)
{
    STK_CLEANUP(stk_freep) stk_vote *votes = NULL;
    char what[SHOWN_MAX + 32], next[ADVICE_MAX], hex[STK_DIGEST_HEX];
    stk_wanting wanting = stk_judge_wanting(j);
    size_t good = 0;

    if (!n) {
        stk_judge_refuse(j->out, STK_TRUST_UNSIGNED, "%s has no signature; %s",
                         stk_judge_subject(j, what),
                         stk_judge_advice(j->ring, &wanting, next));
        return;
    }
    if (n > STK_SIGNATURES_MAX) {
        stk_judge_refuse(j->out, STK_TRUST_MALFORMED,
                         "%s has more than %u signatures",
                         stk_judge_subject(j, what), STK_SIGNATURES_MAX);
        return;
    }
    if (stk_keyring_is_revoked(j->ring, j->content->digest)) {
        stk_judge_refuse(
            j->out, STK_TRUST_HASH_REVOKED,
            "%s is revoked, whoever signed it: the policy names its hash "
            "%s; get another release",
            stk_judge_subject(j, what),
            stk_digest_hex(hex, j->content->digest));
        return;
    }
    /* not on the stack: threads that import may have little of it */
    votes = malloc(n * sizeof *votes);
    if (!votes) {
        stk_judge_refuse(j->out, STK_TRUST_IO, "out of memory");
        return;
    }
    for (size_t i = 0; i < n; i++)
        good += stk_judge_signature(j, &signatures[i], &votes[good]);
    if (good)
        count(j, votes, good);
}

void
stk_keyring_verify(stk_proof *out, stk_keyring *ring, const stk_claim *claim,
                   const stk_text *signatures, size_t n, int64_t now)
{
    char scope[STK_MODULE_MAX];
    bool tree =
        claim->kind == STK_KIND_MANIFEST || claim->kind == STK_KIND_BUNDLE;
    stk_content content;
    stk_judging j = { ring, claim, claim->content, tree ? NULL : scope, now,
                      out,  0 };

    memset(out, 0, sizeof *out);
    if (!j.content) {
        stk_content_memory(&content, claim->data, claim->length);
        j.content = &content;
    }
    memcpy(out->digest, j.content->digest, sizeof out->digest);
    out->in_bundle = claim->kind == STK_KIND_BUNDLE;
    stk_ruling_scope(scope, claim->kind, claim->module);
    judge_all(&j, signatures, n);
    if (out->trust != STK_TRUST_OK)
        out->retiring = false;
}

bool
stk_keyring_agrees(const stk_keyring *ring, const stk_proof *proof,
                   const stk_story *story)
{
    const char *context = ring->signing->context;

    return story->sequence == proof->sequence &&
           story->expires == proof->expires &&
           !strcmp(story->version, proof->version) &&
           !strcmp(story->context, context ? context : "") &&
           (!story->package[0] || !strcmp(story->package, proof->package));
}

/* ---- a name in a tree ----------------------------------------------- */

static bool
check_tree(stk_proof *out, const stk_keyring *ring, const stk_proof *tree,
           int64_t now)
{
    char date[RULING_TIME_MAX], clock[RULING_TIME_MAX];
    const char *whose;
    int64_t floor = stk_judge_clock(ring, &whose);

    if (tree->trust != STK_TRUST_OK)
        *out = *tree;
    else if (now < floor)
        stk_judge_refuse(
            out, STK_TRUST_CLOCK,
            "the clock says %s, which is before %s (%s); set the clock",
            stk_ruling_time(clock, now), stk_ruling_time(date, floor), whose);
    else if (tree->expires && now > tree->expires)
        stk_judge_refuse(
            out, STK_TRUST_EXPIRED,
            "the signature by %s expired on %s; get a newer release, or "
            "sign it again",
            tree->key, stk_ruling_time(date, tree->expires));
    else
        return true;
    return false;
}

void
stk_keyring_covers(stk_proof *out, stk_keyring *ring, const stk_proof *tree,
                   enum stk_kind kind, const char *name, int64_t now)
{
    char scope[STK_MODULE_MAX], why[STK_WHY_MAX], next[ADVICE_MAX];
    const char *pattern;
    stk_wanting wanting;
    unsigned needed;

    *out = *tree;
    out->trust = STK_TRUST_NONE;
    out->n_signers = 0;
    out->key[0] = out->message[0] = '\0';
    if (!check_tree(out, ring, tree, now))
        return;
    stk_ruling_scope(scope, kind, name);
    wanting = wanting_of(out, kind, scope, now);
    wanting.n_except = 0;
    needed = stk_keyring_threshold(ring, scope, &pattern);
    for (size_t i = 0; i < tree->n_signers; i++) {
        enum stk_trust trust =
            stk_ruling_key(ring, tree->signers[i], kind, scope, now, why);

        if (trust == STK_TRUST_OK)
            out->signers[out->n_signers++] = tree->signers[i];
        else if (out->trust == STK_TRUST_NONE)
            stk_judge_refuse(out, trust, "%.*s is signed by %s, which %s; %s",
                             SHOWN_MAX, name,
                             ring->signing->keys[tree->signers[i]].name, why,
                             stk_judge_advice(ring, &wanting, next));
    }
    if (!out->n_signers)
        return;
    name_signers(ring, out, needed);
    if (out->n_signers < needed) {
        wanting = wanting_of(out, kind, scope, now);
        refuse_too_few(out, ring, &wanting, needed, pattern);
        out->retiring = false;
        return;
    }
    out->trust = STK_TRUST_OK;
    out->message[0] = '\0';
    warn_retiring(out);
    if (tree->unsaved)
        memcpy(out->message, tree->message, sizeof out->message);
}

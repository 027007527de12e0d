/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One signature file against a claim and a policy. Of those that do not
 * hold, the one that came nearest says why.
 */
#include "trust/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A clock that is a little wrong is nobody's attack. */
#define CLOCK_SLACK 3600

/* Set by the build: SOURCE_DATE_EPOCH, or when this source was released. */
#ifndef STK_BUILD_CLOCK
#error "STK_BUILD_CLOCK is not set"
#endif

/* How far a signature came: of two refusals the later is told. */
enum stage {
    STAGE_NOTHING,
    STAGE_READ,
    STAGE_KEY,
    STAGE_SIGNATURE,
    STAGE_COMMENT,
    STAGE_CLAIM,
    STAGE_RULES,
    STAGE_TIME
};

/* ---- saying why ----------------------------------------------------- */

static void say(stk_proof *out, enum stk_trust trust, const char *format,
                va_list args) STK_PRINTF(3, 0);

static void
say(stk_proof *out, enum stk_trust trust, const char *format, va_list args)
{
    char text[2 * STK_MESSAGE_MAX];

    out->trust = trust;
    vsnprintf(text, sizeof text, format, args);
    stk_text_printable(out->message, sizeof out->message, text, strlen(text));
}

void
stk_judge_refuse(stk_proof *out, enum stk_trust trust, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(out, trust, format, args);
    va_end(args);
}

/* Returns false: this signature does not count. */
static bool reject(stk_judging *j, int stage, enum stk_trust trust,
                   const char *format, ...) STK_PRINTF(4, 5);

static bool
reject(stk_judging *j, int stage, enum stk_trust trust, const char *format,
       ...)
{
    va_list args;

    if (stage <= j->stage)
        return false;
    j->stage = stage;
    va_start(args, format);
    say(j->out, trust, format, args);
    va_end(args);
    return false;
}

/* Who may sign it, and how; or what the policy lacks. */
const char *
stk_judge_advice(const stk_keyring *ring, const stk_wanting *wanting,
                 char text[ADVICE_MAX])
{
    const char *scope = wanting->scope ? wanting->scope : wanting->package;
    char keys[SHOWN_MAX];

    stk_ruling_wanted(ring, wanting, keys, sizeof keys);
    if (keys[0])
        snprintf(text, ADVICE_MAX, "sign it with %s: %s", keys,
                 stk_ruling_command(wanting, false));
    else
        snprintf(text, ADVICE_MAX,
                 "no [key] of the policy may sign %.*s: widen the modules, "
                 "kinds or dates of one, or add one (stockade keygen)",
                 SHOWN_MAX, scope && strcmp(scope, "*") ? scope : "it");
    return text;
}

stk_wanting
stk_judge_wanting(const stk_judging *j)
{
    return (stk_wanting){ .kind = j->claim->kind,
                          .scope = j->scope,
                          .in_bundle = j->claim->kind == STK_KIND_BUNDLE,
                          .now = j->now };
}

static const char *
advice(const stk_judging *j, char text[ADVICE_MAX])
{
    stk_wanting wanting = stk_judge_wanting(j);

    return stk_judge_advice(j->ring, &wanting, text);
}

/* What is signed, as messages name it. */
const char *
stk_judge_subject(const stk_judging *j, char text[SHOWN_MAX + 32])
{
    const char *name = j->claim->module;

    if (j->claim->kind == STK_KIND_MANIFEST ||
        j->claim->kind == STK_KIND_BUNDLE)
        name = j->claim->basename;
    snprintf(text, SHOWN_MAX + 32, "%.*s", SHOWN_MAX, name ? name : "it");
    return text;
}

/* ---- which key ------------------------------------------------------ */

/*
 * The identifier is a hint that anybody can write: every key that has it is
 * tried, and the one whose bytes verify is the one that signed.
 */
static bool
find_signer(stk_judging *j, const stk_minisig *sig, unsigned *key)
{
    enum stk_trust best = STK_TRUST_UNKNOWN_KEY;
    char what[SHOWN_MAX + 32], id[STK_KEY_ID_TEXT], next[ADVICE_MAX];
    unsigned tried = 0;

    for (unsigned i = 0; i < j->ring->signing->n_keys; i++) {
        enum stk_trust found;

        if (memcmp(j->ring->keys[i].id, sig->id, sizeof sig->id))
            continue;
        found = stk_minisig_verify(sig, &j->ring->keys[i], j->content);
        if (found == STK_TRUST_OK) {
            *key = i;
            return true;
        }
        if (best != STK_TRUST_GLOBAL_SIGNATURE) {
            best = found;
            tried = i;
        }
    }
    /* given by themselves, they are in no policy that could be changed */
    if (best == STK_TRUST_UNKNOWN_KEY && j->ring->signing->n_keys &&
        !j->ring->signing->keys[0].file)
        return reject(j, STAGE_KEY, best,
                      "%s is signed with the key %s, and that is none that "
                      "was given; give the one that signed it, or %s",
                      stk_judge_subject(j, what), stk_key_id_text(id, sig->id),
                      advice(j, next));
    if (best == STK_TRUST_UNKNOWN_KEY)
        return reject(j, STAGE_KEY, best,
                      "%s is signed with the key %s, which the policy does "
                      "not have; give that key a [key NAME] section, or %s",
                      stk_judge_subject(j, what), stk_key_id_text(id, sig->id),
                      advice(j, next));
    if (best == STK_TRUST_GLOBAL_SIGNATURE)
        return reject(j, STAGE_SIGNATURE, best,
                      "the trusted comment in the signature of %s by %s was "
                      "changed after signing",
                      stk_judge_subject(j, what),
                      j->ring->signing->keys[tried].name);
    return reject(j, STAGE_SIGNATURE, best,
                  "the signature of %s by %s does not hold: these are not "
                  "the bytes that were signed; get the file again, or sign "
                  "it again",
                  stk_judge_subject(j, what),
                  j->ring->signing->keys[tried].name);
}

/* ---- what it says --------------------------------------------------- */

/*
 * minisign's own comment, "timestamp:N\tfile:mod.py\thashed", says which
 * file's name it is for and nothing of the package: good where a module is
 * its file, for nothing else.
 */
static bool
take_plain(const stk_judging *j, const stk_minisig *sig, stk_vote *v)
{
    static const char mark[] = "\tfile:", end[] = "\thashed";
    const char *text = sig->comment, *name, *module = j->claim->module;
    const size_t length = sig->comment_length, n = strlen(module);
    size_t name_length;

    if (!text || j->ring->signing->binding != STK_BINDING_BASENAME ||
        j->claim->kind != STK_KIND_MODULE || !j->claim->basename ||
        strchr(module, '.') || !text || length < sizeof mark + sizeof end ||
        memcmp(text + length - (sizeof end - 1), end, sizeof end - 1))
        return false;
    name = memmem(text, length, mark, sizeof mark - 1);
    if (!name || memcmp(text, "timestamp:", 10))
        return false;
    name += sizeof mark - 1;
    name_length = (size_t)(text + length - (sizeof end - 1) - name);
    if (name_length != n + 3 || memcmp(name, module, n) ||
        memcmp(name + n, ".py", 3) ||
        strlen(j->claim->basename) != name_length ||
        memcmp(j->claim->basename, name, name_length))
        return false;
    memset(&v->comment, 0, sizeof v->comment);
    v->plain = true;
    return true;
}

static bool
take_comment(stk_judging *j, const stk_minisig *sig, stk_vote *v)
{
    const char *by = j->ring->signing->keys[v->key].name;
    char what[SHOWN_MAX + 32], why[STK_WHY_MAX];

    if (stk_comment_is_ours(sig->comment, sig->comment_length)) {
        if (stk_comment_parse(&v->comment, sig->comment, sig->comment_length,
                              why))
            return true;
        return reject(j, STAGE_COMMENT, STK_TRUST_MALFORMED,
                      "the signature of %s by %s is of no use: %s",
                      stk_judge_subject(j, what), by, why);
    }
    if (take_plain(j, sig, v))
        return true;
    return reject(j, STAGE_COMMENT, STK_TRUST_BINDING,
                  "%s is signed by %s without saying what it is for; sign "
                  "it with: stockade sign%s",
                  stk_judge_subject(j, what), by,
                  j->ring->signing->binding == STK_BINDING_BASENAME
                      ? " (binding = basename is for top-level modules)"
                      : "");
}

/* Is it about these bytes, under this name? */
static bool
check_claim(stk_judging *j, const stk_vote *v)
{
    const stk_comment *c = &v->comment;
    const stk_claim *claim = j->claim;
    const char *context = j->ring->signing->context;
    const char *by = j->ring->signing->keys[v->key].name;
    char what[SHOWN_MAX + 32];

    if (v->plain)
        return true;
    if (c->kind != claim->kind)
        return reject(j, STAGE_CLAIM, STK_TRUST_KIND,
                      "%s signed this as the %s %.*s; it is used as the %s "
                      "%s; sign it again, as what it is",
                      by, stk_kind_name(c->kind), SHOWN_MAX / 2, c->module,
                      stk_kind_name(claim->kind), stk_judge_subject(j, what));
    if (strcmp(c->module, claim->module))
        return reject(j, STAGE_CLAIM, STK_TRUST_NAME,
                      "%s signed this as %.*s, not as %.*s; it was moved, or "
                      "signed with another --root",
                      by, SHOWN_MAX / 2, c->module, SHOWN_MAX / 2,
                      claim->module);
    if (c->size != j->content->size)
        return reject(j, STAGE_CLAIM, STK_TRUST_SIZE,
                      "%s signed %" PRIu64 " bytes, %s has %" PRIu64, by,
                      c->size, stk_judge_subject(j, what), j->content->size);
    if (memcmp(c->hash, j->content->digest, sizeof c->hash))
        return reject(j, STAGE_CLAIM, STK_TRUST_HASH,
                      "%s signed other bytes than those of %s", by,
                      stk_judge_subject(j, what));
    if (strcmp(c->context, context ? context : ""))
        return reject(j, STAGE_CLAIM, STK_TRUST_CONTEXT,
                      "%s signed %s for the context \"%s\", the policy's is "
                      "\"%s\": it was made for somewhere else; get what was "
                      "made for here, or sign it again%s%s",
                      by, stk_judge_subject(j, what), c->context,
                      context ? context : "",
                      context ? " with --context " : " without --context",
                      context ? context : "");
    return true;
}

/* ---- what the policy says ------------------------------------------- */

const char *
stk_judge_package(char package[STK_WORD_MAX], const stk_claim *claim,
                  const stk_comment *comment)
{
    const char *end = claim->kind == STK_KIND_POLICY ? ""
                      : claim->kind == STK_KIND_DATA ? "/"
                                                     : ".";

    if (comment->package[0])
        snprintf(package, STK_WORD_MAX, "%s", comment->package);
    else
        snprintf(package, STK_WORD_MAX, "%.*s",
                 (int)strcspn(claim->module, end), claim->module);
    return package;
}

/* What is accepted moves the floor of its package, where it has a sequence: a
 * key must not be able to move that of others, to where none of their
 * releases comes after. */
static bool
check_package(stk_judging *j, const stk_vote *v)
{
    const stk_key_rule *rule = &j->ring->signing->keys[v->key];
    char what[SHOWN_MAX + 32], package[STK_WORD_MAX];
    char why[STK_WHY_MAX], next[ADVICE_MAX];
    stk_wanting wanting = stk_judge_wanting(j);

    stk_judge_package(package, j->claim, &v->comment);
    if (!v->comment.sequence || stk_ruling_is_package(rule, package))
        return true;
    /* a whole package that is not the key's is out of its scope */
    wanting.scope = package;
    if (!strcmp(package, j->claim->module) &&
        stk_ruling_key(j->ring, v->key, j->claim->kind, package, j->now,
                       why) != STK_TRUST_OK)
        return reject(j, STAGE_RULES, STK_TRUST_SCOPE,
                      "%s is signed by %s, which %s; %s",
                      stk_judge_subject(j, what), rule->name, why,
                      stk_judge_advice(j->ring, &wanting, next));
    return reject(j, STAGE_RULES, STK_TRUST_PACKAGE,
                  "%s signed %s as of the package %.*s, which is none of its "
                  "modules; sign it again with --package and one that is",
                  rule->name, stk_judge_subject(j, what), SHOWN_MAX / 2,
                  package);
}

static bool
check_rules(stk_judging *j, const stk_vote *v)
{
    const char *by = j->ring->signing->keys[v->key].name;
    char what[SHOWN_MAX + 32], why[STK_WHY_MAX], next[ADVICE_MAX];
    char package[STK_WORD_MAX];
    stk_wanting wanting = stk_judge_wanting(j);
    enum stk_trust trust;

    trust =
        stk_ruling_key(j->ring, v->key, j->claim->kind, j->scope, j->now, why);
    if (trust == STK_TRUST_OK)
        return check_package(j, v);
    if (v->comment.sequence)
        wanting.package = stk_judge_package(package, j->claim, &v->comment);
    return reject(j, STAGE_RULES, trust, "%s is signed by %s, which %s; %s",
                  stk_judge_subject(j, what), by, why,
                  stk_judge_advice(j->ring, &wanting, next));
}

int64_t
stk_judge_clock(const stk_keyring *ring, const char **whose)
{
    int64_t floor = (int64_t)STK_BUILD_CLOCK;
    int64_t seen = stk_floor_clock(ring->state) - CLOCK_SLACK;

    *whose = "when stockade was made";
    if (ring->signing->clock_floor > floor) {
        floor = ring->signing->clock_floor;
        *whose = "the policy's clock_floor";
    }
    if (seen > floor) {
        floor = seen;
        *whose = "a signature that was accepted before";
    }
    return floor;
}

static bool
check_times(stk_judging *j, const stk_vote *v)
{
    const char *by = j->ring->signing->keys[v->key].name, *whose;
    char what[SHOWN_MAX + 32], date[RULING_TIME_MAX], clock[RULING_TIME_MAX];
    int64_t floor = stk_judge_clock(j->ring, &whose);

    stk_ruling_time(clock, j->now);
    /* a clock that is set back brings expired keys back to life */
    if (j->now < floor)
        return reject(j, STAGE_TIME, STK_TRUST_CLOCK,
                      "the clock says %s, which is before %s (%s); set the "
                      "clock",
                      clock, stk_ruling_time(date, floor), whose);
    if (v->comment.signed_at > j->now + CLOCK_SLACK)
        return reject(j, STAGE_TIME, STK_TRUST_CLOCK,
                      "%s signed %s on %s, and the clock says %s; one of "
                      "the two clocks is wrong",
                      by, stk_judge_subject(j, what),
                      stk_ruling_time(date, v->comment.signed_at), clock);
    if (v->comment.expires && j->now > v->comment.expires)
        return reject(j, STAGE_TIME, STK_TRUST_EXPIRED,
                      "the signature of %s by %s expired on %s; get a newer "
                      "release, or sign it again",
                      stk_judge_subject(j, what), by,
                      stk_ruling_time(date, v->comment.expires));
    return true;
}

bool
stk_judge_signature(stk_judging *j, const stk_text *text, stk_vote *v)
{
    char what[SHOWN_MAX + 32], why[STK_WHY_MAX];
    stk_minisig sig;
    enum stk_trust trust;

    v->plain = false;
    trust = stk_minisig_parse(&sig, text->data, text->length, why);
    if (trust != STK_TRUST_OK)
        return reject(j, STAGE_READ, trust, "the signature file of %s %s",
                      stk_judge_subject(j, what), why);
    return find_signer(j, &sig, &v->key) && take_comment(j, &sig, v) &&
           check_claim(j, v) && check_rules(j, v) && check_times(j, v);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the language once more, without an index: slow, plain, and
 * written apart from what it checks. And policies and questions at random,
 * from so few words that they meet.
 */
#ifndef STK_TEST_POLICY_ORACLE_H
#define STK_TEST_POLICY_ORACLE_H

#include "policies.h"
#include "policy/rule.h"

static inline bool
oracle_within(const char *name, const char *parent)
{
    size_t n = strlen(parent);

    return !strncmp(name, parent, n) && (!name[n] || name[n] == '.');
}

/* The longest member that holds the name, 0 for none. */
static inline size_t
oracle_member(const stk_group *group, const char *name)
{
    size_t best = 0;

    for (size_t i = 0; i < group->n_members; i++)
        if (oracle_within(name, group->members[i]) &&
            strlen(group->members[i]) > best)
            best = strlen(group->members[i]);
    return best;
}

/* The same, with a name in the one part that has its longest member. */
static inline size_t
oracle_held(const stk_policy *policy, const stk_group *group, const char *name)
{
    size_t held = oracle_member(group, name);

    return group->builtin && held < oracle_member(policy->stdlib, name) ? 0
                                                                        : held;
}

/* How well a rule matches; 0 for not at all. Greater wins. */
static inline uint64_t
oracle_rank(const stk_policy *policy, const stk_rule *rule, const char *name)
{
    bool prefix = !strncmp(name, rule->literal, rule->length);
    uint64_t held;

    switch (rule->kind) {
    case STK_PATTERN_BELOW:
        return prefix && name[rule->length] == '.'
                   ? UINT64_C(3) << 40 | rule->length << 8 | 3
                   : 0;
    case STK_PATTERN_NAME:
        return oracle_within(name, rule->literal)
                   ? UINT64_C(3) << 40 | rule->length << 8 | 2
                   : 0;
    case STK_PATTERN_PREFIX:
        return prefix ? UINT64_C(3) << 40 | rule->length << 8 | 1 : 0;
    case STK_PATTERN_GROUP:
        held = oracle_held(policy, rule->group, name);
        return held ? UINT64_C(2) << 40 | held << 8 | rule->length : 0;
    default:
        return 1;
    }
}

static inline const stk_rule *
oracle_winner(const stk_policy *policy, const stk_section *section,
              const char *name)
{
    const stk_rule *best = NULL;
    uint64_t most = 0;

    for (size_t i = 0; i < section->n_rules; i++) {
        uint64_t rank = oracle_rank(policy, section->rules[i], name);

        if (rank > most) {
            most = rank;
            best = section->rules[i];
        }
    }
    return best;
}

/* How a section holds an importer; 0 for not at all. Greater is asked
 * first. `*held` is how much of its name the section names. */
static inline uint64_t
oracle_holds(const stk_policy *policy, const stk_section *section,
             const char *importer, size_t *held)
{
    *held = 0;
    if (!importer || section->kind != STK_SECTION_FROM)
        return 0;
    if (section->group)
        *held = oracle_held(policy, section->group, importer);
    else if (oracle_within(importer, section->importer))
        *held = strlen(section->importer);
    if (*held == 0)
        return 0;
    return *held << 16 |
           (section->group ? strlen(section->group->name) : 0xFFFF);
}

typedef struct oracle_part {
    const stk_rule *rule;
    enum stk_reason reason;
    enum stk_verdict verdict;
} oracle_part;

/* One name, without its parents. */
static inline oracle_part
oracle_judge(const stk_policy *policy, const stk_request *request,
             const char *name, bool trusted)
{
    oracle_part part = { NULL, STK_REASON_DEFAULT, policy->fallback };
    uint64_t below = UINT64_MAX;
    bool aside = false;

    for (;;) {
        const stk_section *next = NULL;
        uint64_t most = 0;
        size_t held = 0, h;

        for (size_t i = 0; i < policy->n_sections; i++) {
            uint64_t rank = oracle_holds(policy, policy->sections[i],
                                         request->importer, &h);

            if (rank < below && rank > most) {
                most = rank;
                next = policy->sections[i];
                held = h;
            }
        }
        if (!next)
            break;
        below = most;
        part.rule = oracle_winner(policy, next, name);
        if (part.rule) {
            char own[256];

            snprintf(own, sizeof own, "%.*s", (int)held, request->importer);
            if (!oracle_within(name, own) && !oracle_within(own, name)) {
                part.reason = STK_REASON_IMPORTER;
                part.verdict = part.rule->verdict;
                return part;
            }
            aside = true;
        }
    }
    part.rule = NULL;
    if (trusted)
        return (oracle_part){ NULL, STK_REASON_TRUSTED, STK_ALLOW };
    part.rule = oracle_winner(policy, stk_rule_modules(policy), name);
    if (part.rule) {
        part.reason = STK_REASON_RULE;
        part.verdict = part.rule->verdict;
    }
    if (aside && part.verdict == STK_ALLOW)
        part.reason = STK_REASON_OWN;
    return part;
}

/* The best rule of [modules] that is no deny says what the name needs. */
static inline void
oracle_require(const stk_policy *policy, const char *name, stk_decision *d)
{
    const stk_section *section = stk_rule_modules(policy);
    uint64_t most = 0;

    for (size_t i = 0; i < section->n_rules; i++) {
        const stk_rule *rule = section->rules[i];
        uint64_t rank = oracle_rank(policy, rule, name);

        if (rank <= most || rule->verdict == STK_DENY)
            continue;
        most = rank;
        d->requirement = rule->requirement;
        d->bundle = rule->bundle;
    }
}

static inline stk_decision
oracle_decide(const stk_policy *policy, const stk_request *request)
{
    stk_decision d = { STK_DENY, STK_REASON_NONE, { 0 }, NULL, NULL };
    const stk_rule *closure = NULL, *denied = NULL;
    bool trusted = false, lifting, parent = false, lifted = false;
    char name[256];

    for (size_t i = 0; request->importer && i < policy->n_groups; i++)
        trusted |= policy->groups[i]->trusted &&
                   oracle_held(policy, policy->groups[i], request->importer);
    if (request->importer)
        closure =
            oracle_winner(policy, stk_rule_modules(policy), request->importer);
    if (closure && !closure->closure)
        closure = NULL;
    lifting = closure || (request->flags & STK_REQUEST_CLOSURE);
    for (const char *at = request->name; at; at = strchr(at, '.')) {
        size_t n = strcspn(at + 1, ".") + 1;
        oracle_part part;
        const stk_rule *rule;

        snprintf(name, sizeof name, "%.*s", (int)(at + n - request->name),
                 request->name);
        rule = oracle_winner(policy, stk_rule_forbidden(policy), name);
        if (rule) {
            /* the longest name that is forbidden is the one that is told */
            d = (stk_decision){ STK_DENY, STK_REASON_FORBIDDEN,
                                stk_rule_show(rule), NULL, NULL };
        }
        if (d.reason == STK_REASON_FORBIDDEN) {
            at++;
            continue;
        }
        part = oracle_judge(policy, request, name, trusted);
        lifted = part.verdict == STK_DENY && lifting &&
                 (part.reason == STK_REASON_DEFAULT ||
                  (part.reason == STK_REASON_RULE &&
                   part.rule->kind == STK_PATTERN_ANY));
        if (lifted)
            part = (oracle_part){ closure, STK_REASON_CLOSURE, STK_ALLOW };
        if (!at[n] && part.verdict == STK_DENY)
            parent = false;
        else if (parent)
            part = (oracle_part){ denied, STK_REASON_PARENT, STK_DENY };
        d = (stk_decision){ part.verdict, part.reason,
                            stk_rule_show(part.rule), NULL, NULL };
        if (part.verdict == STK_DENY && at[n] && !parent) {
            parent = true;
            denied = part.rule;
        }
        if (part.reason == STK_REASON_TRUSTED)
            d.rule = policy->trusted;
        at++;
    }
    if (d.verdict == STK_ALLOW)
        oracle_require(policy, request->name, &d);
    return d;
}

/* ---- at random ------------------------------------------------------- */

static inline void
random_name(uint32_t *seed, char name[64])
{
    static const char *const labels[] = { "a",    "b",      "ab",      "abc",
                                          "json", "urllib", "request", "os" };
    unsigned n = 1 + next_random(seed) % 3;
    int used = 0;

    for (unsigned i = 0; i < n; i++)
        used += snprintf(name + used, 64 - (size_t)used, "%s%s", i ? "." : "",
                         labels[next_random(seed) % 8]);
}

static inline void
random_pattern(uint32_t *seed, char pattern[80])
{
    static const char *const groups[] = { "@one",        "@two",
                                          "@other",      "@stdlib",
                                          "@stdlib.net", "@stdlib.pure" };
    char name[64];

    random_name(seed, name);
    switch (next_random(seed) % 8) {
    case 0:
        snprintf(pattern, 80, "%s", groups[next_random(seed) % 6]);
        break;
    case 1:
        snprintf(pattern, 80, "%s.*", name);
        break;
    case 2:
        snprintf(pattern, 80, "%s*", name);
        break;
    case 3:
        snprintf(pattern, 80, "%s", next_random(seed) % 3 ? name : "*");
        break;
    default:
        snprintf(pattern, 80, "%s", name);
    }
}

static inline void
random_section(uint32_t *seed, stk_buffer *text, const char *heading,
               const char *const *words, unsigned n_words)
{
    char patterns[8][80];
    unsigned n = next_random(seed) % 8;

    stk_buffer_printf(text, "[%s]\n", heading);
    for (unsigned i = 0; i < n; i++) {
        bool again = false;

        random_pattern(seed, patterns[i]);
        for (unsigned j = 0; j < i; j++)
            again |= !strcmp(patterns[i], patterns[j]);
        if (!again)
            stk_buffer_printf(text, "%s = %s\n", patterns[i],
                              words[next_random(seed) % n_words]);
    }
}

/* A policy as text; it may be one that is refused. Freed by free(). */
static inline char *
random_policy(uint32_t *seed)
{
    static const char *const reasons[] = { "no" };
    static const char *const words[] = { "allow", "deny", "allow closure",
                                         "signed",
                                         "signed closure bundle:a.stk" };
    static const char *const trusted[] = { "", "", "", "trusted = @one\n",
                                           "trusted = @stdlib\n" };
    static const char *const importers[] = { "a",   "@two",    "ab",
                                             "a.b", "@stdlib", "@other" };
    stk_buffer text = STK_BUFFER_INIT(1u << 16);
    char name[64], heading[80];

    stk_buffer_printf(&text, V1 "%sdefault = %s\n",
                      trusted[next_random(seed) % 5],
                      next_random(seed) % 4 ? "deny" : "allow");
    if (next_random(seed) % 4 == 0)
        random_section(seed, &text, "forbidden", reasons, 1);
    random_section(seed, &text, "modules", words, 5);
    for (unsigned i = 0; i < UNIT_COUNT(importers); i++) {
        snprintf(heading, sizeof heading, "modules from %s", importers[i]);
        if (next_random(seed) % 3 == 0)
            random_section(seed, &text, heading, words, 2);
    }
    stk_buffer_puts(&text, "[group one]\nmembers = a");
    stk_buffer_puts(&text, "\n[group two]\nmembers = ab, a.ab");
    random_name(seed, name);
    stk_buffer_printf(&text, "\n[group other]\nmembers = %s\n" A_KEY, name);
    return stk_buffer_steal(&text);
}

/* NULL when the text is refused. */
static inline stk_policy *
try_policy(const char *text)
{
    stk_policy_text source = { "policy.ini", text, strlen(text) };
    stk_policy *policy = NULL;

    stk_policy_parse(&policy, &source, NULL, NULL, NULL);
    return policy;
}

static inline stk_request
random_request(uint32_t *seed, char name[64], char importer[64])
{
    stk_request request = STK_REQUEST_INIT;

    random_name(seed, name);
    random_name(seed, importer);
    request.name = name;
    if (next_random(seed) % 4)
        request.importer = importer;
    if (next_random(seed) % 8 == 0)
        request.flags = STK_REQUEST_CLOSURE;
    return request;
}

/* A question to a policy, both at random. */
typedef struct trial {
    uint32_t *seed;
    const char *text; /* of the policy */
    const stk_policy *policy;
    char name[64], importer[64];
    stk_request request; /* for them */
} trial;

/* Fails where something is wrong; true where this one counts. */
typedef bool trial_fn(trial *t);

/* `n` questions to each of `policies` that is not refused: how many counted.
 */
static inline unsigned
run_trials(uint32_t seed, unsigned policies, unsigned n, trial_fn *each)
{
    unsigned counted = 0;

    for (unsigned round = 0; round < policies; round++) {
        char *text = random_policy(&seed);
        stk_policy *policy = try_policy(text);
        trial t = { .seed = &seed, .text = text, .policy = policy };

        for (unsigned i = 0; policy && i < n; i++) {
            t.request = random_request(&seed, t.name, t.importer);
            counted += each(&t);
        }
        stk_policy_free(policy);
        free(text);
    }
    return counted;
}

/* One of its sections. */
static inline const stk_section *
random_section_of(const trial *t)
{
    return t->policy->sections[next_random(t->seed) % t->policy->n_sections];
}

#endif

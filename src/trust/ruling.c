/* SPDX-License-Identifier: Apache-2.0 */
/* One key and its [key NAME] section: may it sign this, now? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/pattern.h"
#include "trust/keyring_parts.h"

#define WANTED_MAX 5u            /* keys that a message names */
#define LATEST     253402300799u /* the last second of the year 9999 */

void
stk_ruling_scope(char scope[STK_MODULE_MAX], enum stk_kind kind,
                 const char *module)
{
    const char *slash = kind == STK_KIND_DATA ? strrchr(module, '/') : NULL;
    size_t length;

    /* a policy, and data beside no module, are everybody's: of all patterns
     * `*` alone covers them */
    if (kind == STK_KIND_POLICY || (kind == STK_KIND_DATA && !slash)) {
        snprintf(scope, STK_MODULE_MAX, "*");
        return;
    }
    length = strnlen(module, STK_MODULE_MAX - 1);
    memcpy(scope, module, length);
    scope[length] = '\0';
    if (slash && (size_t)(slash - module) < STK_MODULE_MAX)
        scope[slash - module] = '\0';
    for (char *at = scope; slash && *at; at++)
        if (*at == '/')
            *at = '.';
}

const char *
stk_ruling_command(const stk_wanting *wanting, bool additional)
{
    if (wanting->in_bundle)
        return "stockade bundle --additional --key FILE PATH";
    if (wanting->kind == STK_KIND_POLICY)
        return additional
                   ? "stockade sign --kind policy --key FILE --additional PATH"
                   : "stockade sign --kind policy --key FILE PATH";
    return additional ? "stockade sign --key FILE --additional PATH"
                      : "stockade sign --key FILE PATH";
}

const char *
stk_ruling_time(char text[RULING_TIME_MAX], int64_t seconds)
{
    char whole[STK_CLOCK_TEXT_MAX];
    uint64_t shown = seconds > 0 ? (uint64_t)seconds : 0;

    /* a signer may write any: later than all is not 1970 */
    stk_clock_text(whole, (shown < LATEST ? shown : LATEST) * 1000000u);
    if (!memcmp(whole + 10, "T00:00:00", 9) ||
        !memcmp(whole + 10, "T23:59:59", 9))
        snprintf(text, RULING_TIME_MAX, "%.10s", whole);
    else
        snprintf(text, RULING_TIME_MAX, "%.19sZ", whole);
    return text;
}

/* ---- one key -------------------------------------------------------- */

static bool
is_in_scope(const stk_key_rule *rule, const char *scope)
{
    for (size_t i = 0; i < rule->n_modules; i++)
        if (stk_pattern_rank(rule->modules[i], scope))
            return true;
    return false;
}

bool
stk_ruling_is_package(const stk_key_rule *rule, const char *package)
{
    size_t n = strlen(package);

    for (size_t i = 0; i < rule->n_modules; i++)
        if (!strncmp(rule->modules[i], package, n) &&
            !strcmp(rule->modules[i] + n, ".*"))
            return true;
    return n && is_in_scope(rule, package);
}

/* "shop, tools.*" */
static const char *
list_modules(const stk_key_rule *rule, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < rule->n_modules && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i ? ", " : "", rule->modules[i]);
    return text;
}

static enum stk_trust
check_revoked(const stk_keyring *ring, size_t key, char *why)
{
    const stk_key_rule *rule = &ring->signing->keys[key];
    char date[RULING_TIME_MAX];

    /* whatever date a signature names: the thief writes it */
    if (rule->status != STK_KEY_ACTIVE && rule->status != STK_KEY_RETIRING) {
        if (rule->revoked)
            snprintf(why, STK_WHY_MAX, "was revoked on %s",
                     stk_ruling_time(date, rule->revoked));
        else
            snprintf(why, STK_WHY_MAX, "is revoked");
        return STK_TRUST_KEY_REVOKED;
    }
    if (stk_keyring_key_is_revoked(ring, key)) {
        snprintf(why, STK_WHY_MAX, "is revoked under [signing]");
        return STK_TRUST_KEY_REVOKED;
    }
    return STK_TRUST_OK;
}

static enum stk_trust
check_dates(const stk_key_rule *rule, int64_t now, char *why)
{
    char date[RULING_TIME_MAX];

    if (rule->not_before && now < rule->not_before) {
        snprintf(why, STK_WHY_MAX, "is not valid before %s",
                 stk_ruling_time(date, rule->not_before));
        return STK_TRUST_KEY_EARLY;
    }
    if (rule->not_after && now > rule->not_after) {
        snprintf(why, STK_WHY_MAX, "was valid until %s",
                 stk_ruling_time(date, rule->not_after));
        return STK_TRUST_KEY_EXPIRED;
    }
    return STK_TRUST_OK;
}

enum stk_trust
stk_ruling_key(const stk_keyring *ring, size_t key, enum stk_kind kind,
               const char *scope, int64_t now, char why[STK_WHY_MAX])
{
    const stk_key_rule *rule = &ring->signing->keys[key];
    enum stk_trust trust = check_revoked(ring, key, why);
    char modules[STK_WHY_MAX / 2];

    if (trust != STK_TRUST_OK)
        return trust;
    if (scope && !is_in_scope(rule, scope)) {
        snprintf(why, STK_WHY_MAX, "may sign for %s alone",
                 list_modules(rule, modules, sizeof modules));
        return STK_TRUST_SCOPE;
    }
    if (!(rule->kinds & (uint32_t)kind)) {
        snprintf(why, STK_WHY_MAX, "may not sign a %s (see its kinds)",
                 stk_kind_name(kind));
        return STK_TRUST_KEY_KIND;
    }
    return check_dates(rule, now, why);
}

/* ---- who may -------------------------------------------------------- */

static bool
may_sign(const stk_keyring *ring, unsigned key, const stk_wanting *wanting)
{
    const stk_key_rule *rule = &ring->signing->keys[key];
    char why[STK_WHY_MAX];

    for (size_t i = 0; i < wanting->n_except; i++)
        if (wanting->except[i] == key)
            return false;
    if (wanting->package && !stk_ruling_is_package(rule, wanting->package))
        return false;
    return stk_ruling_key(ring, key, wanting->kind, wanting->scope,
                          wanting->now, why) == STK_TRUST_OK;
}

const char *
stk_ruling_wanted(const stk_keyring *ring, const stk_wanting *wanting,
                  char *text, size_t size)
{
    size_t used = 0;
    unsigned shown = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < ring->signing->n_keys && used < size; i++) {
        if (!may_sign(ring, i, wanting))
            continue;
        if (shown++ == WANTED_MAX) {
            snprintf(text + used, size - used, " or another");
            break;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 shown > 1 ? " or " : "",
                                 ring->signing->keys[i].name);
    }
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [key NAME]: a public key, and what it may sign. */
#include "policy/keys.h"

#include <string.h>

#include "base/text.h"
#include "policy/gate.h"
#include "policy/heading.h"
#include "policy/moment.h"
#include "policy/sectionkey.h"

#define KEY_NAME_MAX 40u /* what [key NAME] has room for */

typedef struct entry {
    stk_sectionkey key; /* first, as the table wants it */
    int (*take)(stk_key_reader *r, uint32_t line, const char *value);
} entry;

/* ---- what a key is ---------------------------------------------------- */

static int
base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* 56 characters are 42 bytes with nothing left over: one text, one key. */
bool
stk_key_decode(unsigned char out[STK_KEY_BYTES], const char *text)
{
    unsigned char *at = out;

    if (strlen(text) != STK_PUBLIC_KEY_LENGTH)
        return false;
    for (size_t i = 0; i < STK_PUBLIC_KEY_LENGTH; i += 4) {
        uint32_t bits = 0;

        for (size_t j = 0; j < 4; j++) {
            int value = base64_value(text[i + j]);

            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        *at++ = (unsigned char)(bits >> 16);
        *at++ = (unsigned char)(bits >> 8);
        *at++ = (unsigned char)bits;
    }
    return out[0] == 'E' && out[1] == 'd';
}

bool
stk_key_is_pattern(const char *text)
{
    size_t length = strlen(text);

    if (!strcmp(text, "*"))
        return true;
    if (length > 2 && !strcmp(text + length - 2, ".*"))
        length -= 2;
    else if (length > 1 && text[length - 1] == '*')
        length--;
    return stk_name_is_dotted(text, length);
}

/* ---- the entries -------------------------------------------------------- */

static int
take_public(stk_key_reader *r, uint32_t line, const char *value)
{
    unsigned char bytes[STK_KEY_BYTES];
    char text[STK_QUOTE_MAX];

    r->key->public_line = line;
    if (!stk_key_decode(bytes, value)) {
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "%s is no public key; write the second line of the .pub "
                     "file, %u characters that begin with RW",
                     stk_quote_word(text, value), STK_PUBLIC_KEY_LENGTH);
        return 0;
    }
    r->key->rule.public_key = value;
    return 0;
}

static bool
is_pattern(stk_draft *draft, stk_place place, const char *word)
{
    char text[STK_QUOTE_MAX];

    if (word[0] != '@' && stk_key_is_pattern(word))
        return true;
    STK_COMPLAIN_AT(draft, place, STK_E_INVALID,
                    word[0] == '@'
                        ? "%s is a group; a key is for names and patterns: "
                          "shop, tools.*"
                        : "%s is no pattern; write shop, tools.*, shop_* or *",
                    stk_quote_word(text, word));
    return false;
}

static int
take_modules(stk_key_reader *r, uint32_t line, const char *value)
{
    return stk_sectionkey_patterns(r->draft, (stk_place){ r->file, line },
                                   &r->key->modules, value, is_pattern);
}

static enum stk_kind
find_kind(const char *word)
{
    for (unsigned bit = 1; bit <= STK_KIND_POLICY; bit <<= 1)
        if (!strcmp(stk_kind_name((enum stk_kind)bit), word))
            return (enum stk_kind)bit;
    return (enum stk_kind)0;
}

static int
complain_kind(stk_key_reader *r, uint32_t line, const char *word)
{
    const char *names[33] = { NULL };
    size_t n = 0;

    for (unsigned bit = 1; bit <= STK_KIND_POLICY; bit <<= 1)
        names[n++] = stk_kind_name((enum stk_kind)bit);
    return stk_sectionkey_unknown(r->draft, (stk_place){ r->file, line },
                                  "kind", word, names);
}

static int
take_kinds(stk_key_reader *r, uint32_t line, const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1];

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        enum stk_kind kind = find_kind(word);

        if (!kind && complain_kind(r, line, word) < 0)
            return -STK_E_MEMORY;
        if (kind && r->key->rule.kinds & kind)
            STK_COMPLAIN(r, line, STK_E_INVALID, "%s is in kinds already",
                         word);
        r->key->rule.kinds |= kind;
    }
    return 0;
}

static void
take_moment(stk_key_reader *r, uint32_t line, const char *value, int64_t *out,
            bool end)
{
    char text[STK_QUOTE_MAX];

    if (!stk_moment_parse(out, value, end))
        STK_COMPLAIN(r, line, STK_E_INVALID, "%s is no date; " STK_MOMENT_HINT,
                     stk_quote_word(text, value));
}

static int
take_not_before(stk_key_reader *r, uint32_t line, const char *value)
{
    take_moment(r, line, value, &r->key->rule.not_before, false);
    return 0;
}

static int
take_not_after(stk_key_reader *r, uint32_t line, const char *value)
{
    take_moment(r, line, value, &r->key->rule.not_after, true);
    return 0;
}

static int
take_status(stk_key_reader *r, uint32_t line, const char *value)
{
    static const char *const words[] = { "active", "retiring", "revoked",
                                         NULL };
    stk_key_rule *rule = &r->key->rule;
    bool revoked = !strncmp(value, "revoked", strlen("revoked"));
    const char *rest = revoked ? value + strlen("revoked") : "";

    if (!strcmp(value, "active"))
        rule->status = STK_KEY_ACTIVE;
    else if (!strcmp(value, "retiring"))
        rule->status = STK_KEY_RETIRING;
    else if (revoked && !*rest)
        rule->status = STK_KEY_REVOKED;
    else if (strspn(rest, " \t")) {
        rule->status = STK_KEY_REVOKED;
        take_moment(r, line, rest + strspn(rest, " \t"), &rule->revoked,
                    false);
    } else
        return stk_sectionkey_unknown(r->draft, (stk_place){ r->file, line },
                                      "status", value, words);
    return 0;
}

enum { PUBLIC, MODULES, KINDS, NOT_BEFORE, NOT_AFTER, STATUS };

static const entry entries[] = {
    [PUBLIC] = { { "public", false }, take_public },
    [MODULES] = { { "modules", true }, take_modules },
    [KINDS] = { { "kinds", true }, take_kinds },
    [NOT_BEFORE] = { { "not_before", false }, take_not_before },
    [NOT_AFTER] = { { "not_after", false }, take_not_after },
    [STATUS] = { { "status", false }, take_status },
};

#define N_ENTRIES (sizeof entries / sizeof entries[0])

_Static_assert(N_ENTRIES <= 6, "stk_key_reader.seen holds every key");

int
stk_key_take(stk_key_reader *r, uint32_t line, const char *key,
             const char *value)
{
    const stk_sectionline said = { r->draft, { r->file, line }, key, value };
    static const stk_sectionkeys table = { entries, N_ENTRIES,
                                           sizeof entries[0] };
    size_t row;
    int found =
        stk_sectionkey_find(&row, &said, &table, r->key ? r->seen : NULL);

    return found > 0 ? entries[row].take(r, line, value) : found;
}

/* ---- the section -------------------------------------------------------- */

int
stk_key_begin(stk_key_reader *r, uint32_t line, const char *name)
{
    static const stk_heading_kind kind = { "key", "keys", KEY_NAME_MAX,
                                           STK_KEYS_MAX };
    const stk_heading heading = { &kind, r->draft, { r->file, line }, name };
    stk_draft_key *key;

    r->heading = line;
    if (!stk_heading_is_named(&heading))
        return 0;
    key = stk_draft_key_named(r->draft, name);
    if (!key)
        return stk_heading_refused(&heading, r->draft->n_keys);
    if (stk_heading_is_repeated(&heading,
                                (stk_place){ key->rule.file, key->rule.line }))
        return 0;
    /* the later file's key, nothing of the one that it replaces */
    *key = (stk_draft_key){ .rule.name = key->rule.name };
    key->rule.status = STK_KEY_ACTIVE;
    key->rule.file = r->file;
    key->rule.line = line;
    r->key = key;
    return 0;
}

static void
check_key(stk_key_reader *r)
{
    const stk_key_rule *rule = &r->key->rule;

    if (!r->seen[PUBLIC])
        STK_COMPLAIN(
            r, r->heading, STK_E_INVALID,
            "[key %s] has no public key; write public = and the second "
            "line of the .pub file",
            rule->name);
    if (!r->seen[MODULES])
        STK_COMPLAIN(
            r, r->heading, STK_E_INVALID,
            "[key %s] has no modules; write modules = and what it may "
            "sign, * for everything",
            rule->name);
    if (rule->not_after && rule->not_before > rule->not_after)
        STK_COMPLAIN(r, r->seen[NOT_AFTER], STK_E_INVALID,
                     "not_after is before not_before (line %u)",
                     r->seen[NOT_BEFORE]);
}

void
stk_key_end(stk_key_reader *r)
{
    if (r->key)
        check_key(r);
    r->key = NULL;
    memset(r->seen, 0, sizeof r->seen);
}

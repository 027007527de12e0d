/* SPDX-License-Identifier: Apache-2.0 */
/* A profile by words: one `key = value` at a time. */
#include "base/profile.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/unit.h"

#define SECOND     1000u
#define KIB        1024ull
#define SEPARATORS ", \t"
#define QUOTE_MAX  100u
#define WORD_MAX   512u

static const char *
quote(char out[QUOTE_MAX], const char *text)
{
    return stk_text_printable(out, QUOTE_MAX, text, strlen(text));
}

/* "unknown WHAT", with the word that was meant, or with all of them. */
static int
refuse_word(stk_error *err, const char *what, const char *word,
            const char *const *words)
{
    STK_CLEANUP(stk_buffer_clear) stk_buffer all = STK_BUFFER_INIT(2048);
    const char *near = stk_text_nearest(word, words);
    char text[QUOTE_MAX];

    if (near)
        return stk_error_set(err, STK_E_INVALID,
                             "unknown %s \"%s\"; did you mean \"%s\"?", what,
                             quote(text, word), near);
    stk_buffer_choices(&all, words);
    return stk_error_set(err, STK_E_INVALID, "unknown %s \"%s\"; write %s",
                         what, quote(text, word), all.failed ? "" : all.data);
}

/* ---- lists ----------------------------------------------------------- */

/* Takes the next word off `*rest`; 0 at the end. */
static int
next_word(char word[WORD_MAX], const char **rest, stk_error *err)
{
    const char *at = *rest + strspn(*rest, SEPARATORS);
    size_t length = strcspn(at, SEPARATORS);

    *rest = at + length;
    if (length >= WORD_MAX)
        return stk_error_set(err, STK_E_LIMIT, "a word of over %u bytes",
                             WORD_MAX - 1);
    memcpy(word, at, length);
    word[length] = '\0';
    return length > 0;
}

bool
stk_words_has(const stk_words *words, const char *word)
{
    const char *at = words->text;

    for (uint32_t i = 0; i < words->n; i++, at += strlen(at) + 1)
        if (!strcmp(at, word))
            return true;
    return false;
}

bool
stk_words_add(stk_words *words, const char *word)
{
    size_t size = strlen(word) + 1;

    if (words->used > sizeof words->text ||
        size > sizeof words->text - words->used)
        return false;
    memcpy(words->text + words->used, word, size);
    words->used += (uint32_t)size;
    words->n++;
    return true;
}

static int
add_word(stk_words *words, const char *word, stk_error *err)
{
    char text[QUOTE_MAX];

    if (stk_words_has(words, word))
        return stk_error_set(err, STK_E_INVALID, "\"%s\" stands there already",
                             quote(text, word));
    if (!stk_words_add(words, word))
        return stk_error_set(err, STK_E_LIMIT,
                             "more than %u bytes of one list",
                             STK_PROFILE_WORDS_MAX);
    return 0;
}

/* ---- syscalls, require ----------------------------------------------- */

static int
take_calls(stk_profile *p, const char *word, stk_error *err)
{
    const char *names[33] = { NULL };
    size_t n = 0;

    for (uint32_t bit = 1; bit & STK_CALLS_ALL; bit <<= 1) {
        names[n++] = stk_calls_name((enum stk_calls)bit);
        if (strcmp(word, names[n - 1]))
            continue;
        p->calls |= bit;
        return 0;
    }
    return refuse_word(err, "group of system calls", word, names);
}

static int
take_require(stk_profile *p, const char *word, stk_error *err)
{
    const char *names[STK_LAYER_COUNT + 2] = { "namespaces" };

    if (!strcmp(word, names[0])) {
        p->require |= STK_LAYERS_NAMESPACES;
        return 0;
    }
    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        names[i + 1] = stk_layer_name((enum stk_layer)i);
        if (strcmp(word, names[i + 1]))
            continue;
        p->require |= STK_LAYER_BIT(i);
        return 0;
    }
    return refuse_word(err, "layer", word, names);
}

/* ---- amounts --------------------------------------------------------- */

static int
take_bytes(uint64_t *out, const char *value, uint64_t least, uint64_t most,
           stk_error *err)
{
    char text[QUOTE_MAX], low[STK_UNIT_TEXT_MAX], high[STK_UNIT_TEXT_MAX];
    uint64_t bytes;

    if (stk_unit_parse_bytes(&bytes, value) < 0)
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" is no size; write a number and K, M, G "
                             "or T, as 512M",
                             quote(text, value));
    if (bytes < least || bytes > most)
        return stk_error_set(err, STK_E_LIMIT,
                             "%s is out of bounds; write %s to %s",
                             quote(text, value), stk_unit_bytes(low, least),
                             stk_unit_bytes(high, most));
    *out = bytes;
    return 0;
}

static int
take_time(uint64_t *out, const char *value, uint64_t least, uint64_t most,
          stk_error *err)
{
    char text[QUOTE_MAX], low[STK_UNIT_TEXT_MAX], high[STK_UNIT_TEXT_MAX];
    uint64_t ms;

    if (stk_unit_parse_ms(&ms, value) < 0)
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" is no time; write a number and ms, s, m "
                             "or h, as 2s",
                             quote(text, value));
    if (ms < least || ms > most)
        return stk_error_set(err, STK_E_LIMIT,
                             "%s is out of bounds; write %s to %s",
                             quote(text, value), stk_unit_ms(low, least),
                             stk_unit_ms(high, most));
    *out = ms;
    return 0;
}

static int
take_number(uint32_t *out, const char *value, uint32_t least, uint32_t most,
            stk_error *err)
{
    char text[QUOTE_MAX];
    uint64_t number;

    if (stk_unit_parse_number(&number, value) < 0 || number < least ||
        number > most)
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" is no number from %u to %u",
                             quote(text, value), least, most);
    *out = (uint32_t)number;
    return 0;
}

static int
take_memory(stk_profile *p, const char *value, stk_error *err)
{
    return take_bytes(&p->memory, value, 32 * KIB * KIB,
                      16 * KIB * KIB * KIB * KIB, err);
}

static int
take_output(stk_profile *p, const char *value, stk_error *err)
{
    return take_bytes(&p->output, value, 0, KIB * KIB * KIB * KIB, err);
}

static int
take_reply(stk_profile *p, const char *value, stk_error *err)
{
    return take_bytes(&p->reply, value, KIB, KIB * KIB * KIB, err);
}

static int
take_cpu(stk_profile *p, const char *value, stk_error *err)
{
    if (!strcmp(value, "unlimited")) {
        p->cpu_ms = STK_UNLIMITED;
        return 0;
    }
    return take_time(&p->cpu_ms, value, SECOND, 24 * 3600 * SECOND, err);
}

static int
take_deadline(stk_profile *p, const char *value, stk_error *err)
{
    return take_time(&p->deadline_ms, value, 10, 24 * 3600 * SECOND, err);
}

static int
take_processes(stk_profile *p, const char *value, stk_error *err)
{
    return take_number(&p->processes, value, 1, 1024, err);
}

static int
take_denials(stk_profile *p, const char *value, stk_error *err)
{
    return take_number(&p->denials, value, 0, 1000000, err);
}

static int
take_callbacks(stk_profile *p, const char *value, stk_error *err)
{
    return take_number(&p->callbacks, value, 0, 1000000, err);
}

static int
take_restart(stk_profile *p, const char *value, stk_error *err)
{
    static const char *const words[] = { "never", "on_next_call", NULL };

    for (int i = 0; words[i]; i++)
        if (!strcmp(value, words[i])) {
            p->restart = (enum stk_restart)i;
            return 0;
        }
    return refuse_word(err, "restart", value, words);
}

static int
take_start(stk_profile *p, const char *value, stk_error *err)
{
    static const char *const words[] = { "on_first_use", "on_install", NULL };

    for (int i = 0; words[i]; i++)
        if (!strcmp(value, words[i])) {
            p->start = (enum stk_start)i;
            return 0;
        }
    return refuse_word(err, "start", value, words);
}

static int
take_spares(stk_profile *p, const char *value, stk_error *err)
{
    return take_number(&p->spares, value, 0, STK_SPARES_MAX, err);
}

/* ---- modules, paths, ports ------------------------------------------- */

/* The host looks at it as at any module name; here it must be one word of
 * the language that a worker imports from. */
static int
take_preload(stk_profile *p, const char *word, stk_error *err)
{
    size_t length = strlen(word);
    char text[QUOTE_MAX];
    bool label = false;

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)word[i];
        bool digit = c >= '0' && c <= '9';

        if (c == '.' && label)
            label = false;
        else if (c == '_' || c >= 0x80 || (digit && label) ||
                 ((c | 32) >= 'a' && (c | 32) <= 'z'))
            label = true;
        else
            length = i; /* and so no name */
    }
    if (!label || word[length] || stk_utf8_check(word, length) < length)
        return stk_error_set(err, STK_E_INVALID, "\"%s\" is no module name",
                             quote(text, word));
    return add_word(&p->preload, word, err);
}

static bool
is_plain_path(const char *path)
{
    const char *at = path;

    if (path[0] != '/' || !path[1])
        return false;
    while (*at == '/') {
        size_t length = strcspn(++at, "/");

        if (length == 0 || (length == 1 && at[0] == '.') ||
            (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += length;
    }
    return true;
}

/* /proc has the memory of processes as files. */
static int
add_path(stk_profile *p, stk_words *words, const char *path, stk_error *err)
{
    char text[QUOTE_MAX];

    if (!is_plain_path(path))
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" is no absolute path below /, without "
                             "//, . and ..",
                             quote(text, path));
    if (!strncmp(path, "/proc", 5) && (!path[5] || path[5] == '/'))
        return stk_error_set(err, STK_E_INVALID,
                             "/proc is for no worker: it shows processes and "
                             "their memory");
    if (stk_words_has(&p->read, path) || stk_words_has(&p->write, path))
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" stands in read or write already",
                             quote(text, path));
    return add_word(words, path, err);
}

static int
take_read(stk_profile *p, const char *word, stk_error *err)
{
    return add_path(p, &p->read, word, err);
}

static int
take_write(stk_profile *p, const char *word, stk_error *err)
{
    return add_path(p, &p->write, word, err);
}

static int
take_port(stk_profile *p, const char *word, stk_error *err)
{
    bool listens = !strncmp(word, "listen:", 7);
    const char *digits = listens                         ? word + 7
                         : !strncmp(word, "connect:", 8) ? word + 8
                                                         : word;
    stk_ports *ports = listens ? &p->listen : &p->connect;
    char text[QUOTE_MAX];
    uint64_t port;

    if (stk_unit_parse_number(&port, digits) < 0 || port < 1 || port > 65535)
        return stk_error_set(err, STK_E_INVALID,
                             "\"%s\" is no port; write 443, or listen:8080",
                             quote(text, word));
    for (uint32_t i = 0; i < ports->n; i++)
        if (ports->ports[i] == port)
            return stk_error_set(err, STK_E_INVALID,
                                 "\"%s\" stands there already",
                                 quote(text, word));
    if (ports->n == STK_PROFILE_PORTS_MAX)
        return stk_error_set(err, STK_E_LIMIT, "more than %u ports",
                             STK_PROFILE_PORTS_MAX);
    ports->ports[ports->n++] = (uint16_t)port;
    return 0;
}

/* ---- the table ------------------------------------------------------- */

#define FIELD(member)                                                         \
    offsetof(stk_profile, member), sizeof(((stk_profile *)0)->member)

/* Ports are two fields, one behind the other. */
#define PORTS offsetof(stk_profile, connect), 2 * sizeof(stk_ports)
_Static_assert(offsetof(stk_profile, listen) ==
                   offsetof(stk_profile, connect) + sizeof(stk_ports),
               "the ports lie together");

const stk_profile_key stk_profile_keys[STK_PROFILE_KEYS] = {
    { "callbacks", false, take_callbacks, FIELD(callbacks) },
    { "cpu", false, take_cpu, FIELD(cpu_ms) },
    { "deadline", false, take_deadline, FIELD(deadline_ms) },
    { "denials", false, take_denials, FIELD(denials) },
    { "memory", false, take_memory, FIELD(memory) },
    { "network", true, take_port, PORTS },
    { "output", false, take_output, FIELD(output) },
    { "preload", true, take_preload, FIELD(preload) },
    { "processes", false, take_processes, FIELD(processes) },
    { "read", true, take_read, FIELD(read) },
    { "reply", false, take_reply, FIELD(reply) },
    { "require", true, take_require, FIELD(require) },
    { "restart", false, take_restart, FIELD(restart) },
    { "spares", false, take_spares, FIELD(spares) },
    { "start", false, take_start, FIELD(start) },
    { "syscalls", true, take_calls, FIELD(calls) },
    { "write", true, take_write, FIELD(write) },
};

int
stk_profile_find(const char *key)
{
    for (unsigned i = 0; i < STK_PROFILE_KEYS; i++)
        if (!strcmp(stk_profile_keys[i].name, key))
            return (int)i;
    return -1;
}

bool
stk_profile_is_name(const char *name)
{
    return stk_text_is_label(name, STK_PROFILE_NAME_MAX - 1);
}

void
stk_profile_init(stk_profile *profile, const char *name)
{
    size_t length = strlen(name);

    memset(profile, 0, sizeof *profile);
    if (length < sizeof profile->name)
        memcpy(profile->name, name, length);
    profile->calls = STK_CALLS_COMPUTE;
    profile->memory = 512 * KIB * KIB;
    profile->cpu_ms = STK_UNLIMITED;
    profile->deadline_ms = 5 * SECOND;
    profile->output = KIB * KIB;
    profile->reply = 16 * KIB * KIB;
    profile->processes = 1;
    profile->denials = 100;
    profile->callbacks = 10000;
    profile->spares = 1;
}

/* The largest field: ports are two small ones. */
#define FIELD_MAX sizeof(stk_words)
_Static_assert(2 * sizeof(stk_ports) <= FIELD_MAX, "a field is kept whole");

/* All its words, or none. */
static int
take_value(const stk_profile_key *key, stk_profile *p, const char *value,
           stk_error *err)
{
    char word[WORD_MAX], before[FIELD_MAX], *field = (char *)p + key->at;
    int r;

    if (!key->list)
        return key->take(p, value, err);
    memcpy(before, field, key->size);
    while ((r = next_word(word, &value, err)) > 0) {
        r = key->take(p, word, err);
        if (r < 0)
            break;
    }
    if (r < 0)
        memcpy(field, before, key->size);
    return r;
}

int
stk_profile_set(stk_profile *profile, const char *key, const char *value,
                stk_error *err)
{
    const char *names[STK_PROFILE_KEYS + 1] = { NULL };
    int i = stk_profile_find(key);

    if (i < 0) {
        for (unsigned k = 0; k < STK_PROFILE_KEYS; k++)
            names[k] = stk_profile_keys[k].name;
        return refuse_word(err, "key", key, names);
    }
    if (!value[strspn(value, SEPARATORS)])
        return stk_error_set(err, STK_E_INVALID, "%s has no value", key);
    return take_value(&stk_profile_keys[i], profile, value, err);
}

void
stk_profile_reset(stk_profile *profile, const char *key)
{
    int i = stk_profile_find(key);
    const stk_profile_key *of;
    stk_profile usual;

    if (i < 0)
        return;
    of = &stk_profile_keys[i];
    stk_profile_init(&usual, profile->name);
    memcpy((char *)profile + of->at, (char *)&usual + of->at, of->size);
}

int
stk_profile_check(const stk_profile *p, stk_error *err)
{
    const uint32_t files = STK_CALLS_FILES_READ | STK_CALLS_FILES_WRITE;

    if (!p->name[0])
        return stk_error_set(err, STK_E_INVALID, "a profile without a name");
    if (p->read.n && !(p->calls & files))
        return stk_error_set(err, STK_E_INVALID,
                             "read needs syscalls = @files-read");
    if (p->write.n && !(p->calls & STK_CALLS_FILES_WRITE))
        return stk_error_set(err, STK_E_INVALID,
                             "write needs syscalls = @files-write");
    if ((p->connect.n || p->listen.n) && !(p->calls & STK_CALLS_NETWORK))
        return stk_error_set(err, STK_E_INVALID,
                             "network needs syscalls = @network");
    if (p->processes > 1 && !(p->calls & STK_CALLS_THREADS))
        return stk_error_set(err, STK_E_INVALID,
                             "processes needs syscalls = @threads");
    return 0;
}

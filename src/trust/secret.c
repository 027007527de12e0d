/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys in minisign's format (minisign 0.11, src/minisign.h). */
#include "trust/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "trust/base64.h"

#define COMMENT   "untrusted comment: "
#define ENCRYPTED COMMENT "minisign encrypted secret key\n"
#define RAW_TEXT  STK_BASE64_LENGTH(sizeof(raw_key))

/* The file's second line. Every field is bytes: no padding. */
typedef struct raw_key {
    unsigned char algorithm[2]; /* "Ed" */
    unsigned char kdf[2];       /* "Sc": scrypt; zeros: not encrypted */
    unsigned char checksum[2];  /* "B2" */
    unsigned char salt[32];
    unsigned char operations[8]; /* little-endian */
    unsigned char memory[8];
    struct {
        unsigned char id[STK_KEY_ID_BYTES];
        unsigned char secret[64];
        unsigned char check[32]; /* BLAKE2b-256: algorithm, id, secret */
    } hidden; /* xor-ed with what scrypt makes of the passphrase */
} raw_key;

static void
free_raw(raw_key **raw)
{
    sodium_free(*raw);
}

/* ---- life ----------------------------------------------------------- */

static stk_secret_key *
allocate(stk_error *err)
{
    stk_secret_key *key = NULL;

    if (sodium_init() < 0)
        stk_error_set(err, STK_E_UNSUPPORTED, "libsodium cannot start");
    else if (!(key = sodium_malloc(sizeof *key)))
        stk_error_memory(err);
    return key;
}

int
stk_secret_key_new(stk_secret_key **out, stk_error *err)
{
    stk_secret_key *key = allocate(err);

    if (!key)
        return -STK_E_MEMORY;
    randombytes_buf(key->public_key.id, sizeof key->public_key.id);
    crypto_sign_keypair(key->public_key.key, key->secret);
    *out = key;
    return 0;
}

void
stk_secret_key_free(stk_secret_key *key)
{
    sodium_free(key); /* zeroes */
}

void
stk_secret_key_freep(stk_secret_key **key)
{
    stk_secret_key_free(*key);
    *key = NULL;
}

/* ---- the file ------------------------------------------------------- */

static int
fail(const char *path, int code, int sys_errno, const char *what,
     stk_error *err)
{
    if (sys_errno)
        stk_error_set_errno(err, code, sys_errno, "%s", what);
    else
        stk_error_set(err, code, "%s", what);
    stk_error_at(err, path, 0);
    return -code;
}

int
stk_secret_text_load(stk_secret_text *out, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    stk_secret_text text = { NULL, 0, false };
    struct stat st;
    ssize_t n;

    if (sodium_init() < 0)
        return stk_error_set(err, STK_E_UNSUPPORTED, "libsodium cannot start");
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail(path, STK_E_IO, errno, "cannot open", err);
    if (fstat(fd, &st) < 0)
        return fail(path, STK_E_IO, errno, "cannot stat", err);
    if (S_ISDIR(st.st_mode))
        return fail(path, STK_E_IO, 0, "is a directory", err);
    /* not stk_file_read(): its memory is neither guarded nor zeroed */
    text.data = sodium_malloc(STK_KEY_FILE_MAX + 1);
    if (!text.data)
        return stk_error_memory(err);
    n = stk_fd_read(fd, text.data, STK_KEY_FILE_MAX + 1);
    if (n < 0 || (size_t)n > STK_KEY_FILE_MAX) {
        sodium_free(text.data);
        return n < 0 ? fail(path, STK_E_IO, errno, "cannot read", err)
                     : fail(path, STK_E_LIMIT, 0,
                            "is too long for a secret key", err);
    }
    text.length = (size_t)n;
    text.exposed = S_ISREG(st.st_mode) && (st.st_mode & 077);
    *out = text;
    return 0;
}

void
stk_secret_text_clear(stk_secret_text *text)
{
    sodium_free(text->data);
    text->data = NULL;
    text->length = 0;
}

/* ---- reading -------------------------------------------------------- */

/* The bytes in the file's second line. */
static bool
decode(raw_key *raw, const stk_secret_text *text)
{
    const size_t start = sizeof COMMENT - 1;
    const char *line, *end = text->data + text->length;
    size_t length;

    if (text->length < start || memcmp(text->data, COMMENT, start))
        return false;
    line = memchr(text->data, '\n', text->length);
    if (!line)
        return false;
    line++;
    length = (size_t)(end - line);
    if (length && line[length - 1] == '\n')
        length--;
    if (length && line[length - 1] == '\r')
        length--;
    return stk_base64_read((unsigned char *)raw, sizeof *raw, line, length) &&
           !memcmp(raw->algorithm, "Ed", 2) && !memcmp(raw->checksum, "B2", 2);
}

static bool
is_encrypted(const raw_key *raw)
{
    return raw->kdf[0] || raw->kdf[1];
}

bool
stk_secret_text_is_encrypted(const stk_secret_text *text)
{
    STK_CLEANUP(free_raw) raw_key *raw = NULL;

    if (sodium_init() < 0)
        return false;
    raw = sodium_malloc(sizeof *raw);
    return raw && decode(raw, text) && is_encrypted(raw);
}

int
stk_secret_text_take(stk_secret_text *out, const char *data, size_t length,
                     stk_error *err)
{
    STK_CLEANUP(free_raw) raw_key *raw = NULL;
    STK_CLEANUP(stk_secret_text_clear)
    stk_secret_text text = { NULL, length, false };

    if (length < sizeof COMMENT || memcmp(data, COMMENT, sizeof COMMENT - 1))
        return 0;
    if (sodium_init() < 0)
        return stk_error_set(err, STK_E_UNSUPPORTED, "libsodium cannot start");
    raw = sodium_malloc(sizeof *raw);
    text.data = sodium_malloc(length);
    if (!raw || !text.data)
        return stk_error_memory(err);
    memcpy(text.data, data, length);
    if (!decode(raw, &text))
        return 0;
    *out = text;
    text.data = NULL;
    return 1;
}

static uint64_t
load64(const unsigned char bytes[8])
{
    uint64_t value = 0;

    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static void
store64(unsigned char bytes[8], uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

/* Hides what is open, opens what is hidden. Returns 0, or -1 when there is
 * not the memory. */
static int
turn(raw_key *raw, const char *passphrase, size_t length)
{
    unsigned char *stream = sodium_malloc(sizeof raw->hidden);
    unsigned char *hidden = (unsigned char *)&raw->hidden;
    int failed = -1;

    if (stream)
        failed = crypto_pwhash_scryptsalsa208sha256(
            stream, sizeof raw->hidden, passphrase, length, raw->salt,
            load64(raw->operations), (size_t)load64(raw->memory));
    for (size_t i = 0; !failed && i < sizeof raw->hidden; i++)
        hidden[i] ^= stream[i];
    sodium_free(stream);
    return failed ? -1 : 0;
}

static void
put_check(unsigned char check[32], const raw_key *raw)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, raw->algorithm, sizeof raw->algorithm);
    crypto_generichash_update(&state, raw->hidden.id, sizeof raw->hidden.id);
    crypto_generichash_update(&state, raw->hidden.secret,
                              sizeof raw->hidden.secret);
    crypto_generichash_final(&state, check, 32);
    sodium_memzero(&state, sizeof state);
}

static bool
check_holds(const raw_key *raw)
{
    unsigned char check[32];

    /* minisign -W writes zeros: a key in the open has nothing to compare a
     * passphrase with */
    if (!is_encrypted(raw) && sodium_is_zero(raw->hidden.check, 32))
        return true;
    put_check(check, raw);
    return sodium_memcmp(check, raw->hidden.check, sizeof check) == 0;
}

static int
uncover(raw_key *raw, const char *passphrase, size_t length, stk_error *err)
{
    const stk_secret_cost most = STK_SECRET_COST;

    if (!is_encrypted(raw))
        return 0;
    if (memcmp(raw->kdf, "Sc", 2))
        return stk_error_set(err, STK_E_INVALID,
                             "is encrypted in a way that is not minisign's");
    if (!passphrase)
        return stk_error_set(err, STK_E_INVALID,
                             "is encrypted: a passphrase is needed");
    /* a file from elsewhere must not take the machine's memory */
    if (load64(raw->operations) > most.operations ||
        load64(raw->memory) > most.memory)
        return stk_error_set(err, STK_E_LIMIT,
                             "asks for more work than minisign ever does");
    if (turn(raw, passphrase, length) < 0)
        return stk_error_set(err, STK_E_MEMORY,
                             "opening it takes %zu MiB of memory",
                             (size_t)(load64(raw->memory) >> 20));
    return 0;
}

/* The public half is made again: it must not come from elsewhere. */
static int
fill_key(stk_secret_key *key, const raw_key *raw, stk_error *err)
{
    unsigned char seed[crypto_sign_SEEDBYTES];

    crypto_sign_ed25519_sk_to_seed(seed, raw->hidden.secret);
    crypto_sign_seed_keypair(key->public_key.key, key->secret, seed);
    sodium_memzero(seed, sizeof seed);
    memcpy(key->public_key.id, raw->hidden.id, STK_KEY_ID_BYTES);
    if (sodium_memcmp(key->secret, raw->hidden.secret, sizeof key->secret))
        return stk_error_set(err, STK_E_INVALID, "is damaged");
    return 0;
}

static int
refuse_file(const stk_secret_text *text, stk_error *err)
{
    stk_public_key other;

    if (stk_public_key_read(&other, text->data, text->length, NULL) == 0)
        return stk_error_set(err, STK_E_INVALID,
                             "is a public key; to sign takes the secret key, "
                             "the file that was made with it");
    return stk_error_set(err, STK_E_INVALID,
                         "is no secret key file of minisign's");
}

int
stk_secret_key_read(stk_secret_key **out, const stk_secret_text *text,
                    const char *passphrase, size_t length, stk_error *err)
{
    STK_CLEANUP(stk_secret_key_freep) stk_secret_key *key = allocate(err);
    STK_CLEANUP(free_raw) raw_key *raw = NULL;
    int failed;

    if (!key)
        return -STK_E_MEMORY;
    raw = sodium_malloc(sizeof *raw);
    if (!raw)
        return stk_error_memory(err);
    if (!decode(raw, text))
        return refuse_file(text, err);
    failed = uncover(raw, passphrase, length, err);
    if (failed)
        return failed;
    if (!check_holds(raw))
        return stk_error_set(err, STK_E_INVALID, "%s",
                             is_encrypted(raw) ? "wrong passphrase"
                                               : "is damaged");
    failed = fill_key(key, raw, err);
    if (failed)
        return failed;
    *out = STK_STEAL(key);
    return 0;
}

/* ---- writing -------------------------------------------------------- */

static int
encrypt(raw_key *raw, const char *passphrase, size_t length,
        const stk_secret_cost *cost, stk_error *err)
{
    uint64_t operations = cost->operations, memory = cost->memory;

    memcpy(raw->kdf, "Sc", 2);
    randombytes_buf(raw->salt, sizeof raw->salt);
    put_check(raw->hidden.check, raw);
    for (;;) {
        store64(raw->operations, operations);
        store64(raw->memory, memory);
        if (turn(raw, passphrase, length) == 0)
            return 0;
        if (operations / 2 < crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN ||
            memory / 2 < crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN)
            return stk_error_memory(err);
        operations /= 2;
        memory /= 2;
    }
}

int
stk_secret_key_print(stk_secret_text *out, const stk_secret_key *key,
                     const char *passphrase, size_t length,
                     const stk_secret_cost *cost, stk_error *err)
{
    STK_CLEANUP(free_raw) raw_key *raw = NULL;
    const size_t comment = sizeof ENCRYPTED - 1;
    char *data;

    raw = sodium_malloc(sizeof *raw);
    if (!raw)
        return stk_error_memory(err);
    memset(raw, 0, sizeof *raw);
    memcpy(raw->algorithm, "Ed", 2);
    memcpy(raw->checksum, "B2", 2);
    memcpy(raw->hidden.id, key->public_key.id, STK_KEY_ID_BYTES);
    memcpy(raw->hidden.secret, key->secret, sizeof key->secret);
    if (passphrase && encrypt(raw, passphrase, length, cost, err) < 0)
        return -STK_E_MEMORY;
    data = sodium_malloc(comment + RAW_TEXT + 2);
    if (!data)
        return stk_error_memory(err);
    /* minisign says "encrypted" of every secret key */
    memcpy(data, ENCRYPTED, comment);
    stk_base64_write(data + comment, RAW_TEXT + 1, (unsigned char *)raw,
                     sizeof *raw);
    data[comment + RAW_TEXT] = '\n';
    data[comment + RAW_TEXT + 1] = '\0';
    *out = (stk_secret_text){ data, comment + RAW_TEXT + 1, false };
    return 0;
}

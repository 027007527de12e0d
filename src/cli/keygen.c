/* SPDX-License-Identifier: Apache-2.0 */
/* stockade keygen: a key pair in minisign's files. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "trust/key.h"
#include "trust/secret.h"

enum { OPT_FILE = CLI_LONG + 1 };

static const cli_option options[] = {
    { 'o', "output", "NAME", "write NAME.key and NAME.pub (stockade)" },
    { 'W', "no-passphrase", NULL, "leave the secret key in the open" },
    { OPT_FILE, "passphrase-file", "FILE",
      "take the passphrase from FILE's first line" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct request {
    const char *name;
    const char *passphrase_file;
    bool open; /* no passphrase */
} request;

/* ---- files ---------------------------------------------------------- */

/* Writes a file that was not there. Returns an exit code. */
static int
write_new(const char *path, const char *data, size_t length, mode_t mode)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    bool written;

    fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST) {
        cli_say("%s is there already; a key is never overwritten", path);
        return CLI_NO;
    }
    written = fd >= 0 && stk_fd_write(fd, data, length) == 0 && fsync(fd) == 0;
    if (!written) {
        cli_say("%s: %s", path, strerror(errno));
        if (fd >= 0)
            unlink(path);
        return CLI_NO;
    }
    return CLI_GOOD;
}

static int
write_public(const char *path, const stk_secret_key *key)
{
    char text[STK_PUBLIC_KEY_LENGTH + 1], id[STK_KEY_ID_TEXT], file[160];

    snprintf(file, sizeof file,
             "untrusted comment: minisign public key %s\n%s\n",
             stk_key_id_text(id, key->public_key.id),
             stk_public_key_text(text, &key->public_key));
    return write_new(path, file, strlen(file), 0644);
}

static int
write_secret(const char *path, const stk_secret_key *key,
             const cli_passphrase *passphrase)
{
    STK_CLEANUP(stk_secret_text_clear)
    stk_secret_text text = { NULL, 0, false };
    const stk_secret_cost cost = STK_SECRET_COST;
    stk_error err = STK_ERROR_INIT;

    if (stk_secret_key_print(&text, key, passphrase->text, passphrase->length,
                             &cost, &err) < 0)
        return cli_say_error(&err);
    return write_new(path, text.data, text.length, 0600);
}

static bool
has_folder(const char *path)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(path);

    if (!folder)
        die(CLI_MACHINE, "out of memory");
    return access(folder, W_OK | X_OK) == 0;
}

/* ---- the answer ----------------------------------------------------- */

static void
print_json(const char *secret, const char *public, const stk_secret_key *key)
{
    char text[STK_PUBLIC_KEY_LENGTH + 1], id[STK_KEY_ID_TEXT];
    json_t *answer = cli_json_object();

    cli_json_set(answer, "secret_key", cli_json_text(secret));
    cli_json_set(answer, "public_key", cli_json_text(public));
    cli_json_set(answer, "public",
                 cli_json_text(stk_public_key_text(text, &key->public_key)));
    cli_json_set(answer, "id",
                 cli_json_text(stk_key_id_text(id, key->public_key.id)));
    cli_json_print(answer);
}

static void
print_text(const request *asked, const char *secret, const char *public,
           const stk_secret_key *key)
{
    char text[STK_PUBLIC_KEY_LENGTH + 1];
    const char *slash = strrchr(asked->name, '/');

    fputs("secret key: ", stdout);
    cli_put(stdout, secret);
    puts(asked->open ? " (in the open: whoever reads it can sign)"
                     : " (encrypted with the passphrase)");
    fputs("public key: ", stdout);
    cli_put(stdout, public);
    fputs("\n\nto trust it for a package, write into the policy:\n\n[key ",
          stdout);
    cli_put(stdout, slash ? slash + 1 : asked->name);
    printf("]\npublic  = %s\nmodules = PACKAGE\n",
           stk_public_key_text(text, &key->public_key));
}

/* ---- the command ---------------------------------------------------- */

static int
make_pair(const request *asked, const char *secret, const char *public,
          stk_secret_key **key)
{
    STK_CLEANUP(cli_passphrase_clear) cli_passphrase passphrase = { NULL, 0 };
    stk_error err = STK_ERROR_INIT;
    int status;

    /* before a passphrase is asked for */
    if (access(secret, F_OK) == 0 || access(public, F_OK) == 0) {
        cli_say("%s is there already; a key is never overwritten",
                access(secret, F_OK) == 0 ? secret : public);
        return CLI_NO;
    }
    if (!has_folder(secret)) {
        cli_say("%s: %s", secret, strerror(errno));
        return CLI_NO;
    }
    status = asked->open
                 ? CLI_GOOD
                 : cli_passphrase_get(&passphrase, asked->passphrase_file,
                                      "new passphrase: ", 1);
    if (status != CLI_GOOD)
        return status;
    if (stk_secret_key_new(key, &err) < 0)
        return cli_say_error(&err);
    status = write_secret(secret, *key, &passphrase);
    if (status != CLI_GOOD)
        return status;
    status = write_public(public, *key);
    if (status != CLI_GOOD)
        unlink(secret);
    return status;
}

static int
generate(const request *asked, bool json)
{
    STK_CLEANUP(stk_freep)
    char *secret = stk_text_printf("%s.key", asked->name);
    STK_CLEANUP(stk_freep)
    char *public = stk_text_printf("%s.pub", asked->name);
    STK_CLEANUP(stk_secret_key_freep) stk_secret_key *key = NULL;
    int status;

    if (!secret || !public)
        die(CLI_MACHINE, "out of memory");
    status = make_pair(asked, secret, public, &key);
    if (status != CLI_GOOD)
        return status;
    if (json)
        print_json(secret, public, key);
    else
        print_text(asked, secret, public, key);
    return CLI_GOOD;
}

static int
run_keygen(const cli_command *self, int argc, char **argv)
{
    request asked = { "stockade", NULL, false };
    struct stat st;
    cli_line line;
    int option;

    cli_line_start(&line, self, argc, argv);
    while ((option = cli_next(&line)) >= 0) {
        if (option == 'o')
            asked.name = optarg;
        else if (option == 'W')
            asked.open = true;
        else if (option == OPT_FILE)
            asked.passphrase_file = optarg;
    }
    if (option == CLI_STOP)
        return line.status;
    if (optind < argc)
        return cli_usage_error(self,
                               "what is \"%s\"? the name of the files "
                               "is given with -o",
                               argv[optind]);
    if (!asked.name[0] || asked.name[strlen(asked.name) - 1] == '/')
        return cli_usage_error(self, "--output wants a name");
    if (asked.open && asked.passphrase_file)
        return cli_usage_error(self, "--no-passphrase and --passphrase-file "
                                     "do not go together");
    if (stat(asked.name, &st) == 0 && S_ISDIR(st.st_mode))
        return cli_usage_error(self, "--output wants a name: %s is a folder",
                               asked.name);
    return generate(&asked, line.json);
}

const cli_command cli_keygen = {
    "keygen", "", "make a key pair to sign with", options, run_keygen,
};

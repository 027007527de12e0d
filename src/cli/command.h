/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is: a row of the table in main.c, with its options. */
#ifndef STK_CLI_COMMAND_H
#define STK_CLI_COMMAND_H

/* Exit codes, the same for every command. */
enum cli_exit {
    CLI_GOOD = 0,
    CLI_NO = 1,     /* denied, invalid, different, found */
    CLI_USAGE = 2,  /* the command line is wrong */
    CLI_MACHINE = 3 /* this machine cannot */
};

/* One option. `id` is its letter, or from CLI_LONG on for a long one. */
typedef struct cli_option {
    int id;
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;
} cli_option;

#define CLI_LONG 256

/* The last row of a table of options: every command has --help. */
#define CLI_OPTION_HELP                                                       \
    {                                                                         \
        'h', "help", NULL, "show this and exit"                               \
    }
#define CLI_OPTION_FORMAT                                                     \
    {                                                                         \
        CLI_LONG, "format", "text|json", "how to answer (default: text)"      \
    }
#define CLI_OPTION_END                                                        \
    {                                                                         \
        0, NULL, NULL, NULL                                                   \
    }

typedef struct cli_command {
    const char *name;     /* "check"; for a part, "audit show" */
    const char *operands; /* "POLICY..." */
    const char *summary;  /* one line */
    const cli_option *options;
    int (*run)(const struct cli_command *self, int argc, char **argv);
} cli_command;

extern const cli_command cli_run;
extern const cli_command cli_learn;
extern const cli_command cli_check;
extern const cli_command cli_explain;
extern const cli_command cli_diff;
extern const cli_command cli_audit;
extern const cli_command cli_keygen;
extern const cli_command cli_sign;
extern const cli_command cli_verify;
extern const cli_command cli_bundle;
extern const cli_command cli_doctor;

#endif

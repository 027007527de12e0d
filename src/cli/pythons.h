/* SPDX-License-Identifier: Apache-2.0 */
/* Which supported Pythons this machine has beside the one it was built for. */
#ifndef STK_CLI_PYTHONS_H
#define STK_CLI_PYTHONS_H

#include <stdbool.h>

/* One that answered. Borrowed for the call. */
typedef struct cli_python {
    const char *version;    /* "3.11.7" */
    const char *executable; /* as it names itself */
} cli_python;

typedef void (*cli_python_fn)(void *payload, const cli_python *found);

/*
 * Asks every python3.8 to python3.13 of PATH and of pyenv's versions who it
 * is, once each, and calls `each`, oldest first. What does not answer within
 * seconds, as a shim without a Python behind it, is left out.
 */
void cli_each_python(cli_python_fn each, void *payload);

#define CLI_PYTHON_ANSWER 4096

/* What the program argv[0] prints until it ends; false when it cannot be
 * started, or does not end within seconds. Of more the first bytes. */
bool cli_python_ask(char *const *argv, char text[CLI_PYTHON_ANSWER]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source to code by another Python: a child that is fed through a socket,
 * compiles, and runs nothing of it.
 */
#ifndef STK_CLI_COMPILE_H
#define STK_CLI_COMPILE_H

#include <stddef.h>

#include <stockade/error.h>

typedef struct cli_compiler cli_compiler;

/* Which Python it is; texts live as long as the compiler. */
typedef struct cli_compiler_python {
    const char *file;       /* as it was given, found on PATH */
    const char *cache_tag;  /* sys.implementation.cache_tag */
    unsigned char magic[4]; /* importlib.util.MAGIC_NUMBER */
    const char *library;    /* the folder of its standard library */
} cli_compiler_python;

/*
 * Starts `python`, a path or a name on PATH, without site, without the
 * caller's PYTHON variables, its hashes not random: the same sources in the
 * same order give the same code. Returns 0, or negative with `err` filled:
 * nothing there, no answer, or a Python that is not supported.
 */
int cli_compiler_new(cli_compiler **out, const char *python, stk_error *err);
void cli_compiler_freep(cli_compiler **compiler);
const cli_compiler_python *cli_compiler_of(const cli_compiler *compiler);

/*
 * The marshalled code of `source`, as importlib compiles it: its encoding is
 * what it says, `path` becomes co_filename, `optimisation` is 0, 1 or 2.
 * `*code` is freed by free(). Returns 0; 1 when it does not compile, with
 * why in `err`; negative when the Python is gone.
 */
int cli_compile(void **code, size_t *code_length, cli_compiler *compiler,
                const char *path, const void *source, size_t length,
                unsigned optimisation, stk_error *err);

#endif

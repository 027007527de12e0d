/* SPDX-License-Identifier: Apache-2.0 */
/* Where the shipped policies are, beside this very program. */
#include "cli/doctor_policies.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

/* From the folder of the program: installed, from a wheel, in the tree. */
static const char *const places[] = {
    "../share/stockade/policy",
    "../lib/python" CLI_PYTHON_SHORT "/site-packages/stockade/policy",
    "../policy",
};

char *
cli_policies_folder(void)
{
    char program[PATH_MAX], found[PATH_MAX], *slash;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

    if (n <= 0)
        return NULL;
    program[n] = '\0';
    slash = strrchr(program, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        STK_CLEANUP(stk_freep)
        char *one = stk_text_printf("%s/%s/agent.ini", program, places[i]);

        if (one && realpath(one, found) && access(found, R_OK) == 0) {
            *strrchr(found, '/') = '\0';
            return strdup(found);
        }
    }
    return NULL;
}

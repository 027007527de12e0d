/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a program that is about to be started is a Python. */
#include "python/layers/ispython.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* Programs that are looked at for one answer: with env between them, scripts
 * may be the interpreters of each other without end. */
#define LOOKS_MAX 64

/* Where the C library looks without a PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* What the kernel reads of a script's first line. */
#define FIRST_LINE_MAX 256

static bool is_python(const char *path, unsigned *looks);

static bool
is_python_name(const char *path)
{
    const char *name = strrchr(path, '/');

    return !strncmp(name ? name + 1 : path, "python", 6);
}

/* "#!/usr/bin/env python3": the kernel starts that. */
static bool
is_python_script(const char *path, unsigned *looks)
{
    STK_CLEANUP(stk_closep) int fd = stk_file_open(path, NULL);
    char line[FIRST_LINE_MAX], *rest = line, *word;
    ssize_t n = fd >= 0 ? stk_fd_read(fd, line, sizeof line - 1) : -1;

    if (n < 2 || line[0] != '#' || line[1] != '!')
        return false;
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    rest += 2;
    while ((word = strsep(&rest, " \t")))
        if (*word && is_python(word, looks))
            return true;
    return false;
}

static bool
is_python_file(const char *path, unsigned *looks)
{
    STK_CLEANUP(stk_freep) char *target = NULL;

    if (is_python_name(path) || stk_path_is_same("/proc/self/exe", path))
        return true;
    target = realpath(path, NULL);
    return target &&
           (is_python_name(target) || is_python_script(target, looks));
}

/* posix_spawnp() and env look there, beyond what they may not start. */
static bool
is_python_in_path(const char *name, unsigned *looks)
{
    const char *value = getenv("PATH");
    STK_CLEANUP(stk_freep)
    char *folders = strdup(value ? value : DEFAULT_PATH);
    char *rest = folders, *folder;

    while (rest && (folder = strsep(&rest, ":"))) {
        STK_CLEANUP(stk_freep) char *path = stk_path_join(folder, name);

        if (!path || (access(path, X_OK) == 0 && is_python_file(path, looks)))
            return true;
    }
    return !folders;
}

static bool
is_python(const char *path, unsigned *looks)
{
    if ((*looks)++ == LOOKS_MAX)
        return true;
    return is_python_file(path, looks) ||
           (!strchr(path, '/') && is_python_in_path(path, looks));
}

bool
stk_path_is_python(const char *path)
{
    unsigned looks = 0;

    return is_python(path, &looks);
}

bool
stk_descriptor_is_python(long fd)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%ld", fd);
    return stk_path_is_python(path);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The number of the process behind a pidfd. */
#include "base/pidfd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pid_t
stk_pidfd_pid(int pidfd)
{
    char line[256], path[64];
    long long pid = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    file = fopen(path, "re");
    if (!file)
        return 0;
    while (pid == 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, "Pid:", 4))
            pid = strtoll(line + 4, NULL, 10);
    fclose(file);
    return (pid_t)pid;
}

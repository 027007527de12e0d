/* SPDX-License-Identifier: Apache-2.0 */
/* The program stockade-worker: a zygote for the Python that it is built
 * for. */
#include <stdio.h>
#include <string.h>

#include "worker/zygote.h"

int
main(int argc, char **argv)
{
    int code = 2;

    if (argc == 2 && !strcmp(argv[1], "zygote"))
        code = stk_zygote_main();
    if (code == 2)
        fprintf(stderr, "stockade-worker: started by stockade alone, for "
                        "what a policy puts into a sandbox\n");
    return code;
}

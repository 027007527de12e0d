/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile has loaded before the lock-down. It runs with what the host
 * may do, so that it is found among what the profile names: of the folders of
 * the host's sys.path, the packages in `preload` and no other. The standard
 * library tries imports of what mostly is not there (copy asks for
 * org.python.core), and who may write a file into such a folder would be
 * found by them.
 */
#ifndef STK_WORKER_PRELOAD_H
#define STK_WORKER_PRELOAD_H

#include <stockade/sandbox.h>

/* Loads them, the packages from `folders`. 0, or -1 with an exception. */
int stk_preload(const stk_words *names, const char *const *folders,
                unsigned n_folders);

#endif

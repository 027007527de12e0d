/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine can do: each kernel feature is tried for real, in a
 * child of its own that ends with the try. The calling process is left as it
 * was. Deciding what to do without a feature is not done here.
 */
#ifndef STK_SANDBOX_PROBE_H
#define STK_SANDBOX_PROBE_H

#include <stdbool.h>

#include "base/error.h"

enum stk_feature {
    STK_FEATURE_NO_NEW_PRIVS,
    STK_FEATURE_SECCOMP_FILTER,
    STK_FEATURE_SECCOMP_NOTIFY,
    STK_FEATURE_USER_NAMESPACES,
    STK_FEATURE_LANDLOCK,
    STK_FEATURE_COUNT
};

#define STK_PROBE_REASON_MAX 96u

typedef struct stk_probe {
    const char *name; /* "seccomp_filter" */
    const char *what; /* one line for people */
    bool must;        /* nothing is sandboxed without it */
    bool present;
    int level;                         /* Landlock's ABI version, else 0 */
    char reason[STK_PROBE_REASON_MAX]; /* why it is not there, else "" */
} stk_probe;

/* Tries every feature; takes at most a few seconds. Returns 0, or
 * -STK_E_IO when no child could be started. */
int stk_probe_features(stk_probe probes[STK_FEATURE_COUNT], stk_error *err);

/* The libseccomp that is loaded: "2.5.4", and its API level. */
#define STK_PROBE_VERSION_MAX 32u
unsigned stk_probe_libseccomp(char version[STK_PROBE_VERSION_MAX]);

#endif

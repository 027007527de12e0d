/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world of its own: user, mount, network, ipc and uts namespaces with an
 * empty read-only root. Entered once, by a zygote, for all its workers.
 */
#ifndef STK_SANDBOX_NAMESPACES_H
#define STK_SANDBOX_NAMESPACES_H

#include "sandbox/layers.h"

/*
 * Takes the calling process, which must have one thread, out of the world:
 * root becomes nobody first; then namespaces; then a root that holds nothing
 * but what the profile's `read` and `write` name, mounted there read-only or
 * not, never executable. Under `network` the network stays.
 *
 * Open files stay open: load what is wanted before. Afterwards no path leads
 * anywhere, /proc and /dev included.
 *
 * Returns 0 and notes what was not to be had in `report`: whether that will
 * do is for stk_layers_judge(). -STK_E_STATE when there are several threads;
 * -STK_E_IO when it stopped half way, or a path of the profile is not there:
 * the process is good for nothing then but to exit.
 */
int stk_namespaces_enter(const stk_profile *profile,
                         stk_sandbox_report *report, stk_error *err);

/* Namespaces that were made and that nobody is in yet. */
#define STK_NAMESPACES_AHEAD 4u
typedef struct stk_namespaces {
    int fds[STK_NAMESPACES_AHEAD]; /* owned */
} stk_namespaces;

#define STK_NAMESPACES_INIT                                                   \
    {                                                                         \
        {                                                                     \
            -1, -1, -1, -1                                                    \
        }                                                                     \
    }

/*
 * The same in two steps, for who has something else to do meanwhile: a thread
 * has another process make the namespaces, which takes longest and is gone
 * afterwards; then they are joined, and closed. Where they are not all there,
 * they are entered one by one.
 */
void stk_namespaces_make(stk_namespaces *out, const stk_profile *profile);
int stk_namespaces_join(stk_namespaces *made, const stk_profile *profile,
                        stk_sandbox_report *report, stk_error *err);

/* Whether a worker that is forked afterwards gets a pid namespace of its own:
 * where there is a user namespace, which is what lets anybody make one. */
bool stk_namespaces_alone(const stk_sandbox_report *report);

#endif
